/** `npm run soak`: quotes flow while functions, endpoint, broker and database are killed at random; ends with the reconcile line. */
import { parseArgs } from 'node:util';
import { reconcileLine } from '../../cli/reconcile/report.ts';
import { TestFolders } from '../helpers/local-lake.ts';
import { runCommand, unlessAborted } from '../helpers/run-command.ts';
import { type Kills, soak } from './soak-run.ts';
import { FaultStand } from './stand.ts';

const HELP = `Usage: npm run soak [-- options]

Starts a lake of stage dev, produces quotes steadily, and meanwhile kills functions, cuts the AWS endpoint and kills the
broker and the database at random. Then compares what was acknowledged with what is visible and what is served. Waits of the templates are shortened, so that
a killed function's work comes back in seconds.

Options:
  --minutes <n>            how long (default: 10)
  --kills-per-minute <n>   (default: 20; a restart of the broker takes some)
  --seed <n>               what is killed when (default: random)
  --json                   machine-readable
  --help

Example:
  npm run soak -- --minutes 2 --kills-per-minute 30`;

interface Options {
  readonly minutes: number;
  readonly killsPerMinute: number;
  readonly seed: number;
  readonly json: boolean;
}

async function main(signal: AbortSignal): Promise<number> {
  const options = readOptions();
  if (options === undefined) return 0;
  const folders = new TestFolders();
  let stand: FaultStand | undefined;
  try {
    console.error(`starting a lake; seed ${options.seed}`);
    stand = await unlessAborted(signal, FaultStand.start(folders, { stage: 'dev' }));
    return await unlessAborted(signal, play(stand, options, signal));
  } finally {
    await stand?.stop();
    folders.remove();
  }
}

async function play(stand: FaultStand, options: Options, signal: AbortSignal): Promise<number> {
  const { minutes, killsPerMinute, seed, json } = options;
  const result = await soak(stand, {
    durationMs: minutes * 60_000,
    killsPerMinute,
    seed,
    signal,
    onProgress: ({ elapsedMs, produced, kills }) => {
      const seconds = Math.round(elapsedMs / 1000);
      console.error(
        `${String(seconds).padStart(5)} s  ${produced} records produced, ${describeKills(kills)}`,
      );
    },
  });
  const { reconciliation, kills, failedRuns, sweeps, swept } = result;
  const { ok, totals, served, faults } = reconciliation;
  if (json) {
    console.log(
      JSON.stringify({ ok, seed, ...totals, served, faults, kills, failedRuns, sweeps, swept }, undefined, 2),
    );
  } else {
    for (const fault of faults) console.log(JSON.stringify(fault));
    console.log(
      `${sweeps} sweeps asked for ${swept} raw objects; ${failedRuns} runs of produce-quotes failed`,
    );
    console.log(`${describeKills(kills)}; seed ${seed}`);
    console.log(`${reconcileLine(reconciliation)}; kills ${totalOf(kills)}`);
  }
  return ok ? 0 : 1;
}

function totalOf(kills: Kills): number {
  return Object.values(kills).reduce((sum, count) => sum + count, 0);
}

function describeKills(kills: Kills): string {
  const each = Object.entries(kills).map(([target, count]) => `${target} ${count}`);
  return `${totalOf(kills)} kills (${each.join(', ')})`;
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string', default: '10' },
        'kills-per-minute': { type: 'string', default: '20' },
        seed: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(HELP);
      return undefined;
    }
    return {
      minutes: readNumber('--minutes', values.minutes, 240),
      killsPerMinute: readNumber('--kills-per-minute', values['kills-per-minute'], 60),
      seed:
        values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : readNumber('--seed', values.seed),
      json: values.json,
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(`error: ${message} — try: npm run soak -- --help`);
    process.exit(2);
  }
}

function readNumber(name: string, text: string, most = 2 ** 31): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0 && value <= most) return value;
  throw new Error(`${name} takes a number above 0 and up to ${most}, not ${JSON.stringify(text)}`);
}

await runCommand('npm run soak -- --help', main);
