/** Schema versions through the gateway: checked as Glue checks them, which the emulator does not. */
import {
  type Compatibility,
  CreateRegistryCommand,
  CreateSchemaCommand,
  GetSchemaByDefinitionCommand,
  GetSchemaCommand,
  GetSchemaVersionCommand,
  GlueClient,
  RegisterSchemaVersionCommand,
  type RegisterSchemaVersionResponse,
  UpdateSchemaCommand,
} from '@aws-sdk/client-glue';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSchemaVersions } from '../../../adapters/schema-registry.ts';
import { provision } from '../../../local/provision.ts';
import { AwsApi } from '../../../local/resources/aws-api.ts';
import type { Cloud } from '../../../local/resources/cloud.ts';
import { plan } from '../../../local/template/plan.ts';
import { parseTemplate } from '../../../local/template/template.ts';
import { ACCOUNT, REGION, startTestEndpoint, type TestEndpoint } from '../../helpers/aws-endpoint.ts';

const RegistryName = 'tickerlake';
const nullable = (name: string): object => ({ name, type: ['null', 'string'], default: null });
const required = (name: string): object => ({ name, type: 'string' });
const recordOf = (...fields: object[]): string => JSON.stringify({ type: 'record', name: 'Quote', fields });

const V1 = recordOf(required('symbol'));
const COMPATIBLE = recordOf(required('symbol'), nullable('currency'));
const INCOMPATIBLE = recordOf(required('symbol'), required('venue'));

let endpoint: TestEndpoint;
let glue: GlueClient;
let last = 0;

beforeAll(async () => {
  endpoint = await startTestEndpoint();
  glue = new GlueClient(endpoint.as());
  await glue.send(new CreateRegistryCommand({ RegistryName }));
}, 90_000);

afterAll(async () => {
  glue.destroy();
  await endpoint.stop();
}, 30_000);

interface TestSchema {
  readonly id: { readonly RegistryName: string; readonly SchemaName: string };
  readonly register: (definition: string) => Promise<RegisterSchemaVersionResponse>;
}

async function createSchema(mode: Compatibility): Promise<TestSchema> {
  const SchemaName = `quotes-${++last}`;
  await glue.send(
    new CreateSchemaCommand({
      RegistryId: { RegistryName },
      SchemaName,
      DataFormat: 'AVRO',
      Compatibility: mode,
      SchemaDefinition: V1,
    }),
  );
  const id = { RegistryName, SchemaName };
  return {
    id,
    register: (SchemaDefinition) =>
      glue.send(new RegisterSchemaVersionCommand({ SchemaId: id, SchemaDefinition })),
  };
}

// https://docs.aws.amazon.com/glue/latest/webapi/API_RegisterSchemaVersion.html: Status
describe('a version that cannot read the one before', () => {
  test('is numbered and kept, but in status FAILURE, and the reason is a warning', async () => {
    const { id, register } = await createSchema('BACKWARD');
    const refused = await register(INCOMPATIBLE);
    expect(refused).toMatchObject({ VersionNumber: 2, Status: 'FAILURE' });
    const byId = new GetSchemaVersionCommand({ SchemaVersionId: refused.SchemaVersionId });
    expect(await glue.send(byId)).toMatchObject({ Status: 'FAILURE', SchemaDefinition: INCOMPATIBLE });
    const byText = new GetSchemaByDefinitionCommand({ SchemaId: id, SchemaDefinition: INCOMPATIBLE });
    expect((await glue.send(byText)).Status).toBe('FAILURE');
    expect(endpoint.warnings.at(-1)).toBe(
      `schema ${id.SchemaName}: version 2 is refused for field venue: it is new and has no default for old records`,
    );
  });

  test('stays refused when it is registered again', async () => {
    const { register } = await createSchema('BACKWARD');
    const first = await register(INCOMPATIBLE);
    expect(await register(INCOMPATIBLE)).toMatchObject({
      Status: 'FAILURE',
      SchemaVersionId: first.SchemaVersionId,
    });
  });

  // https://github.com/hashicorp/terraform-provider-aws/issues/35152
  test('is not the latest, and the next one is compared with the one before it', async () => {
    const { id, register } = await createSchema('BACKWARD');
    await register(INCOMPATIBLE);
    const latest = new GetSchemaVersionCommand({
      SchemaId: id,
      SchemaVersionNumber: { LatestVersion: true },
    });
    expect((await glue.send(latest)).VersionNumber).toBe(1);
    expect((await glue.send(new GetSchemaCommand({ SchemaId: id }))).LatestSchemaVersion).toBe(1);
    expect(await register(COMPATIBLE)).toMatchObject({ VersionNumber: 3, Status: 'AVAILABLE' });
    expect((await glue.send(latest)).VersionNumber).toBe(3);
  });

  test('is no version to whoever reads records', async () => {
    const { id, register } = await createSchema('BACKWARD');
    await register(INCOMPATIBLE);
    const { SchemaVersionId } = await register(COMPATIBLE);
    const versions = createSchemaVersions(glue, { registryName: RegistryName, schemaName: id.SchemaName });
    const definitions = await versions.load();
    expect([...definitions.values()]).toEqual([V1, COMPATIBLE]);
    expect(definitions.has(SchemaVersionId ?? '')).toBe(true);
  });

  test('is taken all the same once an operator has turned the check off', async () => {
    const { id, register } = await createSchema('BACKWARD');
    await glue.send(
      new UpdateSchemaCommand({
        SchemaId: id,
        Compatibility: 'NONE',
        SchemaVersionNumber: { LatestVersion: true },
      }),
    );
    expect((await register(INCOMPATIBLE)).Status).toBe('AVAILABLE');
  });
});

