/** Tables read out of a template, with the names that the stack has given its buckets. */
import { AlreadyExistsException, EntityNotFoundException, type GlueClient } from '@aws-sdk/client-glue';
import { describe, expect, test } from '@jest/globals';
import { createTables, readCatalogDefinition } from '../../../../cli/rebuild/catalog-tables.ts';
import { scriptedClient } from '../scripted-lake.ts';

const LOCATION = { 'Fn::Join': ['', ['s3://', { Ref: 'Raw' }, '/quotes/x=${x}/']] };

function template(location: unknown = LOCATION): string {
  return JSON.stringify({
    Resources: {
      Raw: { Type: 'AWS::S3::Bucket' },
      Database: { Type: 'AWS::Glue::Database', Properties: { DatabaseInput: { Name: 'lake' } } },
      Table: {
        Type: 'AWS::Glue::Table',
        Properties: {
          CatalogId: { Ref: 'AWS::AccountId' },
          TableInput: {
            Name: 'quotes_raw',
            StorageDescriptor: { Location: location, Columns: [{ Name: 'a', Type: 'int' }] },
          },
        },
      },
    },
    Outputs: { RawBucketName: { Value: { Ref: 'Raw' } }, DatabaseName: { Value: 'lake' } },
  });
}

const OUTPUTS = { RawBucketName: 'raw-1234', DatabaseName: 'lake' };

test('a table is as the template has it, in the bucket of the stack', () => {
  expect(readCatalogDefinition(template(), OUTPUTS)).toEqual({
    database: { Name: 'lake' },
    tables: [
      {
        Name: 'quotes_raw',
        StorageDescriptor: {
          Location: 's3://raw-1234/quotes/x=${x}/',
          Columns: [{ Name: 'a', Type: 'int' }],
        },
      },
    ],
  });
});

test.each([
  [{ 'Fn::Sub': '${Raw}' }, /Fn::Sub is not known here/],
  [{ Ref: 'Other' }, /no output has the name of Other/],
])('what it cannot resolve is an error: %j', (location, message) => {
  expect(() => readCatalogDefinition(template(location), OUTPUTS)).toThrow(message);
});

describe('tables that are gone', () => {
  const glueOf = (created: unknown[], refuse = false): GlueClient =>
    scriptedClient({
      GetDatabaseCommand: () => {
        throw new EntityNotFoundException({ message: 'lake', $metadata: {} });
      },
      CreateDatabaseCommand: (input: unknown) => created.push(input),
      CreateTableCommand: (input: unknown) => {
        if (refuse) throw new AlreadyExistsException({ message: 'there', $metadata: {} });
        created.push(input);
      },
    }) as GlueClient;
  const definition = readCatalogDefinition(template(), OUTPUTS);

  test('are created, their database first if that is gone as well', async () => {
    const created: unknown[] = [];
    await createTables(glueOf(created), definition, ['quotes_raw']);
    expect(created).toEqual([
      { DatabaseInput: { Name: 'lake' } },
      { DatabaseName: 'lake', TableInput: definition.tables[0] },
    ]);
  });

  test('that somebody else has created meanwhile are fine; one that the template lacks is not', async () => {
    await createTables(glueOf([], true), definition, ['quotes_raw']);
    await expect(createTables(glueOf([]), definition, ['quotes_other'])).rejects.toMatchObject({
      code: 'TEMPLATE_UNSUPPORTED',
    });
  });
});
