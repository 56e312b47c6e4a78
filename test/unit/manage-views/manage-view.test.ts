import { beforeEach, describe, expect, test } from '@jest/globals';
import type { CatalogView, CatalogViews } from '../../../adapters/catalog-views.ts';
import { TickerlakeError } from '../../../core/errors.ts';
import { type CutTerm, parseViewCut, renderView, type ViewTableInput, viewSql } from '../../../core/view.ts';
import { putView, removeView } from '../../../lambdas/manage-views/manage-view.ts';
import { parseProperties } from '../../../lambdas/manage-views/properties.ts';

const name = { database: 'tickerlake_dev', view: 'quotes' };
const cut: CutTerm[] = [{ logId: 'a-1', partition: 0, offset: 99 }];

class FakeViews implements CatalogViews {
  view: ViewTableInput | undefined;
  version = 0;
  /** Called after each read: what somebody else does meanwhile. */
  meanwhile: () => void = () => undefined;

  put(view: ViewTableInput): void {
    this.view = view;
    this.version += 1;
  }

  async get(): Promise<CatalogView | undefined> {
    const found = this.view && {
      ViewOriginalText: this.view.ViewOriginalText,
      versionId: String(this.version),
    };
    this.meanwhile();
    return Promise.resolve(found);
  }

  async create(_database: string, view: ViewTableInput): Promise<void> {
    if (this.view !== undefined) throw new TickerlakeError('CATALOG_CONFLICT', 'exists');
    this.put(view);
    return Promise.resolve();
  }

  async update(_database: string, view: ViewTableInput, versionId: string | undefined): Promise<void> {
    if (versionId !== String(this.version)) throw new TickerlakeError('CATALOG_CONFLICT', 'version');
    this.put(view);
    return Promise.resolve();
  }

  async delete(): Promise<void> {
    this.view = undefined;
    return Promise.resolve();
  }
}

const withCut = (terms: readonly CutTerm[]): ViewTableInput =>
  renderView({ database: name.database, viewName: name.view, cut: terms, hasHistory: true });
/** As an older release rendered it. */
const older = (view: ViewTableInput): ViewTableInput => {
  const encoded = /^\/\* Presto View: (.+) \*\/$/.exec(view.ViewOriginalText)?.[1] ?? '';
  const json = Buffer.from(encoded, 'base64').toString().replaceAll('SELECT symbol, ', 'SELECT symbol,  ');
  return { ...view, ViewOriginalText: `/* Presto View: ${Buffer.from(json).toString('base64')} */` };
};

let views: FakeViews;

beforeEach(() => {
  views = new FakeViews();
});

describe('putting the view', () => {
  test('creates it over curated files alone', async () => {
    expect(await putView(views, name)).toBe('created');
    expect(parseViewCut(views.view ?? {})).toEqual({ cut: [], hasHistory: false });
  });

  test('again changes nothing', async () => {
    await putView(views, name);
    expect(await putView(views, name)).toBe('unchanged');
    expect(views.version).toBe(1);
  });

  test('keeps the cut through a deployment', async () => {
    views.put(older(withCut(cut)));
    expect(await putView(views, name)).toBe('updated');
    expect(views.view).toEqual(withCut(cut));
  });

  test('does not take back a cut that moves meanwhile', async () => {
    const moved = [{ logId: 'a-1', partition: 0, offset: 500 }];
    views.put(older(withCut(cut)));
    views.meanwhile = () => {
      views.meanwhile = () => undefined;
      views.put(older(withCut(moved)));
    };
    expect(await putView(views, name)).toBe('updated');
    expect(parseViewCut(views.view ?? {}).cut).toEqual(moved);
  });

  test('gives up when somebody else is always faster', async () => {
    views.put(older(withCut(cut)));
    views.meanwhile = () => {
      views.version += 1;
    };
    await expect(putView(views, name)).rejects.toMatchObject({ code: 'CATALOG_CONFLICT' });
  });

  test('refuses to replace what it cannot read', async () => {
    views.put({ ...withCut(cut), ViewOriginalText: 'SELECT 1' });
    await expect(putView(views, name)).rejects.toMatchObject({ code: 'VIEW_MALFORMED' });
  });
});

test('of a derived topic it shows each record once, and keeps its cut, too', async () => {
  const derived = { ...name, view: 'quotes_filtered' };
  expect(await putView(views, derived)).toBe('created');
  expect(viewSql(views.view?.ViewOriginalText)).toContain('WHERE copy = 1');
  const rendered = renderView({ database: name.database, viewName: derived.view, cut, hasHistory: true });
  views.put(older(rendered));
  expect(await putView(views, derived)).toBe('updated');
  expect(views.view).toEqual(rendered);
});

describe('removing the view', () => {
  test('removes one without history', async () => {
    await putView(views, name);
    expect(await removeView(views, name)).toBe('removed');
    expect(await removeView(views, name)).toBe('absent');
  });

  test('keeps one with history, for its cut is written nowhere else', async () => {
    views.put(withCut([]));
    expect(await removeView(views, name)).toBe('kept');
  });

  test('keeps one that is not ours', async () => {
    views.put({ ...withCut(cut), ViewOriginalText: 'SELECT 1' });
    expect(await removeView(views, name)).toBe('kept');
  });
});

describe('the properties', () => {
  test('name database and view', () => {
    expect(
      parseProperties({ ServiceToken: 'x', DatabaseName: 'tickerlake_dev', ViewName: 'quotes' }),
    ).toEqual(name);
  });

  test.each([
    [{}, 'DatabaseName'],
    [{ DatabaseName: 'a' }, 'ViewName'],
    [{ DatabaseName: 'a-b', ViewName: 'c' }, 'DatabaseName'],
  ])('of %j lack one, and it is named', (properties, missing) => {
    expect(() => parseProperties(properties)).toThrow(missing);
  });
});
