import { set } from '../draft.ts';
import type { Mistake } from '../mistake.ts';

/** What CloudFormation's schemas catch, so that no guardrail has to. In one stack, since the rules are loaded for the types that it has. */
export const SCHEMA_MISTAKES: readonly Mistake[] = [
  {
    id: 'property-misspelt',
    stage: 'prod',
    rule: 'cloudformation:F3002',
    part: 'stream',
    make: (draft) => {
      set(draft.of('AWS::MSK::Cluster'), 'EnhancedMonitring', 'DEFAULT');
    },
  },
  {
    id: 'text-for-a-number',
    stage: 'prod',
    rule: 'cloudformation:F3012',
    part: 'stream',
    make: (draft) => {
      set(draft.of('AWS::MSK::Cluster'), 'NumberOfBrokerNodes', 'many');
    },
  },
];
