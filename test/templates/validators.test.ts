/** The templates under two offline validators: CloudFormation's own rules as CDK brings them, strictly, and cfn-lint. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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

interface Lint {
  readonly status: number | null;
  readonly output: string;
}

/** W3005 objects to a DependsOn that a reference implies as well: CDK writes both. */
async function lint(directory: string): Promise<Lint> {
  const child = spawn(
    testToolPaths().python,
    [
      '-c',
      'import sys; from cfnlint.runner import main; sys.exit(main())',
      ...['--regions', 'us-east-1', '--ignore-checks', 'W3005', '--include-checks', 'I'],
      ...['--non-zero-exit-code', 'informational', '--format', 'parseable', '--template'],
      ...globSync(join(directory, '*.template.json')),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, output: Buffer.concat(output).toString() };
}

// Begun before the tests: it takes a core of its own for as long as the rest of this file.
const lints = {
  dev: lint(lakes.dev.directory),
  prod: lint(lakes.prod.directory),
  faulty: lint(faulty.directory),
};

describe('cfn-lint', () => {
  test.each(STAGES)(
    'finds nothing in stage %s',
    async (stage) => {
      expect(await lints[stage]).toEqual({ status: 0, output: '' });
    },
    600_000,
  );

  test('would find a fault', async () => {
    const { status, output } = await lints.faulty;
    expect(status).not.toBe(0);
    expect(output).toContain('Colour');
  }, 600_000);
});
