/** What moto's Glue gets wrong and local/engines/moto/glue_mends.py puts right. Each test names the page of AWS it follows. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchCreatePartitionCommand,
  BatchDeletePartitionCommand,
  CreateDatabaseCommand,
  CreateTableCommand,
  GetPartitionsCommand,
  GetTableCommand,
  GetUserDefinedFunctionsCommand,
  GlueClient,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startMoto } from '../../../local/engines/moto.ts';
import { type Guard, startGuard } from '../../../local/supervisor/index.ts';

const DatabaseName = 'tickerlake_dev';

let folder: string;
let guard: Guard;
let glue: GlueClient;
let TableName: string;
let lastTable = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerlake-moto-'));
  guard = await startGuard();
  const { endpoint } = await startMoto(guard, { dir: folder });
  glue = new GlueClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'unused' },
    maxAttempts: 1,
  });
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: DatabaseName } }));
}, 60_000);

beforeEach(async () => {
  TableName = `table_${String(++lastTable)}`;
  const PartitionKeys = [{ Name: 'dt', Type: 'string' }];
  await glue.send(new CreateTableCommand({ DatabaseName, TableInput: { Name: TableName, PartitionKeys } }));
});

afterAll(async () => {
  glue.destroy();
  await guard.stopAll();
  await rm(folder, { recursive: true, force: true });
});

const partitions = (count: number) =>
  Array.from({ length: count }, (_, day) => ({ Values: [`day-${String(day)}`] }));

describe('BatchCreatePartition', () => {
  // https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html
  test('takes 100 partitions', async () => {
    const PartitionInputList = partitions(100);
    await glue.send(new BatchCreatePartitionCommand({ DatabaseName, TableName, PartitionInputList }));
    const { Partitions } = await glue.send(new GetPartitionsCommand({ DatabaseName, TableName }));
    expect(Partitions).toHaveLength(100);
  });

  test('refuses 101 and creates none', async () => {
    const PartitionInputList = partitions(101);
    const create = new BatchCreatePartitionCommand({ DatabaseName, TableName, PartitionInputList });
    await expect(glue.send(create)).rejects.toMatchObject({ name: 'ValidationException' });
    const { Partitions } = await glue.send(new GetPartitionsCommand({ DatabaseName, TableName }));
    expect(Partitions).toEqual([]);
  });

  test('tells per partition what exists, and creates the rest', async () => {
    const create = (count: number) =>
      glue.send(
        new BatchCreatePartitionCommand({ DatabaseName, TableName, PartitionInputList: partitions(count) }),
      );
    await create(1);
    const { Errors } = await create(2);
    expect(Errors).toEqual([
      {
        PartitionValues: ['day-0'],
        ErrorDetail: { ErrorCode: 'AlreadyExistsException', ErrorMessage: 'Partition already exists.' },
      },
    ]);
    const { Partitions } = await glue.send(new GetPartitionsCommand({ DatabaseName, TableName }));
    expect(Partitions).toHaveLength(2);
  });
});

test('BatchDeletePartition refuses more than 25', async () => {
  // https://docs.aws.amazon.com/glue/latest/webapi/API_BatchDeletePartition.html
  const PartitionsToDelete = partitions(26);
  const remove = new BatchDeletePartitionCommand({ DatabaseName, TableName, PartitionsToDelete });
  await expect(glue.send(remove)).rejects.toMatchObject({ name: 'ValidationException' });
});

describe('UpdateTable', () => {
  // https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html
  const update = (Description: string, VersionId?: string) =>
    glue.send(
      new UpdateTableCommand({ DatabaseName, TableInput: { Name: TableName, Description }, VersionId }),
    );
  const current = async () => (await glue.send(new GetTableCommand({ DatabaseName, Name: TableName }))).Table;

  test('at the current version makes a new one', async () => {
    const before = await current();
    await update('new', before?.VersionId);
    const after = await current();
    expect(after?.Description).toBe('new');
    expect(after?.VersionId).not.toBe(before?.VersionId);
  });

  test('at a version that is no longer current is refused and changes nothing', async () => {
    const stale = (await current())?.VersionId;
    await update('first');
    await expect(update('second', stale)).rejects.toMatchObject({ name: 'ConcurrentModificationException' });
    expect((await current())?.Description).toBe('first');
  });

  test('by many at the same version has one winner', async () => {
    const version = (await current())?.VersionId;
    const names = await Promise.all(
      Array.from({ length: 8 }, (_, writer) =>
        update(`writer ${String(writer)}`, version).then(
          () => 'won',
          (error: unknown) => (error as Error).name,
        ),
      ),
    );
    expect(names.sort()).toEqual([...Array<string>(7).fill('ConcurrentModificationException'), 'won']);
  });
});

test('GetUserDefinedFunctions answers that there are none', async () => {
  // https://docs.aws.amazon.com/glue/latest/webapi/API_GetUserDefinedFunctions.html
  const get = new GetUserDefinedFunctionsCommand({ DatabaseName, Pattern: '.*' });
  expect((await glue.send(get)).UserDefinedFunctions).toEqual([]);
});
