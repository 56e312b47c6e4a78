/** The notebook for analysts, run from its first cell to its last, says what the lake holds; what is committed is what it shows. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ResultRow } from '../../cli/athena/result-csv.ts';
import { queryRows, withoutHead } from '../../cli/athena/result-rows.ts';
import { logIdOf } from '../../cli/lake/connection.ts';
import { databaseName, workgroupName } from '../../core/names.ts';
import { TestFolders } from '../helpers/local-lake.ts';
import {
  executeNotebook,
  NOTEBOOK,
  type Notebook,
  type NotebookCell,
  type NotebookLake,
  type NotebookOutput,
  readNotebook,
  startNotebookLake,
} from '../helpers/notebook-lake.ts';

const MAX_BYTES = 400_000;
const PLOTS = ['candles-plot', 'movers', 'correlation'];
const folders = new TestFolders();
let filled: NotebookLake;

beforeAll(async () => {
  filled = await startNotebookLake(folders, new AbortController().signal);
}, 180_000);

afterAll(async () => {
  await (filled as NotebookLake | undefined)?.stop();
  folders.remove();
}, 60_000);

const joined = (text: string | readonly string[] | undefined): string => [text ?? []].flat().join('');

const codeCells = ({ cells }: Notebook): readonly NotebookCell[] =>
  cells.filter(({ cell_type: type }) => type === 'code');

const outputsOf = (notebook: Notebook, id: string): readonly NotebookOutput[] =>
  notebook.cells.find((cell) => cell.id === id)?.outputs ?? [];

const shown = (notebook: Notebook, id: string): string =>
  outputsOf(notebook, id)
    .map(({ text, data }) => joined(text ?? data?.['text/plain']))
    .join('');

const plots = (notebook: Notebook): readonly string[] =>
  codeCells(notebook)
    .filter(({ outputs }) => outputs?.some(({ data }) => joined(data?.['image/png']).startsWith('iVBOR')))
    .map(({ id }) => id);

async function run(env: Readonly<Record<string, string>> = {}): Promise<Notebook> {
  const to = join(folders.create('executed'), 'quotes.ipynb');
  const { code, stderr } = await executeNotebook(to, folders, { TICKERLAKE_HOME: filled.home, ...env });
  if (code !== 0) throw new Error(stderr);
  return readNotebook(to);
}

/** The one row that the AWS SDK gets from the same lake. */
async function asked(sql: string): Promise<ResultRow> {
  const { athena, s3 } = filled.clients;
  const request = { sql, database: databaseName('dev'), workgroup: workgroupName('dev', 'analysts') };
  const rows: ResultRow[] = [];
  for await (const batch of withoutHead(queryRows(athena, s3, request))) rows.push(...batch);
  expect(rows).toHaveLength(1);
  return rows[0] ?? [];
}

describe.each(['pandas', 'polars'])('with %s', (frame) => {
  let notebook: Notebook;
  beforeAll(async () => {
    notebook = await run({ TICKERLAKE_FRAME: frame });
  }, 180_000);

  test('every cell runs, in order, and warns of nothing', () => {
    const cells = codeCells(notebook);
    expect(cells.map((cell) => cell.execution_count)).toEqual(cells.map((_, index) => index + 1));
    const outputs = cells.flatMap((cell) => cell.outputs ?? []);
    expect(outputs.filter(({ output_type: type, name }) => type === 'error' || name === 'stderr')).toEqual(
      [],
    );
  });

  test('candles, movers and correlations are drawn', () => {
    expect(plots(notebook)).toEqual(PLOTS);
  });

  test('it counts the quotes, days and symbols that the AWS API counts', async () => {
    const [quotes, days, symbols, last] = await asked(
      'SELECT count(*), count(DISTINCT dt), count(DISTINCT symbol), max(dt) FROM quotes',
    );
    expect(Number(quotes)).toBeGreaterThan(9000);
    expect(shown(notebook, 'days')).toContain(
      `${Number(quotes).toLocaleString('en')} quotes on ${String(days)} days, the last ${String(last)}`,
    );
    expect(shown(notebook, 'days')).toMatch(new RegExp(`2026-11-20\\D+4692\\D+${String(symbols)}\\D`));
    const [records, rules] = await asked(
      `SELECT count(*), count(DISTINCT code) FROM quotes_quarantine WHERE log_id = '${logIdOf(filled.lake)}'`,
    );
    expect(shown(notebook, 'quarantine')).toContain(
      `${String(records)} records in quarantine, by ${String(rules)} rules`,
    );
  }, 60_000);

  test('its correlation is that of the saved query', () => {
    const said = shown(notebook, 'strongest');
    const strongest = /^strongest: (\w+) with (\w+), (-?0\.\d{4})$/m.exec(said)?.slice(1) ?? [];
    expect(strongest).toHaveLength(3);
    const [first, second, correlation] = strongest;
    expect(said).toMatch(new RegExp(`${first}\\W+${second}\\W+390\\D+?${Number(correlation)}(?!\\d)`));
  });
});

describe('what is committed', () => {
  const committed = readNotebook(NOTEBOOK);

  test('shows what the same quotes show now', async () => {
    const notebook = await run();
    const texts = ({ id, source, outputs, execution_count: count }: NotebookCell) => ({
      id,
      count,
      source: joined(source),
      outputs: outputs?.map(({ output_type: type, name, text, data }) => ({
        ...{ type, name, text: joined(text), kinds: Object.keys(data ?? {}) },
        ...{ plain: joined(data?.['text/plain']), html: joined(data?.['text/html']) },
      })),
    });
    expect(committed.cells.map(texts)).toEqual(notebook.cells.map(texts));
  }, 180_000);

  test('has its plots, and is small', () => {
    expect(plots(committed)).toEqual(PLOTS);
    expect(statSync(NOTEBOOK).size).toBeLessThan(MAX_BYTES);
  });
});

test('where no lake runs, the first cell says what to do', async () => {
  const to = join(folders.create('executed'), 'quotes.ipynb');
  const { code, stderr } = await executeNotebook(to, folders, { TICKERLAKE_HOME: folders.create('empty') });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^RuntimeError: no lake is running — try: npm run up$/m);
  expect(stderr).toContain('command = [root / "node_modules/.bin/node"');
}, 120_000);
