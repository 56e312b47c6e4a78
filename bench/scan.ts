/**
 * What analysts' queries read: `npm run bench:scan -- [--rows 2000000] [--rows-of-file 2000] [--runs 5] [--latency-ms 0]`. The same rows lie in three layouts:
 * lines of JSON by day, curated files as curate-quotes writes them, and history as job compact makes it of those. One engine asks
 * each the same ten questions over HTTP, and what comes over the wire is counted, footers included.
 *
 * The layouts are kept under .tickerlake/bench-scan until the code that makes them changes: the first run compacts, which takes minutes.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fingerprint } from '../cli/assembly/fingerprint.ts';
import { TickerlakeError } from '../core/errors.ts';
import { Translator } from '../local/athena/translator.ts';
import { startGuard } from '../local/supervisor/index.ts';
import { toolPaths } from '../local/tools.ts';
import { machine } from './harness/machine.ts';
import { type Spread, spreadOf, table, writeResults } from './harness/report.ts';
import { CountingServer, type Traffic } from './scan/counting-server.ts';
import { runCold, translate } from './scan/engine.ts';
import { compactIntoHistory } from './scan/history.ts';
import { LAYOUTS, type Layout, type LayoutName, layoutIn } from './scan/layouts.ts';
import { SCAN_QUERIES, type ScanQuery } from './scan/queries.ts';
import { writeSmallFiles } from './scan/small-files.ts';

/** History reads at most one part in so many, for each query of one symbol. */
const TARGETS = { json: 50, curated: 10 };
const MB = 1e6;
const ROOT = join(import.meta.dirname, '..');

interface Measured extends Traffic {
  readonly seconds: Spread;
}

interface QueryResult {
  readonly query: string;
  readonly isOfOneSymbol: boolean;
  readonly rows: number;
  readonly layouts: Readonly<Record<LayoutName, Measured>>;
  /** Times as many bytes as history reads. */
  readonly timesHistory: { readonly json: number; readonly curated: number };
}

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '2000000' },
    'rows-of-file': { type: 'string', default: '2000' },
    runs: { type: 'string', default: '5' },
    'latency-ms': { type: 'string', default: '0' },
  },
});
const [rows, rowsOfFile, runs] = [Number(values.rows), Number(values['rows-of-file']), Number(values.runs)];
/** That each request waits for its first byte: about 30 is what S3 makes of it. */
const latencyMs = Number(values['latency-ms']);
if (![rows, rowsOfFile, runs, latencyMs + 1].every((value) => Number.isInteger(value) && value > 0)) {
  throw new TickerlakeError(
    'USAGE',
    '--rows, --rows-of-file, --runs and --latency-ms are whole numbers, all but the last above 0',
    {
      hint: 'npm run bench:scan -- --rows 2000000 --rows-of-file 2000 --runs 5',
    },
  );
}

const folder = await makeLayouts();
const layouts = LAYOUTS.map((name) => layoutIn(folder, name));
const tools = toolPaths();
const guard = await startGuard();
const server = await CountingServer.start(folder, latencyMs);
try {
  const logFile = join(tmpdir(), 'tickerlake-bench-scan.log');
  const translator = await Translator.start({ guard, python: tools.python, logFile });
  const results: QueryResult[] = [];
  for (const query of SCAN_QUERIES) {
    results.push(await measure(query, await translate(translator, query.sql)));
    console.error(`${results.length} of ${SCAN_QUERIES.length}: ${query.name}`);
  }
  translator.close();
  report(results);
} finally {
  server.close();
  await guard.stopAll();
}

/** @returns the folder that holds all three, whole */
async function makeLayouts(): Promise<string> {
  const inputs = ['core', 'glue-scripts', 'bench/data', 'bench/scan', 'lib/constructs/compaction'];
  const key = await fingerprint(ROOT, inputs, { rows: String(rows), rowsOfFile: String(rowsOfFile) });
  const kept = join(ROOT, '.tickerlake/bench-scan', key);
  const whole = join(kept, 'compacted-in-seconds');
  if (existsSync(whole)) return kept;
  rmSync(join(ROOT, '.tickerlake/bench-scan'), { recursive: true, force: true });
  mkdirSync(kept, { recursive: true });
  console.error(`${rows} rows as JSON and as curated files`);
  writeSmallFiles(kept, rows, rowsOfFile);
  const seconds = await compactIntoHistory(join(kept, 'lake'), join(kept, 'history'));
  writeFileSync(whole, String(seconds));
  return kept;
}

