import { EntityNotFoundException, GetSchemaByDefinitionCommand, type GlueClient } from '@aws-sdk/client-glue';
import { TickerlakeError } from '../core/errors.ts';

/** What to do about a schema that the registry does not have. */
const HINT = 'deploy the stream stack of the same revision first';

export interface RegisteredSchema {
  readonly registryName: string;
  readonly schemaName: string;
  /** The schema as its text was registered. */
  readonly definition: string;
}

/**
 * Id of the version under which a schema is registered and AVAILABLE; records are framed with it.
 * https://docs.aws.amazon.com/glue/latest/webapi/API_GetSchemaByDefinition.html
 * @throws TickerlakeError SCHEMA_INCOMPATIBLE if it is not registered or the registry refused it (FAILURE);
 * REGISTRY_UNAVAILABLE, also while the registry still checks it (PENDING)
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
      { cause: error, hint: HINT },
    );
  }
  if (found.SchemaVersionId !== undefined && found.Status === 'AVAILABLE') return found.SchemaVersionId;
  if (found.Status === 'FAILURE') {
    throw new TickerlakeError(
      'SCHEMA_INCOMPATIBLE',
      `the registry refused the version of schema ${name} that is like the one of this code`,
      { hint: 'publish a version that reads what the one before it wrote; then ' + HINT },
    );
  }
  throw new TickerlakeError(
    'REGISTRY_UNAVAILABLE',
    `the version of schema ${name} is ${found.Status ?? 'absent'}`,
  );
}
