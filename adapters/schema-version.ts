import { EntityNotFoundException, GetSchemaByDefinitionCommand, type GlueClient } from '@aws-sdk/client-glue';
import { TickerlakeError } from '../core/errors.ts';

export interface RegisteredSchema {
  readonly registryName: string;
  readonly schemaName: string;
  /** The schema as its text was registered. */
  readonly definition: string;
}

/**
 * Id of the version under which a schema is registered; records are framed with it.
 * https://docs.aws.amazon.com/glue/latest/webapi/API_GetSchemaByDefinition.html
 * @throws TickerlakeError SCHEMA_INCOMPATIBLE if it is not registered, REGISTRY_UNAVAILABLE
 */
export async function findSchemaVersionId(glue: GlueClient, schema: RegisteredSchema): Promise<string> {
  const { registryName, schemaName, definition } = schema;
  const name = `${registryName}/${schemaName}`;
  let found: { SchemaVersionId?: string | undefined; Status?: string | undefined };
  try {
    found = await glue.send(
      new GetSchemaByDefinitionCommand({
        SchemaId: { RegistryName: registryName, SchemaName: schemaName },
        SchemaDefinition: definition,
      }),
    );
  } catch (error) {
    if (!(error instanceof EntityNotFoundException)) {
      throw new TickerlakeError('REGISTRY_UNAVAILABLE', `cannot look up schema ${name}`, { cause: error });
    }
    throw new TickerlakeError(
      'SCHEMA_INCOMPATIBLE',
      `schema ${name} has no version like the one of this code`,
      {
        cause: error,
        hint: 'deploy the stream stack of the same revision first',
      },
    );
  }
  if (found.SchemaVersionId !== undefined && found.Status === 'AVAILABLE') return found.SchemaVersionId;
  throw new TickerlakeError(
    'REGISTRY_UNAVAILABLE',
    `the version of schema ${name} is ${found.Status ?? 'absent'}`,
  );
}