// https://docs.aws.amazon.com/glue/latest/dg/schema-registry.html#schema-registry-compatibility
describe('the compatibility mode', () => {
  const drops = ['that drops a required field', recordOf(nullable('currency'))] as const;
  const requires = ['that requires a new field', INCOMPATIBLE] as const;
  const adds = ['that adds a nullable field', COMPATIBLE] as const;

  test.each<[Compatibility, 'takes' | 'refuses', string, string]>([
    ['BACKWARD', 'takes', ...drops],
    ['FORWARD', 'refuses', ...drops],
    ['FULL', 'refuses', ...drops],
    ['BACKWARD', 'refuses', ...requires],
    ['FORWARD', 'takes', ...requires],
    ['FULL', 'refuses', ...requires],
    ['FULL', 'takes', ...adds],
    ['NONE', 'takes', ...requires],
  ])('%s %s a version %s', async (mode, verdict, _, definition) => {
    const { register } = await createSchema(mode);
    const status = verdict === 'takes' ? 'AVAILABLE' : 'FAILURE';
    expect((await register(definition)).Status).toBe(status);
  });

  test.each<[Compatibility, 'AVAILABLE' | 'FAILURE']>([
    ['BACKWARD', 'AVAILABLE'],
    ['BACKWARD_ALL', 'FAILURE'],
  ])('%s compares with the latest or with all', async (mode, status) => {
    const { register } = await createSchema(mode);
    await register(recordOf());
    expect((await register(recordOf({ name: 'symbol', type: 'long', default: 0 }))).Status).toBe(status);
  });
});

test.each([
  ['no JSON', '{'],
  ['no Avro', '{"type":"nonsense"}'],
])('a definition that is %s is refused as input', async (_, definition) => {
  const { register } = await createSchema('BACKWARD');
  await expect(register(definition)).rejects.toMatchObject({ name: 'InvalidInputException' });
});

test('a version of a schema that is not there is not found', async () => {
  const register = new RegisterSchemaVersionCommand({
    SchemaId: { RegistryName, SchemaName: 'absent' },
    SchemaDefinition: V1,
  });
  await expect(glue.send(register)).rejects.toMatchObject({ name: 'EntityNotFoundException' });
});

test('versions registered at once are numbered and judged one after the other', async () => {
  const { register } = await createSchema('BACKWARD');
  const registered = await Promise.all([register(INCOMPATIBLE), register(COMPATIBLE), register(V1)]);
  expect(registered.map(({ Status }) => Status)).toEqual(['FAILURE', 'AVAILABLE', 'AVAILABLE']);
  const numbers = registered.map(({ VersionNumber }) => VersionNumber);
  expect(numbers.toSorted()).toEqual([1, 2, 3]);
});

describe('a stack with a schema version', () => {
  /** Deploys the schema with these definitions as its versions. */
  async function deploy(...definitions: string[]): Promise<unknown> {
    const name = `stack-${++last}`;
    const later = definitions.map(
      (SchemaDefinition, index) =>
        [
          `Version${index + 2}`,
          {
            Type: 'AWS::Glue::SchemaVersion',
            Properties: { Schema: { SchemaArn: { 'Fn::GetAtt': ['Schema', 'Arn'] } }, SchemaDefinition },
          },
        ] as const,
    );
    const schema = {
      Registry: { Name: RegistryName },
      Name: name,
      DataFormat: 'AVRO',
      Compatibility: 'BACKWARD',
      SchemaDefinition: V1,
    };
    const document = {
      Resources: {
        Schema: { Type: 'AWS::Glue::Schema', Properties: schema },
        ...Object.fromEntries(later),
      },
    };
    const region = { name: REGION, account: ACCOUNT };
    const stacks = [{ name, template: parseTemplate(document), dependsOn: [] }];
    const api = new AwsApi(endpoint.gateway.endpoint, REGION, () => endpoint.gateway.operator);
    const cloud = { api, region: REGION, account: ACCOUNT } as Cloud;
    return provision(
      plan({ directory: '', stacks, assets: new Map() }, region),
      region,
      cloud,
      () => undefined,
    );
  }

  test('that reads the one before is deployed', async () => {
    await expect(deploy(COMPATIBLE)).resolves.toBeDefined();
  });

  // CreateHandler.java of https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-glue
  test.each([
    [
      'cannot read the one before fails, with the field named',
      INCOMPATIBLE,
      /schema evolution failure \(field venue: it is new and has no default/,
    ],
    ['is registered already fails', V1, /SchemaDefinition is already version [0-9a-f-]{36}$/],
  ])('that %s', async (_, definition, message) => {
    await expect(deploy(definition)).rejects.toMatchObject({
      code: 'RESOURCE_FAILED',
      message: expect.stringMatching(message) as unknown,
    });
  });
});
