import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { TickerlakeError } from '../../core/errors.ts';
import { type AvroRecordSchema, quoteAvroSchema } from '../../core/quote.ts';
import { SchemaRegistry, TopicSchema } from '../../lib/constructs/stream/schema-registry.ts';

const v1 = quoteAvroSchema();
const withField = (field: AvroRecordSchema['fields'][number]): AvroRecordSchema => ({
  ...v1,
  fields: [...v1.fields, field],
});
const currency = { name: 'currency', type: ['null', 'string'], default: null, doc: '' } as const;

function templateOf(...versions: AvroRecordSchema[]): Template {
  const stack = new Stack(new App());
  const registry = new SchemaRegistry(stack, 'Registry', { registryName: 'r' });
  new TopicSchema(stack, 'Schema', { registry, schemaName: 'quotes', versions });
  return Template.fromStack(stack);
}

describe('the schema of a topic', () => {
  test('has a resource for each later version, which waits for the one before and outlives the stack', () => {
    const v2 = withField(currency);
    const v3: AvroRecordSchema = { ...v2, fields: [...v2.fields, { ...currency, name: 'venue' }] };
    const template = templateOf(v1, v2, v3);
    const [first] = Object.keys(template.findResources('AWS::Glue::Schema'));
    const versions = Object.entries(template.findResources('AWS::Glue::SchemaVersion'));
    expect(versions.map(([, { Properties }]) => Properties as unknown)).toEqual(
      [v2, v3].map((version) => ({
        Schema: { SchemaArn: { 'Fn::GetAtt': [first, 'Arn'] } },
        SchemaDefinition: JSON.stringify(version),
      })),
    );
    expect(versions.map(([, { DependsOn }]) => DependsOn as unknown)).toEqual([[first], [versions[0]?.[0]]]);
    expect(versions.map(([, { DeletionPolicy }]) => DeletionPolicy as unknown)).toEqual([
      'RetainExceptOnCreate',
      'RetainExceptOnCreate',
    ]);
  });

  test('refuses a version that cannot read the one before, and names property, field and remedy', () => {
    const v3: AvroRecordSchema = { ...withField(currency), fields: v1.fields.slice(1) };
    const required: AvroRecordSchema = {
      ...v3,
      fields: [...v3.fields, { name: 'venue', type: 'string', doc: '' }],
    };
    let error: unknown;
    try {
      templateOf(v1, withField(currency), required);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({
      code: 'SCHEMA_INCOMPATIBLE',
      coordinates: { schema: 'quotes', version: 3, field: 'venue' },
      message:
        'versions[2] of schema quotes changes field venue: it is new and has no default for old records; ' +
        'allowed is a version 3 that reads what version 2 wrote',
    });
    expect((error as TickerlakeError).hint).toMatch(/default null$/);
  });
});
