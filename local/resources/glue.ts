/** AWS Glue catalog and schema registry: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_Glue.html */

import avro, { type Schema } from 'avsc';
import { findBackwardIncompatibility } from '../../core/schema-compat.ts';
import { arn, nameFromArn } from '../arn.ts';
import type { JsonObject } from '../template/template.ts';
import { AwsCallError } from './aws-api.ts';
import type { Cloud } from './cloud.ts';
import { crawlerTypes } from './glue-crawler.ts';
import { jobTypes } from './glue-jobs.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { ResourceType } from './resource-type.ts';
import { checkedType } from './resource-type.ts';

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
  ...crawlerTypes,
  ...jobTypes,
  checkedType('AWS::Glue::SecurityConfiguration', 'no log or file is encrypted locally', (request) => ({
    ref: request.physicalName('Name', 255),
  })),
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
      const versionId = await createSchemaVersion(request, cloud);
      return { ref: versionId, attributes: { VersionId: versionId } };
    },
  },
];

/**
 * As CloudFormation does: a definition that is registered is a conflict, and one that Glue refuses fails the stack. Glue tells
 * no reason, so it is found here.
 * https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-glue/blob/master/aws-glue-schemaversion/src/main/java/software/amazon/glue/schemaversion/CreateHandler.java
 */
async function createSchemaVersion(request: ResourceRequest, { api }: Cloud): Promise<string> {
  const schema = request.within('Schema');
  const SchemaId = {
    SchemaArn: schema.optionalText('SchemaArn'),
    SchemaName: schema.optionalText('SchemaName'),
    RegistryName: schema.optionalText('RegistryName'),
  };
  const SchemaDefinition = request.text('SchemaDefinition');
  const there = await api
    .json('glue', 'GetSchemaByDefinition', { SchemaId, SchemaDefinition })
    .catch((error: unknown) => {
      if (error instanceof AwsCallError && error.code === 'EntityNotFoundException') return undefined;
      throw error;
    });
  if (there !== undefined) {
    throw request.error('SchemaDefinition', `is already version ${String(there['SchemaVersionId'])}`);
  }
  const registered = await api.json('glue', 'RegisterSchemaVersion', { SchemaId, SchemaDefinition });
  if (registered['Status'] === 'AVAILABLE') return String(registered['SchemaVersionId']);
  const latest = await api.json('glue', 'GetSchemaVersion', {
    SchemaId,
    SchemaVersionNumber: { LatestVersion: true },
  });
  const found = findBackwardIncompatibility(
    JSON.parse(SchemaDefinition),
    JSON.parse(String(latest['SchemaDefinition'])),
  );
  throw request.error(
    'SchemaDefinition',
    "is refused: Couldn't create AWS::Glue::SchemaVersion due to schema evolution failure" +
      (found === undefined ? '' : ` (field ${found.field}: ${found.why})`),
    'leave published fields as they are, and give a new one a type with null first and the default null',
  );
}
