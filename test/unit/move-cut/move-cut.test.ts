import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CatalogView } from '../../../adapters/catalog-views.ts';
import { mergeCuts, parseMoveCutRequest } from '../../../core/cut.ts';
import { TickerlakeError } from '../../../core/errors.ts';
import { type CutTerm, parseViewCut, renderView, type ViewTableInput, viewSql } from '../../../core/view.ts';
import { putView } from '../../../lambdas/manage-views/manage-view.ts';
import { loadConfig } from '../../../lambdas/move-cut/config.ts';
import { moveCut } from '../../../lambdas/move-cut/move-cut.ts';

const database = 'tickerlake_dev';

/** The catalog's guard: an update names the version that it replaces. */
class Views {
  readonly views = new Map<string, ViewTableInput>();
  version = 1;
  meanwhile: () => void = () => undefined;

  async get(_database: string, name: string): Promise<CatalogView | undefined> {
    const found = this.views.get(name);
    const read = found && { ViewOriginalText: found.ViewOriginalText, versionId: String(this.version) };
    this.meanwhile();
    return Promise.resolve(read);
  }

  async create(_database: string, view: ViewTableInput): Promise<void> {
    return this.update(_database, view, String(this.version));
  }

  async update(_database: string, view: ViewTableInput, versionId: string | undefined): Promise<void> {
    if (versionId !== String(this.version)) throw new TickerlakeError('CATALOG_CONFLICT', 'version');
    this.views.set(view.Name, view);
    this.version += 1;
    return Promise.resolve();
  }

  async delete(): Promise<void> {
    return Promise.reject(new Error('nobody deletes'));
  }
}

let views: Views;

beforeEach(async () => {
  views = new Views();
  await putView(views, { database, view: 'quotes' });
});

const cutOf = (view = 'quotes') => parseViewCut(views.views.get(view) ?? {});
const term = (partition: number, offset: number, logId = 'a-1'): CutTerm => ({ logId, partition, offset });

describe('moving the cut', () => {
  test('states what history holds, and reads history from then on', async () => {
    const result = await moveCut(views, database, { view: 'quotes', cut: [term(1, 5), term(0, 9)] });
    expect(result).toEqual({ view: 'quotes', result: 'moved', cut: [term(0, 9), term(1, 5)] });
    expect(cutOf()).toEqual({ hasHistory: true, cut: [term(0, 9), term(1, 5)] });
  });

  test('never lowers a term, and keeps those that it is not told of', async () => {
    await moveCut(views, database, { view: 'quotes', cut: [term(0, 9), term(1, 5), term(0, 3, 'b-2')] });
    const { cut } = await moveCut(views, database, { view: 'quotes', cut: [term(0, 4), term(1, 7)] });
    expect(cut).toEqual([term(0, 9), term(1, 7), term(0, 3, 'b-2')]);
    expect(cutOf().cut).toEqual(cut);
  });

  test('to where it is writes nothing', async () => {
    await moveCut(views, database, { view: 'quotes', cut: [term(0, 9)] });
    const { version } = views;
    const again = await moveCut(views, database, { view: 'quotes', cut: [term(0, 9)] });
    expect(again).toMatchObject({ result: 'unchanged', cut: [term(0, 9)] });
    expect(views.version).toBe(version);
  });

  test('by an empty cut tells the cut, and does not make the view read history that is not there', async () => {
    expect(await moveCut(views, database, { view: 'quotes', cut: [] })).toMatchObject({ cut: [] });
    expect(cutOf().hasHistory).toBe(false);
  });

  test('starts over when somebody else moves it meanwhile', async () => {
    views.meanwhile = () => {
      views.meanwhile = () => undefined;
      views.views.set(
        'quotes',
        renderView({ database, viewName: 'quotes', cut: [term(0, 50)], hasHistory: true }),
      );
      views.version += 1;
    };
    await moveCut(views, database, { view: 'quotes', cut: [term(0, 9), term(1, 2)] });
    expect(cutOf().cut).toEqual([term(0, 50), term(1, 2)]);
  });

  test('gives up when somebody else is always faster', async () => {
    views.meanwhile = () => {
      views.version += 1;
    };
    const moved = moveCut(views, database, { view: 'quotes', cut: [term(0, 9)] });
    await expect(moved).rejects.toMatchObject({ code: 'CATALOG_CONFLICT' });
  });

  test('of a view that is not there names the stack that creates it', async () => {
    const moved = moveCut(views, database, { view: 'quotes_filtered', cut: [term(0, 9)] });
    await expect(moved).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
      hint: expect.stringContaining('deploy'),
    });
  });

  test('of a derived topic keeps its view to one row an identity', async () => {
    await putView(views, { database, view: 'quotes_filtered' });
    await moveCut(views, database, { view: 'quotes_filtered', cut: [term(0, 9)] });
    expect(viewSql(views.views.get('quotes_filtered')?.ViewOriginalText)).toContain('WHERE copy = 1');
    expect(cutOf('quotes_filtered').cut).toEqual([term(0, 9)]);
  });

  test('is kept by a deployment that follows', async () => {
    await moveCut(views, database, { view: 'quotes', cut: [term(0, 9)] });
    const moved = views.views.get('quotes');
    expect(await putView(views, { database, view: 'quotes' })).toBe('unchanged');
    // As a newer release would render it: other text, the same cut.
    const older = { ...renderView({ database: 'older', viewName: 'quotes', ...cutOf() }), Name: 'quotes' };
    views.views.set('quotes', older);
    expect(await putView(views, { database, view: 'quotes' })).toBe('updated');
    expect(views.views.get('quotes')).toEqual(moved);
  });
});

