/** Creates the view over history and curated files, and keeps its cut through every deployment. */
import { type CatalogViews, retryOnConflict } from '../../adapters/catalog-views.ts';
import { parseViewCut, renderView } from '../../core/view.ts';

export interface ViewName {
  readonly database: string;
  readonly view: string;
}

/**
 * Makes the view as the current code renders it: with the cut that it has, or none if it is new.
 * @returns what was done
 * @throws TickerlakeError VIEW_MALFORMED, CATALOG_UNAVAILABLE, CATALOG_CONFLICT
 */
export async function putView(
  views: CatalogViews,
  { database, view }: ViewName,
): Promise<'created' | 'updated' | 'unchanged'> {
  return await retryOnConflict(async () => {
    const found = await views.get(database, view);
    if (found === undefined) {
      await views.create(database, renderView({ database, viewName: view, cut: [], hasHistory: false }));
      return 'created';
    }
    const rendered = renderView({ database, viewName: view, ...parseViewCut(found) });
    if (rendered.ViewOriginalText === found.ViewOriginalText) return 'unchanged';
    await views.update(database, rendered, found.versionId);
    return 'updated';
  });
}

/**
 * Removes the view, unless it has a cut: then history exists, which outlives the stack as the data does, and without the
 * cut nobody could tell history and curated files apart again.
 */
export async function removeView(
  views: CatalogViews,
  { database, view }: ViewName,
): Promise<'removed' | 'kept' | 'absent'> {
  const found = await views.get(database, view);
  if (found === undefined) return 'absent';
  if (hasHistory(found)) return 'kept';
  await views.delete(database, view);
  return 'removed';
}

function hasHistory(found: { readonly ViewOriginalText?: string | undefined }): boolean {
  try {
    return parseViewCut(found).hasHistory;
  } catch {
    // Not ours to delete.
    return true;
  }
}
