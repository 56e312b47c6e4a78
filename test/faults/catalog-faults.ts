/** Faults of the Glue catalog: partitions that are not registered at once, and a view that others change meanwhile. */
import assert from 'node:assert/strict';
import {
  BatchCreatePartitionCommand,
  DeletePartitionCommand,
  GetPartitionsCommand,
  GetTableCommand,
} from '@aws-sdk/client-glue';
import { logIdOf, outputOf } from '../../cli/lake/connection.ts';
import { locations } from '../../core/layout.ts';
import { tableNames } from '../../core/names.ts';
import { type CutTerm, renderView } from '../../core/view.ts';
import { until } from '../helpers/until.ts';
import { DEADLINE_MS, FunctionLines, jsonAnswer, jsonError, requestOf } from './evidence.ts';
import type { Fault, FaultReport } from './fault.ts';
import type { FaultStand } from './stand.ts';
import { deployView, updateView, viewStateOf, withOtherSql } from './view-deployment.ts';

/** Days that no other quote is about. */
const DAYS = {
  thereBefore: '2012-05-01',
  thereBeforeToo: '2012-05-02',
  created: '2012-05-03',
  failed: '2012-05-04',
  throttled: '2012-05-05',
} as const;

/** Somebody else registers days first, S3 and Glue agree on some and fail others, and then on none at all. */
async function playCatalogTrouble(stand: FaultStand): Promise<FaultReport> {
  await stand.control();
  const fired = [
    await registerFirst(stand),
    await failPartly(stand),
    await throttle(stand),
    await changeViewMeanwhile(stand),
  ];
  assert.ok(!fired.includes(0), `each of the four happened: ${fired.join(', ')}`);
  await stand.settle();
  const registered = await registeredDays(stand);
  for (const day of Object.values(DAYS)) {
    assert.ok(registered.includes(day), `${day} is registered in the end`);
  }
  return stand.report(fired.reduce((sum, times) => sum + times));
}

/** Two days are there before their first quote comes, one of them with a slash behind its location. */
async function registerFirst(stand: FaultStand): Promise<number> {
  const days = [DAYS.thereBefore, DAYS.thereBeforeToo];
  const { database, table } = curatedTable(stand);
  const { Table } = await stand.client.glue.send(
    new GetTableCommand({ DatabaseName: database, Name: table }),
  );
  const bucket = outputOf(stand.lake, 'lake', 'LakeBucketName');
  const { Errors: errors = [] } = await stand.client.glue.send(
    new BatchCreatePartitionCommand({
      DatabaseName: database,
      TableName: table,
      PartitionInputList: days.map((day, index) => {
        const location = `s3://${bucket}/${locations.curatedDay(stand.topic, day)}`;
        const Location = index === 0 ? location : location.replace(/\/$/, '');
        return { Values: [day], StorageDescriptor: { ...Table?.StorageDescriptor, Location } };
      }),
    }),
  );
  assert.deepEqual(errors, [], 'nobody registered the days before');
  let refused = 0;
  const watch = stand.intercept(createPartitions(stand), async ({ forward }) => {
    const { body } = await forward();
    refused += body.toString().split('AlreadyExistsException').length - 1;
  });
  await produceOf(stand, days);
  await until('Glue to say that both are there', () => refused >= days.length, DEADLINE_MS);
  watch.remove();
  return refused;
}

/**
 * Of two days one is created and one fails: https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html
 * answers with a list of errors then.
 */
