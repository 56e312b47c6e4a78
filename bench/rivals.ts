/** Us beside what a team would otherwise run, on the same records in the same run: `npm run bench:rivals`. See README.md. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Progress } from '../cli/terminal/progress.ts';
import { Terminal } from '../cli/terminal/terminal.ts';
import { TickerlakeError } from '../core/errors.ts';
import { statePaths } from '../local/state.ts';
import { type Guard, startGuard } from '../local/supervisor/index.ts';
import { machine, printMachine } from './harness/machine.ts';
import { writeResults } from './harness/report.ts';
import { type Contender, findContenders } from './rivals/contenders.ts';
import { countBack } from './rivals/count-back.ts';
import { type Field, type FilledTopic, openField } from './rivals/field.ts';
import { parseOptions, type RivalsOptions, USAGE } from './rivals/options.ts';
import { type Measured, renderStandings, type Standing, standingOf } from './rivals/standings.ts';

const RESULTS = 'rivals';
const terminal = new Terminal(process.stdout, process.stderr, process.env);
const progress = new Progress(terminal);
const interruption = new AbortController();

async function measure(
  guard: Guard,
  field: Field,
  contender: Contender,
  filled: FilledTopic,
  { folder, keep }: { readonly folder: string; readonly keep: boolean },
): Promise<Measured> {
  const { bootstrap, schemaFile } = field;
  const task = { bootstrap, schemaFile, folder, ...filled };
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const topic of contender.topics?.(task) ?? []) await field.empty(topic);
  const { records } = filled;
  const measured = await progress.step(`${contender.name}, ${records} records`, async (report) => {
    const figures = await contender.run(guard, task);
    const written = await countBack(contender.title, filled, {
      files: contender.files(task),
      volumeColumn: contender.volumeColumn,
    });
    report(`${figures.cpuSeconds.toFixed(1)} CPU s, ${Math.round(figures.peakBytes / 1e6)} MB, rows counted`);
    return { records, ...figures, ...written };
  });
  if (!keep) await rm(folder, { recursive: true });
  return measured;
}

/** @param onRound told what is known after each round of all, since all of them take long */
async function compare(
  guard: Guard,
  folder: string,
  options: RivalsOptions,
  onRound: (standings: readonly Standing[]) => Promise<void>,
): Promise<void> {
  const contenders = findContenders(options.only);
  const { commit } = machine();
  const field = await progress.step('Kafka broker', () => openField(guard, folder));
  try {
    const fill = (records: number): Promise<FilledTopic> =>
      progress.step(`topic of ${records} records`, (report) => field.fill(records, report));
    const topics = [await fill(options.sizes[0]), await fill(options.sizes[1])] as const;
    const runs = new Map(contenders.map(({ name }) => [name, [] as (readonly [Measured, Measured])[]]));
    for (let run = 1; run <= options.runs; run += 1) {
      // In turns, so that what else the machine does meets all alike.
      for (const contender of contenders) {
        const at = (topic: FilledTopic): Promise<Measured> =>
          measure(guard, field, contender, topic, {
            folder: join(folder, `${contender.name}-${topic.records}-${run}`),
            keep: options.keep,
          });
        runs.get(contender.name)?.push([await at(topics[0]), await at(topics[1])]);
      }
      const stamp = { measuredAt: new Date().toISOString(), commit };
      await onRound(
        contenders.map(({ name, title }) => standingOf({ name, title, ...stamp }, runs.get(name) ?? [])),
      );
    }
  } finally {
    await field.close();
  }
}

/** With what earlier runs measured of others, on this machine and the same sizes. */
async function mergeEarlier(standings: readonly Standing[], sizes: readonly number[]): Promise<Standing[]> {
  const text = await readFile(join(import.meta.dirname, `results/${RESULTS}.json`), 'utf8').catch(() => '{}');
  const earlier = JSON.parse(text) as {
    readonly machine?: { readonly cpu?: string };
    readonly standings?: Standing[];
  };
  if (earlier.machine?.cpu !== machine().cpu) return [...standings];
  const kept = (earlier.standings ?? []).filter(
    (standing) =>
      standings.every(({ name }) => name !== standing.name) &&
      standing.sizes.every(({ records }, index) => records === sizes[index]),
  );
  return [...standings, ...kept];
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    terminal.print(USAGE);
    return;
  }
  printMachine();
  const folder = join(statePaths().folder, 'bench', `rivals-${process.pid}`);
  const guard = await startGuard();
  const clear = async (): Promise<void> => {
    await guard.stopAll();
    if (!options.keep) await rm(folder, { recursive: true, force: true });
  };
  const interrupt = (): void => {
    interruption.abort();
    void clear().then(() => {
      terminal.note('interrupted: nothing was left running; rounds that were whole are in the results');
      process.exit(130);
    });
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  let all: readonly Standing[] = [];
  const keepRound = async (standings: readonly Standing[]): Promise<void> => {
    all = await mergeEarlier(standings, options.sizes);
    terminal.note(`written to ${writeResults(RESULTS, { sizes: options.sizes, standings: all })}`);
  };
  try {
    await compare(guard, folder, options, keepRound);
  } finally {
    await clear();
  }
  if (options.json) terminal.print(JSON.stringify(all));
  else terminal.print(renderStandings(all));
}

/** The logs are gone with all else, unless they were to be kept. */
function tell(error: unknown): void {
  const { code, hint } = error instanceof TickerlakeError ? error : {};
  const isLogGone = code === 'ENGINE_FAILED' && !process.argv.includes('--keep');
  const next = isLogGone ? 'the same command with --keep, which leaves all logs in .tickerlake/bench' : hint;
  const message = error instanceof Error ? error.message : String(error);
  terminal.note(`error: ${message}${next === undefined ? '' : ` — try: ${next}`}`);
}

try {
  await main();
} catch (error) {
  // What was under way when somebody interrupted it fails, of course.
  if (!interruption.signal.aborted) tell(error);
  process.exitCode = 1;
}
