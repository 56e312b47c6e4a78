/** One lake of stage dev on the real engines: what the templates say is there, and quotes take the whole way. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetTableCommand } from '@aws-sdk/client-glue';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
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

describe('after the start', () => {
  test('every resource of the templates is there', () => {
    const declared = ['network', 'stream', 'lake', 'pipeline', 'query'].flatMap((part) => {
      const file = join(assembly, `tickerlake-dev-${part}.template.json`);
      return Object.keys((JSON.parse(readFileSync(file, 'utf8')) as { Resources: object }).Resources);
    });
    expect(lake.resources.map(({ logicalId }) => logicalId).toSorted()).toEqual(declared.toSorted());
  });

  test('the cluster’s ARN carries the broker’s own id', () => {
    const uuid = client.output('stream', 'ClusterArn').split('/').at(-1) ?? '';
    const id = Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url');
    expect(id).toBe(lake.broker.clusterId);
  });

  test('the topic is as its definition says', async () => {
    const kafka = new Kafka({ brokers: [lake.broker.bootstrapAdmin], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [TOPICS.quotes.name] });
      expect(topics[0]?.partitions).toHaveLength(TOPICS.quotes.partitions);
    } finally {
      await admin.disconnect();
    }
  });

  test('the view that a custom resource creates is in the catalog', async () => {
    const { Table } = await client.glue.send(
      new GetTableCommand({ DatabaseName: client.output('lake', 'DatabaseName'), Name: 'quotes' }),
    );
    expect(Table?.TableType).toBe('VIRTUAL_VIEW');
  });
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
    const deliveries = lake.gateway.eventDeliveries();
    expect(deliveries).toMatchObject({ failed: 0, failures: [] });
    expect(deliveries.delivered).toBe(deliveries.matched);
  }, 90_000);

  test('are refused nothing by the roles on their way', () => {
    expect(lake.gateway.calls.all().filter(({ allowed }) => !allowed)).toEqual([]);
  });

  test('leave each function’s log, with the lines of the Lambda service', () => {
    for (const name of ['produce-quotes', 'land-quotes', 'curate-quotes', 'manage-topics', 'manage-views']) {
      const log = readFileSync(join(lake.logsDir, `${name}.log`), 'utf8');
      expect(log).toMatch(
        /^START RequestId: (\S+) Version: \$LATEST\n[^]*^END RequestId: \1\nREPORT RequestId: \1\t/m,
      );
    }
  });

  test('have their offsets committed by the event source', async () => {
    const kafka = new Kafka({ brokers: [lake.broker.bootstrapAdmin], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    try {
      const [committed] = await admin.fetchOffsets({
        groupId: 'tickerlake-dev-land-quotes',
        topics: ['quotes'],
      });
      const sum = committed?.partitions.reduce((total, { offset }) => total + Math.max(0, Number(offset)), 0);
      expect(sum).toBe(RECORDS);
    } finally {
      await admin.disconnect();
    }
  });
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
