import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { checkHealth, showHealth } from '../../../cli/upkeep/show-health.ts';
import { recordTerminal } from './terminal-double.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerlake-doctor-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('what is missing is named with the command that mends it', async () => {
  const checks = await checkHealth({ PATH: folder, TICKERLAKE_HOME: join(folder, 'home') });
  const broken = checks.filter(({ ok }) => !ok);
  expect(broken.map(({ what }) => what)).toEqual(
    expect.arrayContaining([
      expect.stringContaining('JDK'),
      expect.stringContaining('Maven'),
      expect.stringContaining('Python'),
    ]),
  );
  for (const { fix } of broken) expect(fix).toMatch(/\S/);
  expect(broken.filter(({ found }) => found === 'not installed').map(({ fix }) => fix)).toContain(
    'npm run setup',
  );
});

test('a state folder that is none is a finding', async () => {
  await writeFile(join(folder, 'file'), '');
  const checks = await checkHealth({ ...process.env, TICKERLAKE_HOME: join(folder, 'file') });
  expect(checks.find(({ what }) => what.includes('state folder'))).toMatchObject({
    ok: false,
    fix: expect.stringContaining('TICKERLAKE_HOME'),
  });
});

test('the verdict is that of all checks', async () => {
  const { terminal, out } = recordTerminal();
  const env = { PATH: folder, TICKERLAKE_HOME: folder };
  const context = { terminal, env, signal: new AbortController().signal, fail: () => undefined };
  expect(await showHealth(context, true)).toBe(false);
  expect(JSON.parse(out())).toMatchObject({ ok: false });
});
