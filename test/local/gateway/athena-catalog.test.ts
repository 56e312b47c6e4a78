/** Data catalogs, workgroups and tags by the Athena SDK client, as drivers and consoles show them. */
import {
  AthenaClient,
  CreateWorkGroupCommand,
  GetDatabaseCommand,
  GetDataCatalogCommand,
  GetTableMetadataCommand,
  GetWorkGroupCommand,
  ListDatabasesCommand,
  ListDataCatalogsCommand,
  ListEngineVersionsCommand,
  ListTableMetadataCommand,
  ListTagsForResourceCommand,
  ListWorkGroupsCommand,
  MetadataException,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateWorkGroupCommand,
} from '@aws-sdk/client-athena';
import { CreateDatabaseCommand, CreateTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCOUNT, allow, REGION } from '../../helpers/aws-endpoint.ts';
import { ScriptedAthena, WORKGROUP, WORKGROUP_ARN } from '../../helpers/scripted-athena.ts';

const CatalogName = 'AwsDataCatalog';
let athena: ScriptedAthena;

beforeAll(async () => {
  athena = await ScriptedAthena.start();
  const glue = new GlueClient(athena.endpoint.as());
  for (const [Name, Description] of [
    ['lake', 'quotes'],
    ['attic', undefined],
  ] as const)
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name, Description } }));
  for (const Name of ['quotes', 'dividends'])
    await glue.send(
      new CreateTableCommand({
        DatabaseName: 'lake',
        TableInput: {
          Name,
          TableType: 'EXTERNAL_TABLE',
          Parameters: { EXTERNAL: 'TRUE' },
          PartitionKeys: [{ Name: 'dt', Type: 'date' }],
          StorageDescriptor: {
            Columns: [{ Name: 'symbol', Type: 'string', Comment: 'ticker' }],
            Location: `s3://lake/${Name}/`,
            InputFormat: 'in',
            OutputFormat: 'out',
            SerdeInfo: { SerializationLibrary: 'serde', Parameters: { 'serialization.format': '1' } },
          },
        },
      }),
    );
}, 90_000);

afterAll(async () => {
  await athena.stop();
}, 30_000);

describe('the catalog', () => {
  test('there is Glue’s, under its name in any case', async () => {
    const { DataCatalogsSummary } = await athena.client.send(new ListDataCatalogsCommand({}));
    expect(DataCatalogsSummary).toEqual([{ CatalogName, Type: 'GLUE' }]);
    const { DataCatalog } = await athena.client.send(new GetDataCatalogCommand({ Name: 'awsdatacatalog' }));
    expect(DataCatalog).toMatchObject({
      Name: CatalogName,
      Type: 'GLUE',
      Parameters: { 'catalog-id': ACCOUNT },
    });
    await expect(athena.client.send(new GetDataCatalogCommand({ Name: 'mysql' }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
      AthenaErrorCode: 'DATACATALOG_NOT_FOUND',
    });
  });

  test('its databases', async () => {
    const { DatabaseList } = await athena.client.send(new ListDatabasesCommand({ CatalogName }));
    expect(DatabaseList).toMatchObject([{ Name: 'attic' }, { Name: 'lake', Description: 'quotes' }]);
    const { Database } = await athena.client.send(
      new GetDatabaseCommand({ CatalogName, DatabaseName: 'lake' }),
    );
    expect(Database).toMatchObject({ Name: 'lake', Description: 'quotes' });
  });

  test('its tables, in pages, and those that a pattern picks', async () => {
    const list = { CatalogName, DatabaseName: 'lake' };
    const first = await athena.client.send(new ListTableMetadataCommand({ ...list, MaxResults: 1 }));
    const second = await athena.client.send(
      new ListTableMetadataCommand({ ...list, MaxResults: 1, NextToken: first.NextToken }),
    );
    expect(
      [first, second].map(({ TableMetadataList }) => TableMetadataList?.map(({ Name }) => Name)),
    ).toEqual([['dividends'], ['quotes']]);
    expect(second.NextToken).toBeUndefined();
    const picked = await athena.client.send(new ListTableMetadataCommand({ ...list, Expression: 'quo.*' }));
    expect(picked.TableMetadataList?.map(({ Name }) => Name)).toEqual(['quotes']);
  });

  test('a table with its columns, keys and properties', async () => {
    const { TableMetadata } = await athena.client.send(
      new GetTableMetadataCommand({ CatalogName, DatabaseName: 'lake', TableName: 'quotes' }),
    );
    expect(TableMetadata).toMatchObject({
      Name: 'quotes',
      TableType: 'EXTERNAL_TABLE',
      CreateTime: expect.any(Date),
      Columns: [{ Name: 'symbol', Type: 'string', Comment: 'ticker' }],
      PartitionKeys: [{ Name: 'dt', Type: 'date' }],
      Parameters: {
        EXTERNAL: 'TRUE',
        location: 's3://lake/quotes/',
        inputformat: 'in',
        outputformat: 'out',
        'serde.serialization.lib': 'serde',
        'serde.param.serialization.format': '1',
      },
    });
  });

  test('what is not there fails in the words of Glue’s client', async () => {
    const table = athena.client.send(
      new GetTableMetadataCommand({ CatalogName, DatabaseName: 'lake', TableName: 'none' }),
    );
    await expect(table).rejects.toThrow(MetadataException);
    // pyathena reads the code from this very form.
    await expect(table).rejects.toThrow(
      /\(Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; Request ID: [^;]+; Proxy: null\)$/,
    );
  });

  test('the caller’s grants on Athena and on Glue decide', async () => {
    const catalog = `arn:aws:athena:${REGION}:${ACCOUNT}:datacatalog/${CatalogName}`;
    const glueArn = (resource: string): string => `arn:aws:glue:${REGION}:${ACCOUNT}:${resource}`;
    const see = allow(['athena:GetTableMetadata'], catalog);
    const read = allow(
      ['glue:GetTable'],
      [glueArn('catalog'), glueArn('database/lake'), glueArn('table/lake/quotes')],
    );
    const get = (name: string, statements: Parameters<typeof athena.as>[1], TableName = 'quotes') =>
      new AthenaClient(athena.as(name, statements)).send(
        new GetTableMetadataCommand({ CatalogName: 'awsdatacatalog', DatabaseName: 'lake', TableName }),
      );
    await expect(get('stranger', [read])).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('athena:GetTableMetadata'),
    });
    await expect(get('glueless', [see])).rejects.toMatchObject({
      name: 'MetadataException',
      message: expect.stringMatching(/glue:GetTable .*Error Code: AccessDeniedException/),
    });
    expect((await get('seer', [see, read])).TableMetadata?.Name).toBe('quotes');
    await expect(get('seer', [see, read], 'dividends')).rejects.toThrow(MetadataException);
  });
});

