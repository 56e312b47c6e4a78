import { GlueClient } from '@aws-sdk/client-glue';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDayPartitions, type DayPartitions } from '../../../adapters/catalog.ts';
import { createCatalogViews } from '../../../adapters/catalog-views.ts';
import { createSchemaVersions } from '../../../adapters/schema-registry.ts';
import { findSchemaVersionId } from '../../../adapters/schema-version.ts';
import { renderView } from '../../../core/view.ts';
import { json, ScriptedServer, status } from '../../helpers/scripted-server.ts';

const server = new ScriptedServer();
let glue: GlueClient;

beforeAll(async () => {
  const endpoint = await server.start();
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  glue = new GlueClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
});

afterAll(async () => {
  await server.stop();
});

const bodies = (): Record<string, unknown>[] =>
  server.requests.map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>);
const actions = (): unknown[] => server.requests.map(({ headers }) => headers['x-amz-target']);

describe('the days of the curated table', () => {
  const table = json({
    Table: {
      Name: 't',
      StorageDescriptor: { Columns: [{ Name: 'symbol', Type: 'string' }], Location: 's3://lake/all/' },
    },
  });
  const make = (): DayPartitions =>
    createDayPartitions(glue, {
      database: 'db',
      table: 't',
      locationOf: (day) => `s3://lake/curated/dt=${day}/`,
    });
  const exists = (day: string): ReturnType<typeof json> =>
    json({ Errors: [{ PartitionValues: [day], ErrorDetail: { ErrorCode: 'AlreadyExistsException' } }] });

  test('are registered at their own location, described as the table is', async () => {
    server.script(table, json({ Errors: [] }));
    await make().register(['2026-11-20']);
    expect(bodies()[1]).toMatchObject({
      PartitionInputList: [
        {
          Values: ['2026-11-20'],
          StorageDescriptor: {
            Columns: [{ Name: 'symbol', Type: 'string' }],
            Location: 's3://lake/curated/dt=2026-11-20/',
          },
        },
      ],
    });
  });

  test('cost nothing the second time', async () => {
    const days = make();
    server.script(table, json({ Errors: [] }));
    await days.register(['2026-11-20']);
    server.script();
    await days.register(['2026-11-20']);
    expect(server.requests.length).toBe(0);
  });

  test('go in hundreds, as Glue takes them', async () => {
    const days = Array.from({ length: 150 }, (_, index) =>
      new Date(index * 86_400_000).toISOString().slice(0, 10),
    );
    server.script(table, json({ Errors: [] }), json({ Errors: [] }));
    await make().register(days);
    expect(
      bodies()
        .slice(1)
        .map(({ PartitionInputList }) => (PartitionInputList as unknown[]).length),
    ).toEqual([100, 50]);
  });

  test.each(['s3://lake/curated/dt=2026-11-20/', 's3://lake/curated/dt=2026-11-20'])(
    'that exist at %s are fine',
    async (Location) => {
      server.script(table, exists('2026-11-20'), json({ Partition: { StorageDescriptor: { Location } } }));
      await make().register(['2026-11-20']);
      expect(server.unanswered).toBe(0);
    },
  );

  test('that exist elsewhere are an error that names both places', async () => {
    server.script(
      table,
      exists('2026-11-20'),
      json({ Partition: { StorageDescriptor: { Location: 's3://else/' } } }),
    );
    await expect(make().register(['2026-11-20'])).rejects.toMatchObject({
      code: 'PARTITION_LOCATION_DIFFERS',
      message: /s3:\/\/else\/.*s3:\/\/lake\/curated/,
    });
  });

  test('of which one failed are registered by the next try', async () => {
    const days = make();
    server.script(
      table,
      json({
        Errors: [{ PartitionValues: ['2026-11-21'], ErrorDetail: { ErrorCode: 'InternalServiceException' } }],
      }),
    );
    await expect(days.register(['2026-11-20', '2026-11-21'])).rejects.toMatchObject({
      code: 'CATALOG_UNAVAILABLE',
      canRetry: true,
    });
    server.script(
      table,
      exists('2026-11-20'),
      json({ Partition: { StorageDescriptor: { Location: 's3://lake/curated/dt=2026-11-20' } } }),
    );
    await days.register(['2026-11-20', '2026-11-21']);
  });

  test.each([
    ['the table', [json({}, 'ThrottlingException')]],
    ['the partitions', [table, json({}, 'ThrottlingException')]],
    ['one partition', [table, exists('2026-11-20'), status(500)]],
  ])('are unavailable while Glue is, asked for %s', async (_, answers) => {
    server.script(...answers);
    await expect(make().register(['2026-11-20'])).rejects.toMatchObject({
      code: 'CATALOG_UNAVAILABLE',
      canRetry: true,
    });
  });
});

