/** The export for Superset draws what the saved queries of sql/ answer, in their very words, and holds no secret. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseNamedQuery } from '../../../core/named-query.ts';
import { databaseName, workgroupName } from '../../../core/names.ts';

const ROOT = join(import.meta.dirname, '../../..');
const EXPORT = join(ROOT, 'integrations/superset/export');
const read = (file: string): string => readFileSync(join(EXPORT, file), 'utf8');
const files = globSync('**/*.yaml', { cwd: EXPORT }).sort();
const datasets = files.filter((file) => file.startsWith('datasets/'));

/** The text of a block scalar at the top of a document, without its indent. */
function block(document: string, key: string): string | undefined {
  const lines = new RegExp(`^${key}: \\|-\\n((?: {2}.*\\n|\\n)+)`, 'm').exec(document)?.[1];
  return lines?.replaceAll(/^ {2}/gm, '').trimEnd();
}

const uuids = (document: string, key: string): string[] =>
  [...document.matchAll(new RegExp(`^\\s*${key}: ([0-9a-f-]{36})$`, 'gm'))].map(([, uuid = '']) => uuid);

describe.each(datasets.filter((file) => basename(file) !== 'quotes.yaml'))('%s', (file) => {
  const name = basename(file, '.yaml').replaceAll('_', '-');
  const query = parseNamedQuery(name, readFileSync(join(ROOT, `sql/queries/${name}.sql`), 'utf8'));

  test('asks what the saved query asks', () => {
    expect(block(read(file), 'sql')).toBe(query.sql.trimEnd());
  });

  test('has its columns, in order', () => {
    const columns = [...read(file).matchAll(/^- column_name: (\w+)$/gm)].map(([, column]) => column);
    expect(columns).toEqual(query.columns.map((column) => column.name));
  });
});

test('charts name data sets that are there, and the dashboard every chart', () => {
  const ofDatasets = datasets.flatMap((file) => uuids(read(file), 'uuid'));
  const charts = files.filter((file) => file.startsWith('charts/')).map(read);
  for (const chart of charts) expect(ofDatasets).toContain(uuids(chart, 'dataset_uuid')[0]);
  expect(uuids(read('dashboards/tickerlake.yaml'), 'uuid')).toEqual(
    expect.arrayContaining(charts.flatMap((chart) => uuids(chart, 'uuid'))),
  );
});

test('the database is the stage dev as dashboards may see it, and names no key', () => {
  const uri = /^sqlalchemy_uri: (.+)$/m.exec(read('databases/tickerlake.yaml'))?.[1] ?? '';
  const { username, password, pathname, searchParams } = new URL(uri);
  expect({ username, password, pathname, workgroup: searchParams.get('work_group') }).toEqual({
    username: '',
    password: '',
    pathname: `/${databaseName('dev')}`,
    workgroup: workgroupName('dev', 'dashboards'),
  });
  for (const file of files) expect(read(file)).not.toMatch(/AKIA|ASIA|password: \S/);
});