async function measure(query: ScanQuery, sqlOver: (relation: string) => string): Promise<QueryResult> {
  const measured = new Map<LayoutName, Measured>();
  const answers = new Map<LayoutName, string>();
  let answered = 0;
  for (const layout of layouts) {
    const seconds: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      server.reset();
      const answer = await runCold(sqlOver(layout.relation(server.url)), tools.duckdbExtensions);
      seconds.push(answer.seconds);
      answers.set(layout.name, answer.rows.join('\n'));
      answered = answer.rows.length;
    }
    measured.set(layout.name, { ...server.traffic, seconds: spreadOf(seconds) });
  }
  if (new Set(answers.values()).size > 1 || answered === 0) {
    throw new Error(`${query.name}: the layouts answer differently, or nothing:\n${firstLines(answers)}`);
  }
  const of = (name: LayoutName): Measured => {
    const found = measured.get(name);
    if (found === undefined) throw new RangeError(`layout ${name} was not measured`);
    return found;
  };
  const timesHistory = (name: LayoutName): number =>
    Math.round((of(name).bytes / of('history').bytes) * 10) / 10;
  return {
    query: query.name,
    isOfOneSymbol: query.isOfOneSymbol,
    rows: answered,
    layouts: { json: of('json'), curated: of('curated'), history: of('history') },
    timesHistory: { json: timesHistory('json'), curated: timesHistory('curated') },
  };
}

function firstLines(answers: ReadonlyMap<LayoutName, string>): string {
  return [...answers].map(([name, text]) => `${name}: ${text.slice(0, 300)}`).join('\n');
}

function report(results: readonly QueryResult[]): void {
  const sizes = layouts.map(({ name, files, bytes }: Layout) => ({ name, files, bytes }));
  console.log(JSON.stringify(machine()));
  for (const { name, files, bytes } of sizes) {
    console.log(`${name}: ${files} files, ${mb(bytes)} MB, ${(bytes / rows).toFixed(1)} bytes a row`);
  }
  console.log(`\nMB read, requests, median seconds of ${runs} runs; times the bytes of history\n`);
  const shown = ({ bytes, requests, seconds }: Measured): string[] => [
    mb(bytes),
    String(requests),
    seconds.median.toFixed(2),
  ];
  console.log(
    table(
      ['query', 'JSON', 'req', 's', 'curated', 'req', 's', 'history', 'req', 's', 'x JSON', 'x curated'],
      results.map(({ query, layouts: each, timesHistory }) => [
        query,
        ...shown(each.json),
        ...shown(each.curated),
        ...shown(each.history),
        timesHistory.json.toFixed(0),
        timesHistory.curated.toFixed(1),
      ]),
    ),
  );
  const file = writeResults('scan', {
    rows,
    rowsOfFile,
    latencyMs,
    targets: TARGETS,
    compactedInSeconds: Number(readFileSync(join(folder, 'compacted-in-seconds'), 'utf8')),
    layouts: sizes,
    queries: results,
  });
  const missed = results.filter(
    ({ isOfOneSymbol, timesHistory }) =>
      isOfOneSymbol && (timesHistory.json < TARGETS.json || timesHistory.curated < TARGETS.curated),
  );
  const targets = `one symbol: history at most 1/${TARGETS.json} of JSON and 1/${TARGETS.curated} of curated files`;
  console.log(
    `\n${targets}: ${missed.length === 0 ? 'holds' : `missed by ${missed.map(({ query }) => query).join(', ')}`}`,
  );
  console.log(file);
  if (missed.length > 0) process.exitCode = 1;
}

function mb(bytes: number): string {
  return (bytes / MB).toFixed(bytes < MB / 10 ? 3 : 2);
}
