/**
 * `npm run faults`: plays every fault of docs/reliability.md on real engines, or random schedules on the model, and ends
 * with one line of counts.
 */
import { parseArgs } from 'node:util';
import { runCommand, unlessAborted } from '../helpers/run-command.ts';
import { ALL_FAULTS } from './all-faults.ts';
import { describePlayed, summarizePlayed } from './report.ts';
import { FaultStands, type PlayedFault } from './stands.ts';

const HELP = `Usage: npm run faults [-- options]

Breaks a running lake in every way of docs/reliability.md, one after the other, and proves after each that nothing is
lost and nothing doubled. Takes about a quarter of an hour.

Options:
  --only <n,n>       these faults alone, by number
  --list             names them
  --schedules <n>    instead: n random schedules of landing, events, curation and sweeps on the model
  --seed <n>         first seed of the schedules (default: random); a failing one is printed and replays so
  --json             machine-readable
  --help

Examples:
  npm run faults
  npm run faults -- --only 9,13
  npm run faults -- --schedules 100000`;

interface Options {
  readonly only: readonly number[] | undefined;
  readonly list: boolean;
  readonly json: boolean;
  readonly schedules: number | undefined;
  readonly seed: number | undefined;
}

async function main(signal: AbortSignal): Promise<number> {
  const options = readOptions();
  if (options === undefined) return 0;
  if (options.schedules !== undefined) return playSchedules(options.schedules, options, signal);
  return playFaults(options, signal);
}

async function playFaults({ only, list, json }: Options, signal: AbortSignal): Promise<number> {
  const chosen = ALL_FAULTS.filter(({ number }) => only?.includes(number) ?? true);
  if (list) {
    for (const { number, name } of [...chosen].sort((a, b) => a.number - b.number)) {
      console.log(`${String(number).padStart(2)}  ${name}`);
    }
    return 0;
  }
  const stands = new FaultStands();
  const played: PlayedFault[] = [];
  try {
    for (const fault of chosen) {
      if (!json) process.stderr.write(`${String(fault.number).padStart(2)}  ${fault.name} …\n`);
      const result = await unlessAborted(signal, stands.play(fault));
      played.push(result);
      if (!json) for (const line of describePlayed(result)) console.log(line);
    }
  } finally {
    await stands.stop();
  }
  const summary = summarizePlayed(played, chosen.length);
  console.log(json ? JSON.stringify({ ok: summary.ok, faults: played }, undefined, 2) : summary.line);
  return summary.ok ? 0 : 1;
}

async function playSchedules(
  count: number,
  { json, seed = Math.floor(Math.random() * 2 ** 31) }: Options,
  signal: AbortSignal,
): Promise<number> {
  const { runSchedules } = await import('./schedules.ts');
  const result = await runSchedules({
    count,
    seed,
    signal,
    onProgress: ({ done, perSecond }) => {
      if (!json) process.stderr.write(`  ${done} of ${count} schedules, ${Math.round(perSecond)} a second\n`);
    },
  });
  signal.throwIfAborted();
  console.log(json ? JSON.stringify(result, undefined, 2) : result.line);
  return result.ok ? 0 : 1;
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string' },
        list: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        schedules: { type: 'string' },
        seed: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(HELP);
      return undefined;
    }
    const { list, json } = values;
    return {
      list,
      json,
      only: readNumbers(values.only),
      schedules: readCount('--schedules', values.schedules),
      seed: readCount('--seed', values.seed),
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(`error: ${message} — try: npm run faults -- --help`);
    process.exit(2);
  }
}

function readNumbers(text: string | undefined): number[] | undefined {
  const numbers = text?.split(',').map((each) => readCount('--only', each) ?? 0);
  for (const number of numbers ?? []) {
    if (!ALL_FAULTS.some((fault) => fault.number === number)) throw new Error(`there is no fault ${number}`);
  }
  return numbers;
}

function readCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`${name} takes a whole number, not ${JSON.stringify(text)}`);
}

await runCommand('npm run faults -- --help', main);
