/** cdk-nag's packs AwsSolutions and Serverless against gates/nag-baseline.json: a new finding fails, and so does a line that no longer applies. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { Stage } from '../../core/names.ts';
import { STAGES } from '../../core/names.ts';
import { PROJECT_ROOT } from '../../lib/project-root.ts';
import type { Synthesis } from './synthesize.ts';
import { synthesize, violations, WITH_DASHBOARD } from './synthesize.ts';

interface Accepted {
  /** Rule and what it found; references as <Output>. */
  readonly finding: string;
  /** Path of the construct, without the stage. */
  readonly construct: string;
  readonly stages: readonly Stage[];
  readonly reason: string;
}

const PACKS = ['AwsSolutions', 'Serverless'] as const;
const BASELINE = JSON.parse(
  readFileSync(join(PROJECT_ROOT, 'gates/nag-baseline.json'), 'utf8'),
) as readonly Accepted[];

const lakes = Object.fromEntries(
  STAGES.map((stage) => [
    stage,
    synthesize(stage, {
      overrides: WITH_DASHBOARD,
      prepare: (app) => {
        Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
      },
    }),
  ]),
) as Record<Stage, Synthesis>;

/** `{"Fn::GetStackOutput":{…"OutputName":"PublishOutputRefStorageRaw7E…"}}` -> `<StorageRaw>`; hashes say nothing to people. */
const shorten = (rule: string): string =>
  rule
    .replaceAll(
      /\{"Fn::GetStackOutput":\{.*?"OutputName":"PublishOutput(?:Ref|FnGetAtt)(\w+?)[0-9A-F]{8}\w*"\}\}/g,
      '<$1>',
    )
    .replaceAll(/<(\w+?)[0-9A-F]{8}(?:\.Arn)?>/g, '<$1>');

const withoutStage = (finding: string, stage: Stage): string =>
  finding
    .replace(`tickerlake-${stage}-`, '')
    .replace(/\/(DefaultPolicy\/)?Resource /, ' ')
    // CDK names an event source after its queue's unique id.
    .replace(new RegExp(`:tickerlake${stage}\\w+?([0-9A-F]{8})? `), ' ');

test.each(STAGES)('stage %s has the accepted findings and no others', (stage) => {
  const accepted = BASELINE.filter(({ stages }) => stages.includes(stage));
  const found = PACKS.flatMap((pack) =>
    violations(lakes[stage], pack).map((each) => withoutStage(shorten(each), stage)),
  );
  expect(found.sort()).toEqual(accepted.map(({ finding, construct }) => `${construct} ${finding}`).sort());
});

test('each accepted finding has its reason', () => {
  for (const { finding, construct, reason } of BASELINE) {
    expect({ finding, construct, reason }).toMatchObject({
      reason: expect.stringMatching(/\w+ \w+ \w+/) as unknown,
    });
  }
});
