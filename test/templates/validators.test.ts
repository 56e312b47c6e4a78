/** The templates under two offline validators: CloudFormation's own rules as CDK brings them, strictly, and cfn-lint. */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CfnResource, CloudFormationValidatePlugin, Stack } from 'aws-cdk-lib';
import { STAGES } from '../../core/names.ts';
import { testToolPaths } from '../../local/tools.ts';
import { synthesize, synthesizeApp, violations, WITH_DASHBOARD } from './synthesize.ts';

const lakes = {
  dev: synthesize('dev', { validates: true, overrides: WITH_DASHBOARD }),
  prod: synthesize('prod', { validates: true, overrides: WITH_DASHBOARD }),
};
const faulty = synthesizeApp(
  (app) => {
    new CfnResource(new Stack(app, 'Faulty'), 'Queue', {
      type: 'AWS::SQS::Queue',
      properties: { VisibilityTimeout: 'long', Colour: 'blue' },
    });
  },
  { validates: true },
);

describe("CloudFormation's rules", () => {
  test.each(STAGES)('find nothing in stage %s, not even a warning', (stage) => {
    expect(violations(lakes[stage], CloudFormationValidatePlugin.PLUGIN_NAME)).toEqual([]);
  });

  test('would find a fault', () => {
    expect(violations(faulty, CloudFormationValidatePlugin.PLUGIN_NAME)).not.toEqual([]);
  });
});

/** W3005 objects to a DependsOn that a reference implies as well: CDK writes both. */
function lint(directory: string) {
  const { status, stdout, stderr } = spawnSync(
    testToolPaths().python,
    [
      '-c',
      'import sys; from cfnlint.runner import main; sys.exit(main())',
      ...['--regions', 'us-east-1', '--ignore-checks', 'W3005', '--include-checks', 'I'],
      ...['--non-zero-exit-code', 'informational', '--format', 'parseable', '--template'],
      ...globSync(join(directory, '*.template.json')),
    ],
    { encoding: 'utf8' },
  );
  return { status, output: `${stdout}${stderr}` };
}

describe('cfn-lint', () => {
  test.each(STAGES)(
    'finds nothing in stage %s',
    (stage) => {
      expect(lint(lakes[stage].directory)).toEqual({ status: 0, output: '' });
    },
    60_000,
  );

  test('would find a fault', () => {
    const { status, output } = lint(faulty.directory);
    expect(status).not.toBe(0);
    expect(output).toContain('Colour');
  }, 60_000);
});
