import type { GlueClient } from '@aws-sdk/client-glue';
import { createSchemaVersions, type SchemaVersions } from '../../adapters/schema-registry.ts';
import { type LakeConnection, outputOf } from './connection.ts';

/** Versions of the quotes' schema in the lake's registry. */
export function schemaVersionsOf(
  lake: LakeConnection,
  { glue }: { readonly glue: GlueClient },
): SchemaVersions {
  return createSchemaVersions(glue, {
    registryName: outputOf(lake, 'stream', 'RegistryName'),
    schemaName: outputOf(lake, 'stream', 'QuotesSchemaName'),
  });
}