async function failPartly(stand: FaultStand): Promise<number> {
  const { database, table } = curatedTable(stand);
  const log = new FunctionLines(stand, 'curate-quotes');
  const rule = stand.intercept(createPartitions(stand), async ({ forward, respond }) => {
    rule.remove();
    await forward();
    await stand.client.glue.send(
      new DeletePartitionCommand({
        DatabaseName: database,
        TableName: table,
        PartitionValues: [DAYS.failed],
      }),
    );
    const ErrorDetail = { ErrorCode: 'InternalServiceException', ErrorMessage: 'injected' };
    respond(jsonAnswer(200, { Errors: [{ PartitionValues: [DAYS.failed], ErrorDetail }] }));
  });
  await produceOf(stand, [DAYS.created, DAYS.failed]);
  await log.until('curate-quotes to miss a partition', ({ code }) => code === 'CATALOG_UNAVAILABLE');
  const registered = await registeredDays(stand);
  assert.ok(registered.includes(DAYS.created) && !registered.includes(DAYS.failed), 'it is partly done');
  return rule.fired;
}

/** Glue throttles for longer than the client is patient: https://repost.aws/knowledge-center/glue-throttling-rate-exceeded */
async function throttle(stand: FaultStand): Promise<number> {
  const log = new FunctionLines(stand, 'curate-quotes');
  const rule = stand.intercept(createPartitions(stand), ({ respond }) => {
    respond(jsonError('ThrottlingException'));
  });
  await produceOf(stand, [DAYS.throttled]);
  await log.until('curate-quotes to give up', ({ code }) => code === 'CATALOG_UNAVAILABLE');
  rule.remove();
  return rule.fired;
}

/**
 * A deployment renders the view anew while a compaction moves its cut: Glue refuses the older version
 * (https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html, ConcurrentModificationException), and the cut stays.
 */
async function changeViewMeanwhile(stand: FaultStand): Promise<number> {
  const database = outputOf(stand.lake, 'lake', 'DatabaseName');
  const viewName = tableNames(stand.topic).view;
  const rendered = renderView({ database, viewName, cut: [], hasHistory: false });
  const cut: readonly CutTerm[] = [{ logId: logIdOf(stand.lake), partition: 0, offset: 41 }];
  // As an older release rendered it.
  await updateView(stand, { ...rendered, ViewOriginalText: withOtherSql(rendered.ViewOriginalText) });
  const isUpdate = requestOf(stand, 'manage-views', ({ operation }) => operation === 'UpdateTable');
  let conflicts = 0;
  const rule = stand.intercept(isUpdate, async ({ forward }) => {
    rule.remove();
    await updateView(stand, renderView({ database, viewName, cut, hasHistory: true }));
    const { body } = await forward();
    if (body.includes('ConcurrentModificationException')) conflicts += 1;
  });
  await deployView(stand, viewName);
  assert.deepEqual(await viewStateOf(stand, viewName), { cut, hasHistory: true }, 'the cut that was moved');
  // There is no history here that the view could go on reading.
  await updateView(stand, rendered);
  return conflicts;
}

function createPartitions(stand: FaultStand): ReturnType<typeof requestOf> {
  return requestOf(stand, 'curate-quotes', ({ operation }) => operation === 'BatchCreatePartition');
}

function curatedTable({ lake, topic }: FaultStand): { readonly database: string; readonly table: string } {
  return { database: outputOf(lake, 'lake', 'DatabaseName'), table: tableNames(topic).curated };
}

async function registeredDays(stand: FaultStand): Promise<string[]> {
  const { database, table } = curatedTable(stand);
  const { Partitions: partitions = [] } = await stand.client.glue.send(
    new GetPartitionsCommand({ DatabaseName: database, TableName: table }),
  );
  return partitions.flatMap(({ Values: values = [] }) => values);
}

/** A batch of quotes of these days, in one raw object. */
async function produceOf(stand: FaultStand, days: readonly string[]): Promise<void> {
  const quotes = await Promise.all(
    days.map((day) => stand.quotes(0, 10, { latestUpdate: Date.parse(`${day}T12:00:00Z`) })),
  );
  await stand.produceForeign(quotes.flat());
}

export const faults: readonly Fault[] = [
  {
    number: 25,
    name: 'partition registration throttled, partly failed, or already there; view update conflicting',
    lake: 'dev',
    run: playCatalogTrouble,
  },
];
