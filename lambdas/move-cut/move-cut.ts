/** Moves a view's cut to what history holds, after the compaction job has committed it. */
import { type CatalogViews, retryOnConflict } from '../../adapters/catalog-views.ts';
import { type MoveCutRequest, type MoveCutResult, mergeCuts } from '../../core/cut.ts';
import { TickerlakeError } from '../../core/errors.ts';
import { parseViewCut, renderView } from '../../core/view.ts';

/**
 * One update of the view from the version that was read: whoever queries it sees the cut before or after, nothing between.
 * @throws TickerlakeError OBJECT_NOT_FOUND if there is no such view, VIEW_MALFORMED, CATALOG_UNAVAILABLE, CATALOG_CONFLICT
 */
export async function moveCut(
  views: Pick<CatalogViews, 'get' | 'update'>,
  database: string,
  { view, cut }: MoveCutRequest,
): Promise<MoveCutResult> {
  return await retryOnConflict(async () => {
    const found = await views.get(database, view);
    if (found === undefined) {
      throw new TickerlakeError('OBJECT_NOT_FOUND', `there is no view ${database}.${view}`, {
        coordinates: { database, view },
        hint: 'deploy the stack of queries, which creates it',
      });
    }
    const state = parseViewCut(found);
    const merged = mergeCuts(state.cut, cut);
    const isThere = JSON.stringify(merged) === JSON.stringify(mergeCuts(state.cut, []));
    if (isThere) return { view, result: 'unchanged', cut: merged };
    const rendered = renderView({ database, viewName: view, cut: merged, hasHistory: true });
    await views.update(database, rendered, found.versionId);
    return { view, result: 'moved', cut: merged };
  });
}
