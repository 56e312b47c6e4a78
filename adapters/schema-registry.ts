/** Versions of one schema in the Glue Schema Registry. A version never changes, so each is fetched once a process. */
import { EntityNotFoundException, GetSchemaVersionCommand, type GlueClient } from '@aws-sdk/client-glue';
import { TickerlakeError } from '../core/errors.ts';

export interface SchemaVersions {
  /**
   * All versions by id, as Avro schema text. Costs one call if there is none new. The ids are looked up by number, not
   * one by one: records full of invented ids must not turn into calls. A version that the registry refused (FAILURE) is
   * none; one that was deleted is none any more.
   * @throws TickerlakeError REGISTRY_UNAVAILABLE, also while the registry still checks a version (PENDING): whether its
   * records are good is not known yet
   */
  load(): Promise<ReadonlyMap<string, string>>;
}

interface SchemaName {
  readonly registryName: string;
  readonly schemaName: string;
}

/** https://docs.aws.amazon.com/glue/latest/webapi/API_GetSchemaVersion.html */
export function createSchemaVersions(glue: GlueClient, schema: SchemaName): SchemaVersions {
  const versions = new Map<string, string>();
  let seenUpTo = 0;

  const unavailable = (what: string, cause?: unknown): TickerlakeError =>
    new TickerlakeError('REGISTRY_UNAVAILABLE', `schema ${schema.schemaName}: ${what}`, {
      coordinates: { registry: schema.registryName, schema: schema.schemaName },
      cause,
    });

  const fetchVersion = async (number: number | 'latest') => {
    try {
      return await glue.send(
        new GetSchemaVersionCommand({
          SchemaId: { RegistryName: schema.registryName, SchemaName: schema.schemaName },
          SchemaVersionNumber: number === 'latest' ? { LatestVersion: true } : { VersionNumber: number },
        }),
      );
    } catch (error) {
      // A version that was deleted leaves a hole in the numbers.
      if (number !== 'latest' && error instanceof EntityNotFoundException) return undefined;
      throw unavailable(`version ${number} cannot be read`, error);
    }
  };

  return {
    async load() {
      const latest = await fetchVersion('latest');
      const newest = latest?.VersionNumber ?? 0;
      for (let number = seenUpTo + 1; number <= newest; number += 1) {
        const version = number === newest ? latest : await fetchVersion(number);
        if (version?.Status === 'PENDING') throw unavailable(`version ${number} is still being checked`);
        if (version?.SchemaVersionId !== undefined && isPublished(version)) {
          versions.set(version.SchemaVersionId.toLowerCase(), version.SchemaDefinition);
        }
        // Another load may have come further meanwhile.
        seenUpTo = Math.max(seenUpTo, number);
      }
      return versions;
    },
  };
}

/** https://docs.aws.amazon.com/glue/latest/webapi/API_GetSchemaVersion.html: Status */
function isPublished<T extends { Status?: string | undefined; SchemaDefinition?: string | undefined }>(
  version: T,
): version is T & { SchemaDefinition: string } {
  return version.SchemaDefinition !== undefined && version.Status !== 'FAILURE';
}
