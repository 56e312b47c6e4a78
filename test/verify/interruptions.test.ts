/** A demo that is killed or interrupted at any moment leaves nothing running, and the next command works. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CommandLine, type Started } from '../helpers/command-line.ts';
import { processesOf } from '../helpers/process-list.ts';
import { until } from '../helpers/until.ts';

/** The guard ends what it started by TERM, and by KILL 3 s later; a synthesis comes to its own end. */
const GONE_MS = 20_000;
const STOP_MS = 10_000;
const commandLine = new CommandLine();
const { home } = commandLine;

beforeAll(() => commandLine.prepare(), 120_000);
afterAll(() => commandLine.remove(), 60_000);

/** Moments of a demo, each known by what can be seen of it from outside. */
const MOMENTS = {
  'as it synthesizes': () => processesOf(home).some(({ command }) => command.includes('bin/tickerlake.ts')),
  'as its engines start': () => existsSync(join(home, 'processes.json')),
  'as it provisions': () => processesOf(home).some(({ command }) => command.includes('bootstrap.ts')),
  'as it produces': () => existsSync(join(home, 'run/run.json')),
} as const;
type Moment = keyof typeof MOMENTS;
const moments = Object.keys(MOMENTS) as Moment[];

/** Starts a demo and waits for the moment, and then some. */
async function demoUntil(moment: Moment, jitterMs: number): Promise<Started> {
  if (moment === 'as it synthesizes') rmSync(join(home, 'assemblies'), { recursive: true });
  const demo = commandLine.start('demo');
  await until(moment, () => MOMENTS[moment]() || demo.process.exitCode !== null, 60_000);
  await delay(jitterMs);
  expect({ code: demo.process.exitCode, err: demo.err() }).toMatchObject({ code: null });
  return demo;
}

async function expectNothingLeft(): Promise<void> {
  await until('the end of all processes', () => processesOf(home).length === 0, GONE_MS).catch(() => {
    expect(processesOf(home)).toEqual([]);
  });
}

const someMs = (): number => Math.round(Math.random() * 800);

describe('a demo killed by SIGKILL', () => {
  test.each(moments.map((moment) => ({ moment, jitterMs: someMs() })))(
    '$moment and $jitterMs ms more leaves no process',
    async ({ moment, jitterMs }) => {
      const demo = await demoUntil(moment, jitterMs);
      expect(processesOf(home).length).toBeGreaterThan(1);
      demo.process.kill('SIGKILL');
      await demo.finished;
      await expectNothingLeft();
    },
    120_000,
  );

  test('is no hindrance to one that is started at once', async () => {
    const killed = await demoUntil('as it produces', someMs());
    killed.process.kill('SIGKILL');
    await killed.finished;
    const { code, out, err } = await commandLine.run('demo', '--records', '200', '--json');
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      produced: 210,
      queryable: 200,
      lost: 0,
      duplicated: 0,
    });
    await expectNothingLeft();
  }, 180_000);
});

describe('a demo interrupted by Ctrl-C', () => {
  test.each(moments.map((moment) => ({ moment, jitterMs: someMs() })))(
    '$moment and $jitterMs ms more exits with 130 in seconds, without an error, and leaves no process',
    async ({ moment, jitterMs }) => {
      const demo = await demoUntil(moment, jitterMs);
      const startedMs = performance.now();
      demo.process.kill('SIGINT');
      const { code, out, err } = await demo.finished;
      const tookMs = performance.now() - startedMs;
      expect(code).toBe(130);
      expect(err).toContain('stopping …');
      expect(err).not.toMatch(/error:|^\s+at /m);
      expect(out).not.toContain('demo: ok');
      expect(tookMs).toBeLessThan(STOP_MS);
      await expectNothingLeft();
    },
    120_000,
  );

  test('twice exits at once', async () => {
    const demo = await demoUntil('as it produces', 0);
    demo.process.kill('SIGINT');
    await until('the first to be noticed', () => demo.err().includes('stopping …'));
    const startedMs = performance.now();
    demo.process.kill('SIGINT');
    expect((await demo.finished).code).toBe(130);
    expect(performance.now() - startedMs).toBeLessThan(2000);
    await expectNothingLeft();
  }, 120_000);
});

describe('a wrong command line', () => {
  test.each([
    [['up', '--stage', 'staging'], /stage/],
    [['demo', '--records', 'many'], /records/],
    [['demo', '--tape', 'no-such-tape.ndjson'], /no-such-tape/],
    [['dmeo'], /dmeo/],
  ])(
    '%j is one line with the next thing to try, and starts nothing',
    async (args, message) => {
      const { code, out, err } = await commandLine.run(...args);
      expect(err).toMatch(message);
      expect(err).toMatch(/^error: [^\n]+ — try: [^\n]+\n$/);
      expect(out).toBe('');
      expect(code).toBeGreaterThan(0);
      expect(processesOf(home)).toEqual([]);
    },
    30_000,
  );
});
