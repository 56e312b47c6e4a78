import type { Stage } from '../../core/names.ts';
import type { ProduceResult } from '../../core/produce-contract.ts';
import { sqlLiteral } from '../athena/run-query.ts';
import type { CommandContext } from '../context.ts';
import { fetchEngine } from '../jobs/fetch-engine.ts';
import type { LakeClients } from '../lake/clients.ts';
import { connectToTopic } from '../lake/clients.ts';
import { logIdOf, outputOf } from '../lake/connection.ts';
import { type LocalLake, withLocalLake } from '../lake/local-lake.ts';
import { readTopicOffsets } from '../lake/topic-offsets.ts';
import { waitUntilServed } from '../lake/wait-until-served.ts';
import { describeProduced, stageSource } from '../produce/produce-into-lake.ts';
import { producePoison } from '../produce/produce-poison.ts';
import { type ProduceSummary, produceQuotes } from '../produce/produce-quotes.ts';
import { sizeOf } from '../produce/upload.ts';
import { type LakeReconciliation, reconcileLake } from '../reconcile/reconcile-lake.ts';
import { faultLine, reconcileJson, reconcileLine } from '../reconcile/report.ts';
import { Progress } from '../terminal/progress.ts';
import { type Answer, ask, askWatchlist, printAnswer, printPriceChart, type Question } from './answers.ts';
import { type BatchResult, printBatch, runBatch } from './run-batch.ts';

export interface DemoOptions {
  readonly records: number;
  /** Produced whole instead of records. */
  readonly tape: string | undefined;
  readonly stage: Stage;
  /** Also the batch path: a listing, compaction while the views are queried, more quotes. */
  readonly batch: boolean;
  readonly json: boolean;
}

/** Quotes that come after compaction: what SQL shows is then history and curated files. */
const LATE_RECORDS = 2000;

/** Invocations that a small demo is spread over; a large one takes as many as it needs. */
const CHUNKS = 4;
const MAX_CHUNK = 20_000;

/** What the demo asks, as an analyst would. */
function questions(lake: LocalLake): readonly Question[] {
  return [
    { name: 'top-movers' },
    { name: CANDLES },
    {
      name: 'quarantine-by-reason',
      parameters: [sqlLiteral(logIdOf(lake))],
      show: ['code', 'records', 'example_partition', 'example_offset', 'example_reason'],
    },
  ];
}

const CANDLES = 'candles-5m';
/** What of the candles is drawn. */
const CHART = { symbol: 'symbol', time: 'candle_start', price: 'close' } as const;
const CHART_SYMBOL = 'AAPL';

interface DemoResult {
  readonly produced: ProduceSummary;
  readonly answers: readonly Answer[];
  readonly batch: BatchResult | undefined;
  readonly reconciliation: LakeReconciliation;
  readonly engines: LocalLake['engines'];
  readonly resources: LocalLake['resources'];
}

/** `demo`: the whole way once. True only when every record is accounted for. */
export async function runDemo(context: CommandContext, options: DemoOptions): Promise<boolean> {
  const { terminal } = context;
  if (options.tape !== undefined) await sizeOf(options.tape);
  if (options.batch) await fetchEngine('spark', context);
  const progress = new Progress(terminal);
  const result = await withLocalLake(
    context,
    { stage: options.stage, progress, withSchedules: false },
    (lake, clients) => stream(context, options, progress, lake, clients),
  );
  const { reconciliation, batch } = result;
  const isTrue = reconciliation.ok && (batch?.ok ?? true);
  const seconds = performance.now() / 1000;
  if (options.json) {
    terminal.print(JSON.stringify(demoJson(options, result, progress, seconds), undefined, 2));
    return isTrue;
  }
  for (const fault of reconciliation.faults) terminal.print(faultLine(fault));
  terminal.print(`\n${reconcileLine(reconciliation)}`);
  terminal.print(`demo: ${isTrue ? 'ok' : 'failed'} in ${Math.round(seconds)} s`);
  return isTrue;
}