test('merging cuts gives the highest offset of each log and partition, in any order', () => {
  const cuts = fc.array(
    fc.record({
      logId: fc.constantFrom('a-1', 'b-2'),
      partition: fc.nat({ max: 3 }),
      offset: fc.nat({ max: 20 }),
    }),
  );
  fc.assert(
    fc.property(cuts, cuts, (a, b) => {
      const merged = mergeCuts(a, b);
      expect(mergeCuts(b, a)).toEqual(merged);
      expect(mergeCuts(merged, a)).toEqual(merged);
      for (const { logId, partition, offset } of [...a, ...b]) {
        const found = merged.filter((other) => other.logId === logId && other.partition === partition);
        expect(found).toHaveLength(1);
        expect(found[0]?.offset).toBeGreaterThanOrEqual(offset);
        expect([...a, ...b]).toContainEqual(found[0]);
      }
    }),
  );
});

describe('the request', () => {
  test('names view and cut', () => {
    const request = { view: 'quotes_filtered', cut: [term(0, 9)] };
    expect(parseMoveCutRequest({ ...request, more: 1 })).toEqual(request);
  });

  test.each([
    [undefined, 'view'],
    [{ view: 'nasdaq_listed', cut: [] }, 'view'],
    [{ view: 'quotes' }, 'cut'],
    [{ view: 'quotes', cut: [null] }, 'cut[0].logId'],
    [{ view: 'quotes', cut: [term(0, 1), term(0, 1, "a' OR true")] }, 'cut[1].logId'],
    [{ view: 'quotes', cut: [term(-1, 1)] }, 'cut[0].partition'],
    [{ view: 'quotes', cut: [{ ...term(0, 1), offset: '7' }] }, 'cut[0].offset'],
  ])('%j is refused, and what is wrong named', (event, named) => {
    expect(() => parseMoveCutRequest(event)).toThrow(named);
  });
});

test('without a database the function does not start', () => {
  expect(() => loadConfig({})).toThrow('DATABASE_NAME');
  expect(loadConfig({ DATABASE_NAME: database })).toEqual({ database });
});
