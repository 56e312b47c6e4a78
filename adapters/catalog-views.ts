/** Athena views in the Glue catalog, changed only from the version that was read. */
import {
  AlreadyExistsException,
  ConcurrentModificationException,
  CreateTableCommand,
  DeleteTableCommand,
  EntityNotFoundException,
  GetTableCommand,
  type GlueClient,
  ResourceNotReadyException,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import { TickerlakeError } from '../core/errors.ts';
import type { ViewTableInput } from '../core/view.ts';

export interface CatalogView {
  readonly ViewOriginalText?: string | undefined;
  /** What an update must name: the version that it replaces. */
  readonly versionId: string | undefined;
}

/** Methods throw TickerlakeError CATALOG_CONFLICT if somebody else was faster, else CATALOG_UNAVAILABLE. */
export interface CatalogViews {
  get(database: string, name: string): Promise<CatalogView | undefined>;
  create(database: string, view: ViewTableInput): Promise<void>;
  update(database: string, view: ViewTableInput, versionId: string | undefined): Promise<void>;
  /** Deleting what is not there is fine. */
  delete(database: string, name: string): Promise<void>;
}

/** A conflict with somebody else who changes the same view: read again and try again, this often. */
const ATTEMPTS = 5;

/**
 * Runs `change`, which reads a view and writes it, again when somebody else was faster.
 * @throws TickerlakeError CATALOG_CONFLICT if somebody always is, and what `change` throws
 */
export async function retryOnConflict<T>(change: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await change();
    } catch (error) {
      const isConflict = error instanceof TickerlakeError && error.code === 'CATALOG_CONFLICT';
      if (!isConflict || attempt === ATTEMPTS) throw error;
    }
  }
}

/** https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html */
export function createCatalogViews(glue: GlueClient): CatalogViews {
  return {
    async get(database, name) {
      try {
        const { Table } = await glue.send(new GetTableCommand({ DatabaseName: database, Name: name }));
        return { ViewOriginalText: Table?.ViewOriginalText, versionId: Table?.VersionId };
      } catch (error) {
        if (error instanceof EntityNotFoundException) return undefined;
        throw catalogError('read', database, name, error);
      }
    },
    async create(database, view) {
      try {
        await glue.send(new CreateTableCommand({ DatabaseName: database, TableInput: view }));
      } catch (error) {
        throw catalogError('create', database, view.Name, error);
      }
    },
    async update(database, view, versionId) {
      try {
        await glue.send(
          new UpdateTableCommand({ DatabaseName: database, TableInput: view, VersionId: versionId }),
        );
      } catch (error) {
        throw catalogError('update', database, view.Name, error);
      }
    },
    async delete(database, name) {
      try {
        await glue.send(new DeleteTableCommand({ DatabaseName: database, Name: name }));
      } catch (error) {
        if (!(error instanceof EntityNotFoundException)) throw catalogError('delete', database, name, error);
      }
    },
  };
}

function catalogError(what: string, database: string, name: string, cause: unknown): TickerlakeError {
  const isConflict =
    cause instanceof ConcurrentModificationException ||
    cause instanceof AlreadyExistsException ||
    cause instanceof ResourceNotReadyException;
  return new TickerlakeError(
    isConflict ? 'CATALOG_CONFLICT' : 'CATALOG_UNAVAILABLE',
    `the Glue catalog cannot ${what} view ${database}.${name}${cause instanceof Error ? `: ${cause.message}` : ''}`,
    { coordinates: { database, view: name }, cause },
  );
}
