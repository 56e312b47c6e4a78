/** Gives back what is gone of a topic, in an order in which a query never sees less than before, nor anything twice. */

import { isDeepStrictEqual } from 'node:util';
import { DeleteTableCommand, GetPartitionsCommand, type GlueClient } from '@aws-sdk/client-glue';
import { createDayPartitions } from '../../adapters/catalog.ts';
import { createCatalogViews } from '../../adapters/catalog-views.ts';
import { createS3ObjectStore } from '../../adapters/objects.ts';
import type { RawRange } from '../../core/curation-request.ts';
import { TickerlakeError } from '../../core/errors.ts';
import { locations, parseCuratedKey } from '../../core/layout.ts';
import { qualityRulesetName, tableNames } from '../../core/names.ts';
import { renderView } from '../../core/view.ts';
import { ReceiptWatch } from '../curation/receipt-watch.ts';
import { requestCuration } from '../curation/request-curation.ts';
import { runJob } from '../jobs/run-job.ts';
import { stackOutput } from '../lake/deployed-stacks.ts';
import type { TopicName } from '../lake/stations.ts';
import type { Progress } from '../terminal/progress.ts';
import { HISTORY_DUE, readCatalogState } from './catalog-state.ts';
import { type CatalogDefinition, createTables } from './catalog-tables.ts';
import { compactionsEnded, refuseDuringCompaction } from './compactions.ts';
import type { InspectedTopic } from './inspect-topic.ts';
import type { RebuildLake } from './rebuild-lake.ts';

export interface RebuildHow {
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** What the template says of the catalog; asked for only where a table is gone. */
  readonly readDefinition: () => Promise<CatalogDefinition>;
}

/**
 * Tables first, since curation registers days in them; then files and receipts; then the view, which shows them all. Whoever
 * is interrupted repeats it: what is done is not done again.
 * @throws TickerlakeError of the step that failed; CATALOG_CONFLICT if the topic is to be inspected again
 */
export async function rebuildTopic(
  lake: RebuildLake,
  topic: TopicName,
  found: InspectedTopic,
  how: RebuildHow,
): Promise<void> {
  const { progress } = how;
  const database = stackOutput(lake, 'lake', 'DatabaseName');
  const isTurned = found.view.action !== 'none' || found.history.isInCatalog;
  if (isTurned || found.history.compact !== undefined) await refuseDuringCompaction(lake, topic);
  if (found.tables.length > 0) {
    await progress.step(`tables of ${topic}`, async (report) => {
      await createTables(lake.glue, await how.readDefinition(), found.tables);
      report(found.tables.join(', '));
    });
  }
  if (found.curate.length > 0) await curate(lake, topic, found, how);
  if (found.curate.length > 0 || found.days.length > 0) {
    await progress.step(`partitions of ${topic}`, async (report) => {
      const days = await registerDays(lake, topic, database);
      report(`${days.length.toLocaleString('en')} registered`);
    });
  }
  if (isTurned) await turnView(lake, topic, found, how);
}

/**
 * The view leaves history before its table goes, so that no query meets a table that is half there.
 * @throws TickerlakeError CATALOG_CONFLICT if the view or history is no longer what was inspected
 */
async function turnView(
  lake: RebuildLake,
  topic: TopicName,
  { catalog, history, view }: InspectedTopic,
  { signal, progress }: RebuildHow,
): Promise<void> {
  const database = stackOutput(lake, 'lake', 'DatabaseName');
  const names = tableNames(topic);
  await progress.step(`view ${names.view}`, async (report) => {
    await compactionsEnded(lake, topic, { signal, report });
    const views = createCatalogViews(lake.glue);
    const before = await views.get(database, names.view);
    if (!isDeepStrictEqual(await readCatalogState(lake.glue, database, topic), catalog)) {
      throw new TickerlakeError('CATALOG_CONFLICT', `view or history of ${topic} changed meanwhile`, {
        coordinates: { database, view: names.view },
        hint: 'the same again, when nobody else changes them: tickerlake rebuild --yes',
      });
    }
    if (view.action !== 'none') {
      const { cut, hasHistory } = view;
      const rendered = renderView({ database, viewName: names.view, cut, hasHistory });
      const due = history.isLost ? { [HISTORY_DUE]: 'true' } : {};
      const input = { ...rendered, Parameters: { ...rendered.Parameters, ...due } };
      if (before === undefined) await views.create(database, input);
      else await views.update(database, input, before.versionId);
    }
    if (history.isInCatalog) {
      await lake.glue.send(new DeleteTableCommand({ DatabaseName: database, Name: names.history }));
    }
  });
}

