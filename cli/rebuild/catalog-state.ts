/** What the catalog says of a topic's view and history: what an inspection goes by, and what must not change until it is acted on. */
import { EntityNotFoundException, GetTableCommand, type GlueClient, type Table } from '@aws-sdk/client-glue';
import { tableNames } from '../../core/names.ts';

/**
 * Parameter of a view that a rebuild has set back to curated files, until it shows history again: whoever moves the view's cut
 * renders it anew, without. A rebuild that ended in between is known by it.
 */
export const HISTORY_DUE = 'tickerlake.history-due';

export interface CatalogState {
  /** Undefined where it is gone. */
  readonly view:
    | { readonly ViewOriginalText: string | undefined; readonly isHistoryDue: boolean }
    | undefined;
  /** Where history's metadata is, `s3://…`; empty if the table does not say, undefined where there is no table. */
  readonly history: string | undefined;
}

/** The view first: history is committed to before a view moves, so what is read of it holds at least what the view states. */
export async function readCatalogState(
  glue: GlueClient,
  database: string,
  topic: string,
): Promise<CatalogState> {
  const names = tableNames(topic);
  const view = await findTable(glue, database, names.view);
  const history = await findTable(glue, database, names.history);
  return {
    view: view && {
      ViewOriginalText: view.ViewOriginalText,
      isHistoryDue: view.Parameters?.[HISTORY_DUE] !== undefined,
    },
    history: history && (history.Parameters?.['metadata_location'] ?? ''),
  };
}

async function findTable(glue: GlueClient, database: string, name: string): Promise<Table | undefined> {
  try {
    return (
      (await glue.send(new GetTableCommand({ DatabaseName: database, Name: name }))).Table ?? { Name: name }
    );
  } catch (error) {
    if (error instanceof EntityNotFoundException) return undefined;
    throw error;
  }
}
