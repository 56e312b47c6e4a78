import { set } from '../draft.ts';
import type { Mistake } from '../mistake.ts';

const FUNCTION = 'AWS::Lambda::Function';

/** What CloudFormation's schemas catch, so that no guardrail has to. */
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
    stage: 'dev',
    rule: 'cloudformation:F3012',
    part: 'stream',
    make: (draft) => {
      set(draft.of(FUNCTION, 'ServerlessClusterTopicManager'), 'MemorySize', 'much');
    },
  },
];
