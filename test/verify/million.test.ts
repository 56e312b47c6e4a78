/** A million records go the whole way, are all accounted for, and no process holds them in memory. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CommandLine } from '../helpers/command-line.ts';
import { processesOf } from '../helpers/process-list.ts';

const RECORDS = 1_000_000;
const POISON = 10;
const LIMIT_MS = 6 * 60_000;
const MIB = 1024 * 1024;

/**
 * What each process may hold at its peak. Measured on two cores: command 660 MiB, emulator 550, broker 280,
 * curate-quotes 300 an instance, others less; with 100,000 records the command held 530.
 */
const BOUNDS = [
  { name: 'command', is: /cli\/tickerlake\.ts demo/, maxBytes: 1000 * MIB },
  { name: 'emulator', is: /moto\/server\.py/, maxBytes: 1000 * MIB },
  { name: 'broker', is: /LocalBroker/, maxBytes: 700 * MIB },
  { name: 'a function', is: /invoke\/bootstrap\.ts/, maxBytes: 600 * MIB },
] as const;

const commandLine = new CommandLine();

beforeAll(() => commandLine.prepare(), 120_000);
afterAll(() => commandLine.remove(), 60_000);

test(
  'a million records are reconciled, in bounded memory',
  async () => {
    const demo = commandLine.start('demo', '--records', String(RECORDS), '--json');
    const peaks = new Map<string, number>();
    while (demo.process.exitCode === null && demo.process.signalCode === null) {
      for (const { command, peakBytes } of processesOf(commandLine.home)) {
        const name = BOUNDS.find(({ is }) => is.test(command))?.name;
        if (name !== undefined) peaks.set(name, Math.max(peakBytes, peaks.get(name) ?? 0));
      }
      await delay(500);
    }
    const { code, out, err } = await demo.finished;
    expect({ code, err }).toEqual({ code: 0, err: expect.not.stringContaining('error:') });
    const { seconds, ...found } = JSON.parse(out) as { seconds: number };
    expect(found).toMatchObject({
      ok: true,
      produced: RECORDS + POISON,
      curated: RECORDS,
      quarantined: POISON,
      queryable: RECORDS,
      lost: 0,
      duplicated: 0,
      faults: [],
    });
    const shown = [...peaks].map(([name, bytes]) => `${name} ${Math.round(bytes / MIB)} MiB`).join(', ');
    process.stdout.write(`a million records in ${seconds} s; peaks: ${shown}\n`);
    for (const { name, maxBytes } of BOUNDS) {
      expect({ name, peak: peaks.get(name) }).toEqual({ name, peak: expect.any(Number) });
      expect({ name, isBounded: (peaks.get(name) ?? 0) < maxBytes }).toEqual({ name, isBounded: true });
    }
  },
  LIMIT_MS,
);
