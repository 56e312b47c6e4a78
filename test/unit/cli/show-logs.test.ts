import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { CommandContext } from '../../../cli/context.ts';
import { showLogs } from '../../../cli/logs/show-logs.ts';
import { type RecordedTerminal, recordTerminal } from './terminal-double.ts';

let home: string;
let logs: string;
let screen: RecordedTerminal;
let abort: AbortController;
let context: CommandContext;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tickerlake-logs-'));
  logs = join(home, 'run/logs');
  await mkdir(logs, { recursive: true });
  screen = recordTerminal();
  abort = new AbortController();
  context = {
    terminal: screen.terminal,
    env: { TICKERLAKE_HOME: home },
    signal: abort.signal,
    fail: () => undefined,
  };
});
afterEach(async () => {
  abort.abort();
  await rm(home, { recursive: true });
});

const LINE = JSON.stringify({
  level: 'INFO',
  message: 'landed',
  timestamp: '2026-11-20T14:30:00.125Z',
  service: 'land-quotes',
  records: 7,
  key: 'quotes/a',
});

async function write(name: string, ...lines: string[]): Promise<void> {
  await writeFile(join(logs, `${name}.log`), lines.map((line) => `${line}\n`).join(''));
}

function show(name?: string, options: { follow?: boolean; sinceMs?: number } = {}): Promise<void> {
  return showLogs(context, { name, follow: options.follow === true, sinceMs: options.sinceMs });
}

test('a structured line is shown as time, level, message and fields; another as it stands', async () => {
  await write('land-quotes', 'START RequestId: 1', LINE);
  await show('tickerlake-dev-land-quotes');
  expect(screen.out()).toBe('START RequestId: 1\n14:30:00.125 INFO  landed records=7 key=quotes/a\n');
});

test('metrics are shown as a line among the others', async () => {
  const about = { Timestamp: Date.parse('2026-11-20T14:30:00.5Z'), CloudWatchMetrics: [] };
  await write(
    'land-quotes',
    JSON.stringify({ _aws: about, service: 'x', topic: 'quotes', RecordsLanded: 7 }),
  );
  await show('land-quotes');
  expect(screen.out()).toBe('14:30:00.500 INFO  metrics topic=quotes RecordsLanded=7\n');
});

test('--since leaves out what is older', async () => {
  const later = LINE.replace('14:30', '15:30').replace('landed', 'later');
  await write('kafka', LINE, later, 'a line without a time belongs to the one before');
  await show('kafka', { sinceMs: Date.parse('2026-11-20T15:00:00Z') });
  expect(screen.out()).toMatch(/^15:30:00.125 INFO {2}later.*\na line without a time.*\n$/);
});

test('without a name, it lists the logs', async () => {
  await write('kafka', 'x');
  await show();
  expect(screen.out()).toMatch(/^log +bytes\n.*\nkafka +2\n$/);
});

test('an unknown name is told which logs there are, the likeliest first', async () => {
  await write('kafka', 'x');
  await write('curate-quotes', 'x');
  await expect(show('curate-quote')).rejects.toMatchObject({
    code: 'USAGE',
    message: 'there is no log of "curate-quote"',
    hint: 'one of curate-quotes, kafka',
  });
});

test('an engine’s log is found as well', async () => {
  await mkdir(join(home, 'run/kafka'));
  await writeFile(join(home, 'run/kafka/broker.log'), 'started\n');
  await show('broker');
  expect(screen.out()).toBe('started\n');
});

test('--follow shows what comes, whole lines only, until it is stopped', async () => {
  await write('kafka', 'first');
  const following = show('kafka', { follow: true });
  const file = join(logs, 'kafka.log');
  await until(() => screen.out() === 'first\n');
  await appendFile(file, 'second\nhal');
  await until(() => screen.out() === 'first\nsecond\n');
  await appendFile(file, 'f\n');
  await until(() => screen.out() === 'first\nsecond\nhalf\n');
  abort.abort();
  await following;
});

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not in time; so far: ${screen.out()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
