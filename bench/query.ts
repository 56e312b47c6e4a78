/**
 * What the demo's questions take on the local engine: `npm run bench:query -- [records]`. A lake is started, filled as the demo
 * fills it, and each question asked once cold and then again and again, through the Athena API, to the last row of the result file.
 */

import { findNamedQuery } from '../cli/athena/named-queries.ts';
import { resultRows } from '../cli/athena/result-rows.ts';
import { runQuery, sqlLiteral } from '../cli/athena/run-query.ts';
import { connectToTopic, LakeClients } from '../cli/lake/clients.ts';
import { logIdOf, outputOf } from '../cli/lake/connection.ts';
import { readTopicOffsets } from '../cli/lake/topic-offsets.ts';
import { waitUntilServed } from '../cli/lake/wait-until-served.ts';
import { stageSource } from '../cli/produce/produce-into-lake.ts';
import { producePoison } from '../cli/produce/produce-poison.ts';
import { produceQuotes } from '../cli/produce/produce-quotes.ts';
import { assemblyOf, startTestLake, TestFolders } from '../test/helpers/local-lake.ts';
import { printMachine } from './harness/machine.ts';

const records = Number(process.argv[2] ?? 20_000);
const WARM_RUNS = 7;
/** As cli/demo asks. */
const QUESTIONS = ['top-movers', 'candles-5m', 'quarantine-by-reason'];

const folders = new TestFolders();
const signal = AbortSignal.timeout(600_000);
const lake = await startTestLake(folders, 'dev', await assemblyOf('dev'), { signal });
const clients = new LakeClients(lake);
try {
  await fill();
  printMachine();
  console.log(`${records} quotes, through the Athena API to the last row; seconds`);
  for (const name of QUESTIONS) console.log(await timesOf(name));
} finally {
  clients.close();
  await lake.stop();
  folders.remove();
}
// The engines' clients keep no handle open; undici's pool does for some seconds.
process.exit(0);

async function fill(): Promise<void> {
  await produceQuotes(clients.lambda, {
    functionName: outputOf(lake, 'pipeline', 'ProduceQuotesFunctionName'),
    ...(await stageSource(lake, clients, { records }, signal)),
    signal,
  });
  await producePoison(lake, clients);
  const kafka = await connectToTopic(lake, clients.msk);
  const ends = await readTopicOffsets(kafka, outputOf(lake, 'stream', 'QuotesTopicName'));
  await waitUntilServed(lake, clients, ends, { signal });
}

async function timesOf(name: string): Promise<string> {
  const workgroup = outputOf(lake, 'query', 'AnalystsWorkGroupName');
  const { sql } = await findNamedQuery(clients.athena, workgroup, name);
  const parameters = sql.includes('?') ? [sqlLiteral(logIdOf(lake))] : [];
  const request = { sql, parameters, workgroup, database: outputOf(lake, 'lake', 'DatabaseName'), signal };
  const seconds: number[] = [];
  const engine: number[] = [];
  let rows = 0;
  for (let run = 0; run <= WARM_RUNS; run++) {
    const started = performance.now();
    rows = -1;
    const { outputLocation, engineMs } = await runQuery(clients.athena, request);
    for await (const batch of resultRows(clients.s3, outputLocation)) rows += batch.length;
    seconds.push((performance.now() - started) / 1000);
    engine.push(engineMs / 1000);
  }
  const [cold = 0, ...warm] = seconds;
  warm.sort((a, b) => a - b);
  engine.shift();
  engine.sort((a, b) => a - b);
  const text = (value: number): string => value.toFixed(3);
  return `${name.padEnd(22)} ${String(rows).padStart(6)} rows   cold ${text(cold)}   warm median ${text(warm[Math.floor(WARM_RUNS / 2)] ?? 0)}   worst ${text(warm.at(-1) ?? 0)}   of it the engine ${text(engine[Math.floor(WARM_RUNS / 2)] ?? 0)}`;
}