describe('workgroups', () => {
  test('one as its clients read it', async () => {
    const { WorkGroup } = await athena.client.send(new GetWorkGroupCommand({ WorkGroup: WORKGROUP }));
    expect(WorkGroup).toMatchObject({
      Name: WORKGROUP,
      State: 'ENABLED',
      CreationTime: expect.any(Date),
      Configuration: {
        EnforceWorkGroupConfiguration: true,
        PublishCloudWatchMetricsEnabled: false,
        RequesterPaysEnabled: false,
        ResultConfiguration: { OutputLocation: 's3://results/analysts/' },
        EngineVersion: { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' },
      },
    });
  });

  test('they are listed by name, in pages of at most 50', async () => {
    await athena.client.send(new CreateWorkGroupCommand({ Name: 'aardvarks' }));
    const first = await athena.client.send(new ListWorkGroupsCommand({ MaxResults: 2 }));
    expect(first.WorkGroups?.map(({ Name }) => Name)).toEqual(['aardvarks', WORKGROUP]);
    const { NextToken } = first;
    const second = await athena.client.send(new ListWorkGroupsCommand({ NextToken }));
    expect(second.WorkGroups?.map(({ Name }) => Name)).toEqual(['primary']);
    const refused = (input: ListWorkGroupsCommand['input']) =>
      athena.client.send(new ListWorkGroupsCommand(input));
    await expect(refused({ MaxResults: 51 })).rejects.toThrow(
      "1 validation error detected: Value at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 50",
    );
    await expect(refused({ NextToken: 'mine' })).rejects.toThrow('The nextPageToken is malformed: mine');
  });

  test('a disabled one runs nothing until it is enabled', async () => {
    const turn = (State: 'ENABLED' | 'DISABLED') =>
      athena.client.send(new UpdateWorkGroupCommand({ WorkGroup: WORKGROUP, State }));
    await turn('DISABLED');
    await expect(athena.run('SELECT 1')).rejects.toThrow(`WorkGroup ${WORKGROUP} is disabled.`);
    await turn('ENABLED');
    expect((await athena.run('SELECT 1')).Status?.State).toBe('SUCCEEDED');
  });

  test('tags', async () => {
    const ResourceARN = WORKGROUP_ARN;
    const Tags = [
      { Key: 'team', Value: 'quants' },
      { Key: 'cost', Value: '7' },
    ];
    await athena.client.send(new TagResourceCommand({ ResourceARN, Tags }));
    await athena.client.send(new UntagResourceCommand({ ResourceARN, TagKeys: ['cost'] }));
    const listed = await athena.client.send(new ListTagsForResourceCommand({ ResourceARN }));
    expect(listed.Tags).toEqual([{ Key: 'team', Value: 'quants' }]);
    await expect(
      athena.client.send(new ListTagsForResourceCommand({ ResourceARN: `${ResourceARN}x` })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('engine versions', async () => {
    const { EngineVersions } = await athena.client.send(new ListEngineVersionsCommand({}));
    expect(EngineVersions?.map(({ SelectedEngineVersion }) => SelectedEngineVersion)).toEqual([
      'AUTO',
      'Athena engine version 3',
    ]);
  });
});
