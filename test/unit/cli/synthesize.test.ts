import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Assembly, synthesize } from '../../../cli/assembly/synthesize.ts';
import type { Stage } from '../../../core/names.ts';

/** An app that writes its manifest where the CDK's would, and what context it got. */
const APP = `
import { writeFileSync } from 'node:fs';
writeFileSync(process.env.CDK_OUTDIR + '/manifest.json', process.env.CDK_CONTEXT_JSON);
`;

let folder: string;
let root: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerlake-synth-'));
  root = join(folder, 'checkout');
  await mkdir(join(root, 'bin'), { recursive: true });
  await writeFile(join(root, 'package.json'), '{"type":"module"}');
  await writeFile(join(root, 'cdk.json'), '{"context":{"flag":true}}');
  await writeFile(join(root, 'bin/tickerlake.ts'), APP);
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function run(stage: Stage = 'dev', env: NodeJS.ProcessEnv = {}): Promise<Assembly> {
  const signal = new AbortController().signal;
  return synthesize({ root, stage, cacheDir: join(folder, 'cache'), env, signal });
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

test('synthesizes once for as long as nothing changes', async () => {
  const first = await run();
  const second = await run();
  expect([first.isCached, second.isCached]).toEqual([false, true]);
  expect(second.directory).toBe(first.directory);
  expect(await readdir(first.directory)).toEqual(['manifest.json']);
});

test.each([
  ['a source file', () => writeFile(join(root, 'bin/tickerlake.ts'), `${APP}// changed`)],
  ['a new file', () => cp(join(root, 'bin/tickerlake.ts'), join(root, 'bin/other.ts'))],
  ["a job's script", () => write('glue-scripts/compact.py', 'print()')],
  ['the configuration', () => writeFile(join(root, 'cdk.json'), '{"context":{"flag":false}}')],
])('synthesizes again after a change of %s', async (_, change) => {
  const before = await run();
  await change();
  const after = await run();
  expect(after.isCached).toBe(false);
  expect(after.directory).not.toBe(before.directory);
});

test('takes no notice of what Python and its tools leave', async () => {
  await run();
  await write('glue-scripts/.ruff_cache/0.14.0/1', '');
  await write('glue-scripts/tickerlake_jobs/__pycache__/cut.cpython-311.pyc', '');
  expect((await run()).isCached).toBe(true);
});

test('keeps stages apart', async () => {
  const [dev, prod] = [await run('dev'), await run('prod')];
  expect(prod.directory).not.toBe(dev.directory);
});

test('a failing app leaves nothing behind and its complaint in one line', async () => {
  await writeFile(join(root, 'bin/tickerlake.ts'), "throw new RangeError('retentionDays 0 is below 1');");
  await expect(run()).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: 'the templates do not synthesize: retentionDays 0 is below 1',
  });
  expect(await readdir(join(folder, 'cache'))).toEqual([]);
});