/** History of a topic by a run of job compact, which no query waits for: the view reads curated files until it moves. */
export async function compactAnew(
  lake: RebuildLake,
  topic: TopicName,
  { signal, progress }: Pick<RebuildHow, 'signal' | 'progress'>,
): Promise<void> {
  await lake.prepareSpark();
  await progress.step(`history of ${topic}`, (report) =>
    runJob({
      glue: lake.glue,
      jobName: stackOutput(lake, 'jobs', 'CompactJobName'),
      arguments: { '--topic': topic, '--quality_ruleset': qualityRulesetName(lake.stage, topic) },
      signal,
      report,
      logHint:
        'docs/runbook.md, compaction-failed; queries read curated files until a run succeeds: tickerlake compact',
    }),
  );
}

async function curate(
  { s3, lambda, ...lake }: RebuildLake,
  topic: TopicName,
  { curate: due, ranges }: InspectedTopic,
  { signal, progress }: RebuildHow,
): Promise<void> {
  const isQuotes = topic === 'quotes';
  const functionName = stackOutput(
    lake,
    'pipeline',
    isQuotes ? 'RequestCurationFunctionName' : 'RequestCurationFilteredFunctionName',
  );
  const objects = due.map(({ object }) => object);
  await progress.step(`curated files of ${topic}`, async (report) => {
    const watch = await ReceiptWatch.begin(s3, stackOutput(lake, 'lake', 'LakeBucketName'), objects);
    let requested = 0;
    for (const { logId, partition, ...range } of ranges) {
      const place: RawRange & { readonly logId: string; readonly partition: number } = {
        logId,
        partition,
        ...range,
      };
      const sum = await requestCuration({ lambda, functionName, signal }, { action: 'replay', ...place });
      requested += sum.requested;
      report(`${requested.toLocaleString('en')} raw objects requested`);
    }
    await watch.rewritten({ needed: objects.length, signal, report });
    report(`${objects.length.toLocaleString('en')} raw objects curated again`);
  });
}

/** Instances of curate-quotes remember what they registered, so a day that the catalog lost is for us to register. */
async function registerDays(
  { glue, s3, ...lake }: RebuildLake,
  topic: TopicName,
  database: string,
): Promise<readonly string[]> {
  const bucket = stackOutput(lake, 'lake', 'LakeBucketName');
  const table = tableNames(topic).curated;
  const days = new Set<string>();
  for await (const key of createS3ObjectStore(bucket, s3).list(locations.curated(topic))) {
    const dt = parseCuratedKey(key)?.dt;
    if (dt !== undefined) days.add(dt);
  }
  const known = await readDays(glue, database, table);
  const missing = [...days].filter((day) => !known.has(day)).sort();
  const locationOf = (day: string): string => `s3://${bucket}/${locations.curatedDay(topic, day)}`;
  await createDayPartitions(glue, { database, table, locationOf }).register(missing);
  return missing;
}

/** Days that a table has partitions of. */
export async function readDays(
  glue: GlueClient,
  database: string,
  table: string,
): Promise<ReadonlySet<string>> {
  const days = new Set<string>();
  let token: string | undefined;
  do {
    const page = await glue.send(
      new GetPartitionsCommand({
        DatabaseName: database,
        TableName: table,
        ExcludeColumnSchema: true,
        NextToken: token,
      }),
    );
    for (const { Values: [day] = [] } of page.Partitions ?? []) if (day !== undefined) days.add(day);
    token = page.NextToken;
  } while (token !== undefined);
  return days;
}