async function stream(
  { terminal, signal }: CommandContext,
  { records, tape, json, batch: isBatch }: DemoOptions,
  progress: Progress,
  lake: LocalLake,
  clients: LakeClients,
): Promise<DemoResult> {
  const produced = await progress.step('produce', async (report) => {
    const wanted = tape === undefined ? { records } : { tape };
    const source = await stageSource(lake, clients, wanted, signal);
    let poison: Promise<ProduceResult> | undefined;
    const summary = await produceQuotes(clients.lambda, {
      functionName: outputOf(lake, 'pipeline', 'ProduceQuotesFunctionName'),
      ...source,
      recordsPerInvocation: Math.min(MAX_CHUNK, Math.ceil(records / CHUNKS)),
      signal,
      onProgress: ({ produced: sofar }) => {
        report(`${sofar.toLocaleString('en')} quotes acknowledged`);
        // Poison comes from another producer meanwhile, so that it lies among the good records.
        if (tape === undefined) poison ??= producePoison(lake, clients);
        poison?.catch(() => undefined);
      },
    });
    const broken = await poison;
    if (broken !== undefined) {
      const rules = Object.keys(broken.rejected).length;
      report(
        `${summary.produced.toLocaleString('en')} quotes, and ${broken.produced} poison records that break ${rules} rules`,
      );
    }
    return summary;
  });
  if (tape !== undefined && !json) for (const line of describeProduced(produced)) terminal.print(line);

  await waitForAll(lake, clients, progress, signal);
  const answers = await progress.step('query in Athena SQL', async (report) => {
    const asked: Answer[] = [];
    for (const question of questions(lake)) {
      report(question.name);
      asked.push(await ask(lake, clients.athena, question, signal));
    }
    report(`${asked.length} saved queries`);
    return asked;
  });
  const watched = await progress.step('query in PostgreSQL', async (report) => {
    const answer = await askWatchlist(lake, signal);
    report(`${answer.rows.length} symbols`);
    return answer;
  });
  answers.push(watched);
  if (!json) {
    for (const answer of answers) {
      printAnswer(terminal, answer);
      if (answer.name === CANDLES) printPriceChart(terminal, answer, CHART_SYMBOL, CHART);
    }
    terminal.print('');
  }
  let batch: BatchResult | undefined;
  if (isBatch) {
    batch = await runBatch(lake, clients, { progress, signal });
    if (!json) {
      printBatch(terminal, batch);
      terminal.print('');
    }
    await produceMore(lake, clients, progress, signal);
  }
  const reconciliation = await progress.step('reconcile', (report) =>
    reconcileLake(lake, clients, { signal, report }),
  );
  return { produced, answers, batch, reconciliation, engines: lake.engines, resources: lake.resources };
}

async function waitForAll(
  lake: LocalLake,
  clients: LakeClients,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  await progress.step('wait until served', async (report) => {
    const kafka = await connectToTopic(lake, clients.msk);
    const ends = await readTopicOffsets(kafka, outputOf(lake, 'stream', 'QuotesTopicName'));
    await waitUntilServed(lake, clients, ends, { signal, report });
    report('every offset of both topics has its receipt, and the watchlist is in RDS');
  });
}

/** Quotes above the cut, so that what is reconciled comes from history and from curated files. */
async function produceMore(
  lake: LocalLake,
  clients: LakeClients,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  await progress.step('produce above the cut', async (report) => {
    const source = await stageSource(lake, clients, { records: LATE_RECORDS }, signal);
    const { produced } = await produceQuotes(clients.lambda, {
      functionName: outputOf(lake, 'pipeline', 'ProduceQuotesFunctionName'),
      ...source,
      signal,
    });
    report(`${produced.toLocaleString('en')} quotes acknowledged`);
  });
  await waitForAll(lake, clients, progress, signal);
}

/** One object with all that the demo found out. */
function demoJson(
  { stage }: DemoOptions,
  { produced, answers, batch, reconciliation, engines, resources }: DemoResult,
  progress: Progress,
  seconds: number,
): Readonly<Record<string, unknown>> {
  return {
    ...reconcileJson(reconciliation),
    stage,
    seconds: Number(seconds.toFixed(1)),
    steps: progress.steps,
    rejected: produced.rejected,
    skipped: produced.skipped,
    skippedTotal: produced.skippedTotal,
    queries: answers.map(({ name, rows, seconds: took }) => ({ name, rows: rows.length, seconds: took })),
    ...(batch === undefined ? {} : { batch }),
    engines,
    resources,
  };
}