describe('the schema’s versions', () => {
  const version = (number: number, status = 'AVAILABLE'): ReturnType<typeof json> =>
    json({
      SchemaVersionId: `ID-${number}`,
      SchemaDefinition: `schema ${number}`,
      VersionNumber: number,
      Status: status,
    });
  const name = { registryName: 'r', schemaName: 's' };

  test('are all fetched once, and afterwards only new ones', async () => {
    const versions = createSchemaVersions(glue, name);
    server.script(version(3), version(1), json({}, 'EntityNotFoundException'));
    expect([...(await versions.load())]).toEqual([
      ['id-1', 'schema 1'],
      ['id-3', 'schema 3'],
    ]);
    server.script(version(3));
    await versions.load();
    server.script(version(4));
    expect((await versions.load()).get('id-4')).toBe('schema 4');
    expect(bodies()[0]).toMatchObject({ SchemaVersionNumber: { LatestVersion: true } });
  });

  // https://docs.aws.amazon.com/glue/latest/webapi/API_GetSchemaVersion.html: Status
  test('leave out what the registry refused', async () => {
    server.script(version(3), version(1), version(2, 'FAILURE'));
    expect([...(await createSchemaVersions(glue, name).load()).keys()]).toEqual(['id-1', 'id-3']);
  });

  test('are unavailable while the registry checks one, and include it afterwards', async () => {
    const versions = createSchemaVersions(glue, name);
    server.script(version(2, 'PENDING'), version(1));
    await expect(versions.load()).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringContaining('version 2'),
    });
    server.script(version(2));
    expect((await versions.load()).size).toBe(2);
  });

  test('are unavailable while the registry is, and nothing is remembered wrongly', async () => {
    const versions = createSchemaVersions(glue, name);
    server.script(version(2), json({}, 'ThrottlingException'));
    await expect(versions.load()).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE', canRetry: true });
    server.script(version(2), version(1));
    expect((await versions.load()).size).toBe(2);
  });

  test('of a schema that does not exist are an error of the environment', async () => {
    server.script(json({}, 'EntityNotFoundException'));
    await expect(createSchemaVersions(glue, name).load()).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
    });
  });
});

describe('the version that this code writes', () => {
  const find = (): Promise<string> =>
    findSchemaVersionId(glue, { registryName: 'r', schemaName: 's', definition: '{}' });

  test('is found by its text', async () => {
    server.script(json({ SchemaVersionId: 'id-1', Status: 'AVAILABLE' }));
    expect(await find()).toBe('id-1');
    expect(bodies()[0]).toEqual({
      SchemaId: { RegistryName: 'r', SchemaName: 's' },
      SchemaDefinition: '{}',
    });
  });

  // https://docs.aws.amazon.com/glue/latest/webapi/API_GetSchemaByDefinition.html: Status, Errors
  test.each([
    ['is not there', json({}, 'EntityNotFoundException'), 'SCHEMA_INCOMPATIBLE', false],
    ['was refused', json({ SchemaVersionId: 'id', Status: 'FAILURE' }), 'SCHEMA_INCOMPATIBLE', false],
    ['is still checked', json({ SchemaVersionId: 'id', Status: 'PENDING' }), 'REGISTRY_UNAVAILABLE', true],
    ['cannot be asked for', json({}, 'ThrottlingException'), 'REGISTRY_UNAVAILABLE', true],
  ])('that %s frames nothing', async (_, answer, code, canRetry) => {
    server.script(answer);
    await expect(find()).rejects.toMatchObject({ code, canRetry });
  });
});

describe('views in the catalog', () => {
  const view = renderView({ database: 'db', viewName: 'quotes', cut: [], hasHistory: false });

  test('are read with the version that an update must name', async () => {
    server.script(json({ Table: { Name: 'quotes', ViewOriginalText: 'text', VersionId: '7' } }), json({}));
    const views = createCatalogViews(glue);
    expect(await views.get('db', 'quotes')).toEqual({ ViewOriginalText: 'text', versionId: '7' });
    await views.update('db', view, '7');
    expect(bodies()[1]).toMatchObject({
      VersionId: '7',
      TableInput: { Name: 'quotes', TableType: 'VIRTUAL_VIEW' },
    });
  });

  test('that are absent are nothing, and deleting them is fine', async () => {
    server.script(json({}, 'EntityNotFoundException'), json({}, 'EntityNotFoundException'));
    expect(await createCatalogViews(glue).get('db', 'quotes')).toBeUndefined();
    await createCatalogViews(glue).delete('db', 'quotes');
    expect(actions()).toEqual(['AWSGlue.GetTable', 'AWSGlue.DeleteTable']);
  });

  test.each([
    ['ConcurrentModificationException', 'CATALOG_CONFLICT'],
    ['AlreadyExistsException', 'CATALOG_CONFLICT'],
    ['ThrottlingException', 'CATALOG_UNAVAILABLE'],
  ])('answered by %s are %s', async (errorName, code) => {
    server.script(json({}, errorName), json({}, errorName));
    await expect(createCatalogViews(glue).create('db', view)).rejects.toMatchObject({ code });
    await expect(createCatalogViews(glue).update('db', view, '1')).rejects.toMatchObject({ code });
  });
});
