/** One lake of stage dev on the real engines: what the templates say is there, and quotes take the whole way. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetTableCommand } from '@aws-sdk/client-glue';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { withReader } from '../../cli/serving/reader.ts';
import { STACKS, stackName } from '../../core/names.ts';
import { TOPICS } from '../../core/topics.ts';
import type { Lake } from '../../local/lake.ts';
import { LakeClient } from '../helpers/lake-client.ts';
import {
  assemblyOf,
  changedAssembly,
  failureToStart,
  startTestLake,
  stateIn,
  TestFolders,
  theResource,
} from '../helpers/local-lake.ts';
import { until } from '../helpers/until.ts';

const RECORDS = 2000;
const folders = new TestFolders();
let assembly: string;
let lake: Lake;
let client: LakeClient;

beforeAll(async () => {
  assembly = await assemblyOf('dev');
  lake = await startTestLake(folders, 'dev', assembly);
  client = new LakeClient(lake);
}, 120_000);

afterAll(async () => {
  (client as LakeClient | undefined)?.close();
  await (lake as Lake | undefined)?.stop();
  folders.remove();
}, 60_000);

const logOf = (name: string): string => readFileSync(join(lake.logsDir, `${name}.log`), 'utf8');

/** What filter-quotes says of a batch. */
interface Filtered {
  readonly message: string;
  readonly examined: number;
  readonly filtered: number;
}

function logLines(name: string): Filtered[] {
  const lines = logOf(name).split('\n');
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Filtered);
}

describe('after the start', () => {
  test('every resource of the templates is there', () => {
    const declared = STACKS.filter((part) => part !== 'dashboard').flatMap((part) => {
      const file = join(assembly, `${stackName('dev', part)}.template.json`);
      return Object.keys((JSON.parse(readFileSync(file, 'utf8')) as { Resources: object }).Resources);
    });
    expect(lake.resources.map(({ logicalId }) => logicalId).toSorted()).toEqual(declared.toSorted());
  });

  test('the cluster’s ARN carries the broker’s own id', () => {
    const uuid = client.output('stream', 'ClusterArn').split('/').at(-1) ?? '';
    const id = Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url');
    expect(id).toBe(lake.broker.clusterId);
  });

  test.each(Object.values(TOPICS))('topic $name is as its definition says', async ({ name, partitions }) => {
    const kafka = new Kafka({ brokers: [lake.broker.bootstrapAdmin], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
      expect(topics[0]?.partitions).toHaveLength(partitions);
    } finally {
      await admin.disconnect();
    }
  });

  test.each(['quotes', 'quotes_filtered'])(
    'view %s, which a custom resource creates, is in the catalog',
    async (Name) => {
      const { Table } = await client.glue.send(
        new GetTableCommand({ DatabaseName: client.output('lake', 'DatabaseName'), Name }),
      );
      expect(Table?.TableType).toBe('VIRTUAL_VIEW');
    },
  );
});

describe('quotes', () => {
  test('go from the function through the broker to receipts', async () => {
    const { produced } = await client.produce(RECORDS);
    expect(produced).toBe(RECORDS);
    await until(
      'a receipt for every record',
      async () => (await client.recordsWithReceipt()) === RECORDS,
      60_000,
    );
    // Those of the derived topic come meanwhile: what is matched is delivered a moment later.
    await lake.gateway.eventsSettled();
    const deliveries = lake.gateway.eventDeliveries();
    expect(deliveries).toMatchObject({ failed: 0, failures: [] });
    expect(deliveries.delivered).toBe(deliveries.matched);
  }, 90_000);

  test('that are watched come to the database, and to receipts of their own topic', async () => {
    const filter = (): Filtered[] =>
      logLines('filter-quotes').filter(({ message }) => message === 'filtered');
    const sumOf = (field: 'examined' | 'filtered'): number =>
      filter().reduce((sum, line) => sum + line[field], 0);
    await until('all of them to be filtered', () => sumOf('examined') === RECORDS);
    const watched = sumOf('filtered');
    expect(watched).toBeGreaterThan(0);
    const sql = 'SELECT count(*)::int AS served FROM quotes_filtered';
    await until('the watched ones to be served', () =>
      withReader(lake, async (reader) => {
        const { rows } = await reader.query<{ served: number }>(sql);
        return rows[0]?.served === watched;
      }),
    );
    await until(
      'a receipt for every watched one',
      async () => (await client.recordsWithReceipt(TOPICS.quotesFiltered.name)) === watched,
    );
  }, 90_000);

  test('are refused nothing by the roles on their way', () => {
    expect(lake.gateway.calls.all().filter(({ allowed }) => !allowed)).toEqual([]);
  });

  test('leave each function’s log, with the lines of the Lambda service', async () => {
    const invoked = [
      'produce-quotes',
      'land-quotes',
      'land-quotes-filtered',
      'curate-quotes',
      'curate-quotes-filtered',
      'filter-quotes',
      'serve-quotes',
      'manage-topics',
      'manage-views',
      'migrate-database',
    ];
    const whole =
      /^START RequestId: (\S+) Version: \$LATEST\n[^]*^END RequestId: \1\nREPORT RequestId: \1\t/m;
    for (const name of invoked) {
      // A receipt is there before its invocation has ended.
      await until(`the log of ${name} to be whole`, () => whole.test(logOf(name)));
      expect(logOf(name)).toMatch(whole);
    }
  }, 60_000);

  test.each(['land-quotes', 'filter-quotes'])(
    'have their offsets committed by the event source of %s',
    async (name) => {
      const kafka = new Kafka({ brokers: [lake.broker.bootstrapAdmin], logLevel: logLevel.NOTHING });
      const admin = kafka.admin();
      await admin.connect();
      try {
        await until('the commits', async () => {
          const [committed] = await admin.fetchOffsets({
            groupId: `tickerlake-dev-${name}`,
            topics: ['quotes'],
          });
          const offsets = committed?.partitions.map(({ offset }) => Math.max(0, Number(offset))) ?? [];
          return offsets.reduce((total, offset) => total + offset, 0) === RECORDS;
        });
      } finally {
        await admin.disconnect();
      }
    },
  );
});

describe('a resource that cannot be provisioned', () => {
  test('ends the start with its stack, name and reason, and leaves nothing running', async () => {
    const broken = changedAssembly(folders, assembly, 'dev', (template) => {
      theResource(template('stream'), 'AWS::Glue::Schema').Properties['SchemaDefinition'] =
        '{"type":"nonsense"}';
    });
    const state = folders.create('broken');
    const start = startTestLake(folders, 'dev', broken, {
      state: stateIn(state),
    });
    expect(await failureToStart(start)).toMatchObject({
      code: 'RESOURCE_FAILED',
      message: expect.stringMatching(
        /^tickerlake-dev-stream\/QuotesSchema\w* \(AWS::Glue::Schema\): SchemaDefinition is no Avro schema/,
      ),
    });
    expect(existsSync(join(state, 'run.lock'))).toBe(false);
    expect(existsSync(join(state, 'processes.json'))).toBe(false);
  }, 60_000);
});
