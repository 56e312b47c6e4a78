/** `rebuild`: what is gone of catalog, curated files, receipts and history, made again from raw. */
import { retryOnConflict } from '../../adapters/catalog-views.ts';
import { createS3ObjectStore } from '../../adapters/objects.ts';
import { type Stage, stackName } from '../../core/names.ts';
import { readResult, runQuery } from '../athena/run-query.ts';
import type { CommandContext } from '../context.ts';
import { stackOutput } from '../lake/deployed-stacks.ts';
import { measureQueue } from '../lake/measure-queue.ts';
import { TOPIC_NAMES, type TopicName } from '../lake/stations.ts';
import { Progress } from '../terminal/progress.ts';
import { renderTable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { readCatalogDefinition } from './catalog-tables.ts';
import type { Query } from './history-left.ts';
import { type CompactReason, type InspectedTopic, inspectTopic, isWell } from './inspect-topic.ts';
import { closeLake, openDeployedLake, openLocalLake, type RebuildLake } from './rebuild-lake.ts';
import { compactAnew, readDays, rebuildTopic } from './rebuild-topic.ts';

export interface RebuildOptions {
  readonly stage: Stage;
  /** In the account of the environment, not on this machine. */
  readonly isDeployed: boolean;
  /** Do it; else say what would be done. */
  readonly isAgreed: boolean;
  readonly json: boolean;
}

export async function rebuild(context: CommandContext, options: RebuildOptions): Promise<void> {
  const { terminal, signal } = context;
  const { stage, isDeployed, isAgreed, json } = options;
  const started = performance.now();
  const lake = isDeployed ? await openDeployedLake(stage) : openLocalLake(context, stage);
  try {
    const progress = new Progress(terminal);
    const found: (readonly [TopicName, InspectedTopic])[] = [];
    for (const topic of TOPIC_NAMES) {
      found.push([
        topic,
        await progress.step(`look at ${topic}`, (report) => inspect(context, lake, topic, report)),
      ]);
    }
    const due = found.filter(([, topic]) => !isWell(topic));
    if (!json) printFindings(terminal, found);
    if (isAgreed) {
      const readDefinition = definitionReader(lake);
      const rebuilt: (readonly [TopicName, InspectedTopic])[] = [];
      for (const [topic, inspected] of due) {
        signal.throwIfAborted();
        let next: InspectedTopic | undefined = inspected;
        const final = await retryOnConflict(async () => {
          const current =
            next ??
            (await progress.step(`look at ${topic} again`, (report) =>
              inspect(context, lake, topic, report),
            ));
          next = undefined;
          await rebuildTopic(lake, topic, current, { signal, progress, readDefinition });
          return current;
        });
        rebuilt.push([topic, final]);
      }
      for (const [topic, { history }] of rebuilt) {
        if (history.compact !== undefined) await compactAnew(lake, topic, { signal, progress });
      }
    }
    const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
    const isDone = isAgreed && due.length > 0;
    if (json) {
      const topics = found.map(([, topic]) => findingJson(topic));
      terminal.print(
        JSON.stringify({ stage, isWell: due.length === 0, isDone, seconds, topics }, undefined, 2),
      );
    } else
      terminal.print(
        lastLine(
          found.map(([, topic]) => topic),
          isAgreed,
          seconds,
        ),
      );
  } finally {
    closeLake(lake);
  }
}

/** As long as the queue of curation holds something, a raw object as young as this may be on its way. */
const YOUNG_MS = 10 * 60_000;

/**
 * From when on a raw object is left to its event, epoch ms: what was written since the inspection began always is, since receipts
 * are listed minutes before the last raw object may be. In whole seconds, as S3 lists them.
 * @param held messages of the queue of curation when the inspection began
 */
export function youngFrom(beganMs: number, held: number): number {
  const began = Math.floor(beganMs / 1000) * 1000;
  return held === 0 ? began : began - YOUNG_MS;
}

async function inspect(
  { signal }: Pick<CommandContext, 'signal'>,
  lake: RebuildLake,
  topic: TopicName,
  report: (text: string) => void,
): Promise<InspectedTopic> {
  const queueUrl = stackOutput(
    lake,
    'pipeline',
    topic === 'quotes' ? 'CurateQuotesQueueUrl' : 'CurateQuotesFilteredQueueUrl',
  );
  const beganMs = Date.now();
  const { waiting, inFlight } = await measureQueue(lake.sqs, queueUrl);
  const database = stackOutput(lake, 'lake', 'DatabaseName');
  return inspectTopic(
    {
      glue: lake.glue,
      raw: createS3ObjectStore(stackOutput(lake, 'lake', 'RawBucketName'), lake.s3),
      lake: createS3ObjectStore(stackOutput(lake, 'lake', 'LakeBucketName'), lake.s3),
      database,
      readDays: (table) => readDays(lake.glue, database, table),
      query: queryOf(lake, database, signal),
      youngFromMs: youngFrom(beganMs, waiting + inFlight),
    },
    topic,
    report,
  );
}

function queryOf(lake: RebuildLake, database: string, signal: AbortSignal): Query {
  const workgroup = stackOutput(lake, 'query', 'AnalystsWorkGroupName');
  return async (sql) => {
    const { id } = await runQuery(lake.athena, { sql, workgroup, database, signal });
    const rows: (readonly (string | null)[])[] = [];
    for await (const page of readResult(lake.athena, id)) rows.push(...page.rows);
    return rows;
  };
}

function definitionReader({
  readTemplate,
  stage,
  outputs,
}: RebuildLake): () => Promise<ReturnType<typeof readCatalogDefinition>> {
  let read: Promise<ReturnType<typeof readCatalogDefinition>> | undefined;
  return () =>
    (read ??= readTemplate().then((template) =>
      readCatalogDefinition(template, outputs[stackName(stage, 'lake')] ?? {}),
    ));
}

const COMPACTIONS = {
  lost: ['table or files', 'compact anew'],
  begun: ['not made anew yet', 'compact'],
  behind: ['rows that the view has from it', 'compact'],
  uncut: ['nothing', 'compact'],
} as const satisfies Record<CompactReason, readonly [gone: string, todo: string]>;

/** What is gone and what becomes of it, a row each; nothing for a topic that is well. */
export function findings(
  found: InspectedTopic,
): readonly (readonly [part: string, gone: string, todo: string])[] {
  const { tables, curate, days, history, view } = found;
  const count = (value: number): string => value.toLocaleString('en');
  const reasons = [...Map.groupBy(curate, ({ reason }) => reason)].map(
    ([reason, group]) => `${count(group.length)} ${reason}`,
  );
  const rows: (readonly [string, string, string])[] = [];
  if (tables.length > 0) rows.push(['catalog', tables.join(', '), 'create as the template has them']);
  if (curate.length > 0) {
    rows.push(['curated', reasons.join(', '), `curate ${count(curate.length)} raw objects again`]);
  }
  if (days.length > 0) rows.push(['partitions', `${count(days.length)} days`, 'register']);
  if (view.action !== 'none') {
    const what = view.action === 'create' ? 'the view' : 'what its cut leads to';
    const todo = view.hasHistory ? 'create with the cut of history' : 'have it read curated files';
    rows.push(['view', what, todo]);
  }
  if (history.compact !== undefined) rows.push(['history', ...COMPACTIONS[history.compact]]);
  return rows;
}

function printFindings(terminal: Terminal, found: readonly (readonly [TopicName, InspectedTopic])[]): void {
  const rows = found.flatMap(([topic, inspected]) => findings(inspected).map((row) => [topic, ...row]));
  if (rows.length === 0) return;
  const columns = ['topic', 'part', 'gone', 'to do'].map((name) => ({ name }));
  terminal.print(renderTable(terminal, columns, rows, terminal.tableColumns));
}

function findingJson({
  curate,
  ranges,
  catalog: _catalog,
  ...found
}: InspectedTopic): Readonly<Record<string, unknown>> {
  const reasons = Object.fromEntries(
    [...Map.groupBy(curate, ({ reason }) => reason)].map(([reason, group]) => [reason, group.length]),
  );
  return { ...found, curate: { objects: curate.length, reasons, ranges } };
}

/** What it ends with. Of what there is none of, it claims nothing. */
export function lastLine(found: readonly InspectedTopic[], isAgreed: boolean, seconds: number): string {
  if (found.some((topic) => !isWell(topic))) {
    if (!isAgreed) return 'nothing was changed; to do it: tickerlake rebuild --yes';
    return `rebuilt in ${Math.round(seconds)} s; to prove it: tickerlake reconcile`;
  }
  const without = found.filter(({ history }) => !history.isThere).map(({ topic }) => topic);
  const none = without.length === 0 ? '' : `; no history yet of ${without.join(', ')}`;
  const parts =
    without.length < found.length
      ? 'catalog, curated files, receipts, quarantined records and history'
      : 'catalog, curated files, receipts and quarantined records';
  return `nothing to rebuild: ${parts} are whole${none}`;
}
