/** AWS Glue catalog and schema registry: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_Glue.html */

import avro, { type Schema } from 'avsc';
import { arn, nameFromArn } from '../arn.ts';
import type { JsonObject } from '../template/template.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { ResourceType } from './resource-type.ts';

const CATALOG = 'moto’s Glue catalog';
const REGISTRY = 'moto’s Glue Schema Registry';

/** CloudFormation writes `SchemaVersion: {IsLatest}`, a map of text; the API wants the same names. */
function registryId(registry: JsonObject): JsonObject {
  const registryArn = registry['Arn'];
  // moto finds a registry by name only.
  if (typeof registryArn === 'string') return { RegistryName: nameFromArn(registryArn) };
  return { RegistryName: registry['Name'] ?? null };
}

/** Glue refuses what is no Avro; moto takes anything. */
function checkSchema(request: ResourceRequest): void {
  if (request.properties['DataFormat'] !== 'AVRO')
    throw request.error('DataFormat', 'is not AVRO, the one that is checked here');
  try {
    avro.Type.forSchema(JSON.parse(request.text('SchemaDefinition')) as Schema);
  } catch (error) {
    throw request.error(
      'SchemaDefinition',
      `is no Avro schema: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

export const glueTypes: readonly ResourceType[] = [
  {
    type: 'AWS::Glue::Database',
    level: 'emulated',
    behind: CATALOG,
    effective: ['DatabaseInput'],
    inert: ['CatalogId'],
    provision: async (request, cloud) => {
      const name = request.within('DatabaseInput').text('Name');
      await cloud.api.json('glue', 'CreateDatabase', { DatabaseInput: request.object('DatabaseInput') });
      return { ref: name };
    },
  },
  {
    type: 'AWS::Glue::Table',
    level: 'emulated',
    behind: CATALOG,
    effective: ['DatabaseName', 'TableInput'],
    inert: ['CatalogId'],
    provision: async (request, cloud) => {
      const name = request.within('TableInput').text('Name');
      const TableInput = request.object('TableInput');
      await cloud.api.json('glue', 'CreateTable', { DatabaseName: request.text('DatabaseName'), TableInput });
      return { ref: name };
    },
  },
  {
    type: 'AWS::Glue::Registry',
    level: 'emulated',
    behind: REGISTRY,
    effective: ['Name', 'Description'],
    inert: ['Tags'],
    provision: async (request, cloud) => {
      const RegistryName = request.text('Name');
      await cloud.api.json('glue', 'CreateRegistry', {
        RegistryName,
        Description: request.optionalText('Description'),
      });
      const registryArn = arn(cloud, 'glue', `registry/${RegistryName}`);
      return { ref: registryArn, attributes: { Arn: registryArn } };
    },
  },
  {
    type: 'AWS::Glue::Schema',
    level: 'emulated',
    behind: REGISTRY,
    effective: ['Registry', 'Name', 'DataFormat', 'Compatibility', 'SchemaDefinition', 'Description'],
    inert: ['CheckpointVersion', 'Tags'],
    provision: async (request, cloud) => {
      checkSchema(request);
      const created = await cloud.api.json('glue', 'CreateSchema', {
        RegistryId: registryId(request.object('Registry')),
        SchemaName: request.text('Name'),
        DataFormat: request.text('DataFormat'),
        Compatibility: request.text('Compatibility'),
        SchemaDefinition: request.text('SchemaDefinition'),
        Description: request.optionalText('Description'),
      });
      const schemaArn = String(created['SchemaArn']);
      return {
        ref: schemaArn,
        attributes: { Arn: schemaArn, InitialSchemaVersionId: String(created['SchemaVersionId']) },
      };
    },
  },
  {
    type: 'AWS::Glue::SchemaVersion',
    level: 'emulated',
    behind: REGISTRY,
    effective: ['Schema', 'SchemaDefinition'],
    provision: async (request, cloud) => {
      const schema = request.within('Schema');
      const registered = await cloud.api.json('glue', 'RegisterSchemaVersion', {
        SchemaId: {
          SchemaArn: schema.optionalText('SchemaArn'),
          SchemaName: schema.optionalText('SchemaName'),
          RegistryName: schema.optionalText('RegistryName'),
        },
        SchemaDefinition: request.text('SchemaDefinition'),
      });
      const versionId = String(registered['SchemaVersionId']);
      return { ref: versionId, attributes: { VersionId: versionId } };
    },
  },
];
