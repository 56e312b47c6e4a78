/**
 * `npm run verify:athena`: runs every saved query, table and view of a lake on real Trino and on the local engine, and ends with
 * one line of counts.
 */
import { parseArgs } from 'node:util';
import { TestFolders } from '../helpers/local-lake.ts';
import { runCommand } from '../helpers/run-command.ts';
import { proveCutoffs } from './cutoffs-proof.ts';
import { proveDataSets } from './data-sets-proof.ts';
import type { Finding } from './finding.ts';
import { type ProofLake, startProofLake } from './proof-lake.ts';
import { type ProvenQuery, proveQueries } from './queries-proof.ts';
import { writeQueryPage } from './query-page.ts';
import { provePruning, proveTables } from './tables-proof.ts';

const HELP = `Usage: npm run verify:athena [-- options]

Fills a lake with a market of 62 days, a listing and poison, compacts it, and asks everything twice: Trino 476, which
Athena's engine version 3 is made of, and DuckDB, which answers \`tickerlake query\`. Takes seven minutes.

Options:
  --write    writes docs/query.md from what Trino answers
  --json     machine-readable
  --help

What only Athena has is not proven here: UNLOAD, CREATE TABLE AS, MSCK REPAIR TABLE, DDL.`;

async function main(signal: AbortSignal): Promise<number> {
  const { values } = parseArgs({
    options: {
      write: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const folders = new TestFolders();
  const started = performance.now();
  const report = (text: string): void => {
    const seconds = Math.round((performance.now() - started) / 1000);
    if (!values.json) process.stderr.write(`${String(seconds).padStart(4)} s  ${text} …\n`);
  };
  let proof: ProofLake | undefined;
  try {
    proof = await startProofLake(folders, signal, report);
    // Before anything else: what an engine has read, it may keep.
    report('asking for single days and partitions');
    const pruning = await collect(provePruning(proof, signal), values.json);
    report('asking Trino and DuckDB');
    const queries = await collect<ProvenQuery>(proveQueries(proof, signal), values.json);
    report('reading every table and view');
    const tables = await collect(proveTables(proof, signal), values.json);
    report('asking what dashboards ask');
    const dataSets = await collect(proveDataSets(proof, signal), values.json);
    report('passing cutoffs');
    const cutoffs = await collect(proveCutoffs(proof, signal), values.json);
    if (values.write) writeQueryPage(queries);
    return conclude({ queries, tables, dataSets, pruning, cutoffs }, values.json);
  } finally {
    await proof?.stop();
    folders.remove();
  }
}

async function collect<Found extends Finding>(
  findings: AsyncIterable<Found>,
  isJson: boolean,
): Promise<Found[]> {
  const all: Found[] = [];
  for await (const found of findings) {
    const { subject, detail, problem } = found;
    all.push(found);
    if (!isJson)
      console.log(`${problem === undefined ? 'ok    ' : 'FAILED'} ${subject}: ${problem ?? detail}`);
  }
  return all;
}

interface Proof {
  readonly queries: readonly Finding[];
  readonly tables: readonly Finding[];
  readonly dataSets: readonly Finding[];
  readonly pruning: readonly Finding[];
  readonly cutoffs: readonly Finding[];
}

function conclude(proof: Proof, isJson: boolean): number {
  const { queries, tables, dataSets, pruning, cutoffs } = proof;
  const isProven = (findings: readonly Finding[]): boolean =>
    findings.length > 0 && findings.every(({ problem }) => problem === undefined);
  const proven = queries.filter(({ problem }) => problem === undefined).length;
  const ok = [queries, tables, dataSets, pruning, cutoffs].every(isProven);
  if (isJson) {
    const told = (findings: readonly Finding[]): unknown[] =>
      findings.map(({ subject, detail, problem }) => ({ subject, detail, problem }));
    console.log(
      JSON.stringify({
        ok,
        queries: told(queries),
        tables: told(tables),
        dataSets: told(dataSets),
        pruning: told(pruning),
        cutoffs: told(cutoffs),
      }),
    );
    return ok ? 0 : 1;
  }
  const results = isProven([...queries, ...tables, ...dataSets]) ? 'results equal' : 'results differ';
  const pruned = isProven(pruning) ? '' : '; partitions not pruned';
  const enforced = isProven(cutoffs) ? 'cutoffs enforced' : 'cutoffs not enforced';
  console.log(
    `\nathena: ${proven} of ${queries.length} queries proven on trino 476; ${results}${pruned}; ${enforced}`,
  );
  return ok ? 0 : 1;
}

await runCommand('npm run verify:athena -- --help', main);
