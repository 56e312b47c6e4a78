/** What `npm run bench:rivals` may be told. */
import { parseArgs } from 'node:util';
import { TickerlakeError } from '../../core/errors.ts';
import { CONTENDER_NAMES } from './contenders.ts';

export const USAGE = `usage: npm run bench:rivals -- [options]

Runs Flink, Spark, Kafka Connect, a Python consumer and us over the same topics of a local Kafka broker and
compares CPU time and memory. What a run measures is merged into bench/results/rivals.json.

  --records <small>,<large>   sizes of the two topics (default 500000,1500000)
  --only <names>              some of ${CONTENDER_NAMES.join(', ')} (default: all)
  --runs <n>                  runs of each, of which min, median and max are told (default 1; 5 for figures to keep)
  --keep                      leave what was written in .tickerlake/bench, to look at it
  --json                      print what was measured as JSON
  --help`;

export interface RivalsOptions {
  readonly sizes: readonly [number, number];
  readonly only: readonly string[];
  readonly runs: number;
  readonly keep: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

const usage = (message: string): TickerlakeError =>
  new TickerlakeError('USAGE', message, { hint: 'npm run bench:rivals -- --help' });

/** @throws TickerlakeError USAGE */
export function parseOptions(args: readonly string[]): RivalsOptions {
  const { records = '500000,1500000', only, runs = '1', ...flags } = parse(args);
  const sizes = records.split(',').map(Number);
  const [small = Number.NaN, large = Number.NaN] = sizes;
  if (sizes.length !== 2 || !sizes.every(isCount) || small >= large)
    throw usage(
      `--records takes two sizes, the smaller first, such as 500000,1500000, not ${JSON.stringify(records)}`,
    );
  const names = only === undefined ? CONTENDER_NAMES : [...new Set(only.split(','))];
  const stranger = names.find((name) => !CONTENDER_NAMES.includes(name));
  if (stranger !== undefined)
    throw usage(`--only knows ${CONTENDER_NAMES.join(', ')}, not ${JSON.stringify(stranger)}`);
  if (!isCount(Number(runs))) throw usage(`--runs takes a whole number from 1 on, not ${runs}`);
  const { keep = false, json = false, help = false } = flags;
  return { sizes: [small, large], only: names, runs: Number(runs), keep, json, help };
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0;

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        records: { type: 'string' },
        only: { type: 'string' },
        runs: { type: 'string' },
        keep: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}
