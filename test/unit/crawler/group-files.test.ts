import { describe, expect, test } from '@jest/globals';
import { parseS3Path } from '../../../local/crawler/crawl-s3.ts';
import type { CsvShape } from '../../../local/crawler/csv-classifier.ts';
import { crawledFiles } from '../../../local/crawler/file-table.ts';
import { compileGlob } from '../../../local/crawler/glob.ts';
import {
  type FileTable,
  type FoundFile,
  type Grouping,
  groupFiles,
} from '../../../local/crawler/group-files.ts';
import { planChanges, planPartitions } from '../../../local/crawler/update-catalog.ts';

const ALIKE: Grouping = { combineCompatibleSchemas: false, tableLevel: undefined };

function csv(names: readonly string[], changes: Partial<CsvShape> = {}): CsvShape {
  return {
    format: 'csv',
    delimiter: ',',
    quote: undefined,
    hasHeader: true,
    serde: 'LazySimpleSerDe',
    columns: names.map((name) => ({ name, type: 'bigint' })),
    rows: 2,
    ...changes,
  };
}
const file = (key: string, shape: FoundFile['shape'] = csv(['a', 'b'])): FoundFile => ({
  key,
  bytes: 10,
  shape,
});
const group = (root: string, files: readonly FoundFile[], grouping = ALIKE): readonly FileTable[] =>
  groupFiles('lake', root, files, grouping);

describe('files make', () => {
  test('one table of their folder', () => {
    const [table, ...others] = group('reference/listed/', [
      file('reference/listed/1.csv'),
      file('reference/listed/2.csv'),
    ]);
    expect(others).toEqual([]);
    expect(table).toMatchObject({ label: 'listed', location: 'reference/listed/', partitionKeys: [] });
  });

  test('a table each where one SerDe cannot read both', () => {
    const tables = group('listed/', [
      file('listed/1.csv'),
      file('listed/2.txt', csv(['a', 'b'], { delimiter: '|' })),
    ]);
    expect(tables.map(({ location }) => location)).toEqual(['listed/1.csv', 'listed/2.txt']);
  });

  test('partitions by the names that their folders give', () => {
    const [table] = group('sales/', [
      file('sales/year=2019/month=Jan/1.csv'),
      file('sales/year=2019/month=Feb/1.csv'),
    ]);
    expect(table?.partitionKeys).toEqual(['year', 'month']);
    expect(table?.partitions).toEqual([
      { values: ['2019', 'Feb'], folder: 'sales/year=2019/month=Feb/' },
      { values: ['2019', 'Jan'], folder: 'sales/year=2019/month=Jan/' },
    ]);
  });

  test('numbered partitions where folders give no name', () => {
    const [table] = group('folder1/', [
      file('folder1/table1/partition1/file.txt'),
      file('folder1/table2/partition4/file.txt'),
    ]);
    expect(table?.partitionKeys).toEqual(['partition_0', 'partition_1']);
    expect(table?.partitions[0]?.values).toEqual(['table1', 'partition1']);
  });

  test('a table for each folder whose columns are others, unless they are to be combined', () => {
    const files = [
      file('table1/year=2017/data1.csv', csv(['a', 'b'])),
      file('table1/year=2018/data2.csv', csv(['c', 'd'])),
    ];
    const names = (grouping: Grouping): string[] =>
      crawledFiles('lake', group('table1/', files, grouping), { crawlerName: 'c', tablePrefix: '' }).map(
        ({ table }) => table.Name,
      );
    expect(names(ALIKE)).toEqual(['year_2017', 'year_2018']);
    expect(names({ ...ALIKE, combineCompatibleSchemas: true })).toEqual(['table1']);
    const [combined] = group('table1/', files, { ...ALIKE, combineCompatibleSchemas: true });
    expect(combined?.columns.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a column of the type that holds both', () => {
    const [table] = group('t/', [
      file('t/1.csv', csv(['a', 'b'])),
      file(
        't/2.csv',
        csv([], {
          columns: [
            { name: 'a', type: 'double' },
            { name: 'b', type: 'string' },
          ],
        }),
      ),
    ]);
    expect(table?.columns).toEqual([
      { name: 'a', type: 'double' },
      { name: 'b', type: 'string' },
    ]);
  });

  test('tables at the level that is given, the bucket being the first', () => {
    const tables = group('', [file('data/one/x.csv'), file('data/two/x.csv')], { ...ALIKE, tableLevel: 3 });
    expect(tables.map(({ location }) => location)).toEqual(['data/one/', 'data/two/']);
  });

  test('one table at the level that is given, of the form that most of them have', () => {
    const pipe = csv(['a', 'b'], { delimiter: '|' });
    const files = [file('x/t/1.csv'), file('x/t/2.csv', pipe), file('x/t/3.csv', pipe)];
    const [table, ...others] = group('x/t/', files, { ...ALIKE, tableLevel: 3 });
    expect(others).toEqual([]);
    expect(table).toMatchObject({
      location: 'x/t/',
      shape: { delimiter: '|' },
      unreadable: [{ key: 'x/t/1.csv' }],
    });
    expect(table?.files).toHaveLength(2);
  });

  test('nothing of files that nobody looked into', () => {
    expect(group('t/', [{ ...file('t/1.csv'), shape: undefined }])).toEqual([]);
  });
});

describe('a table of files', () => {
  const write = (tables: readonly FileTable[]): ReturnType<typeof crawledFiles> =>
    crawledFiles('lake', tables, { crawlerName: 'listing', tablePrefix: 'reference_' });

  test('is written as crawlers write it', () => {
    const shape = csv(['symbol', 'name'], { quote: '"', serde: 'OpenCSVSerDe' });
    const [written] = write(
      group('reference/nasdaq_listed/', [file('reference/nasdaq_listed/1.csv', shape)]),
    );
    expect(written?.table).toMatchObject({
      Name: 'reference_nasdaq_listed',
      Parameters: {
        classification: 'csv',
        delimiter: ',',
        areColumnsQuoted: 'true',
        'skip.header.line.count': '1',
        objectCount: '1',
        sizeKey: '10',
        UPDATED_BY_CRAWLER: 'listing',
      },
      StorageDescriptor: {
        Location: 's3://lake/reference/nasdaq_listed/',
        SerdeInfo: {
          SerializationLibrary: 'org.apache.hadoop.hive.serde2.OpenCSVSerde',
          Parameters: { separatorChar: ',', quoteChar: '"' },
        },
      },
    });
  });

  test('has a hash behind its name where another has that', () => {
    const tables = group('', [file('x/same/1.csv'), file('y/same/1.csv')], { ...ALIKE, tableLevel: 3 });
    const names = write(tables).map(({ table }) => table.Name);
    expect(names[0]).toBe('reference_same');
    expect(names[1]).toMatch(/^reference_same_[0-9a-f]{32}$/);
  });
});

describe('the catalog', () => {
  const tables = group('t/', [file('t/dt=1/1.csv'), file('t/dt=2/1.csv')]);
  const [found] = crawledFiles('lake', tables, { crawlerName: 'c', tablePrefix: '' });
  if (found === undefined) throw new Error('no table was found');
  const LOG = { update: 'LOG', remove: 'LOG' } as const;
  const UPDATE = { update: 'UPDATE_IN_DATABASE', remove: 'LOG' } as const;

  test('is told of more files, though a policy of LOG does not call that a change', () => {
    const grown = { ...found.table, Parameters: { ...found.table.Parameters, objectCount: '3' } };
    const kinds = (policy: typeof LOG | typeof UPDATE): string[] =>
      planChanges('c', [grown], [found.table], policy).map(({ kind }) => kind);
    expect(kinds(UPDATE)).toEqual(['update']);
    expect(kinds(LOG)).toEqual([]);
  });

  test('gets new partitions whatever the policy, and changed ones where it may', () => {
    const [one, two] = found.partitions;
    if (one === undefined || two === undefined) throw new Error('two partitions were not found');
    const other = { ...one, StorageDescriptor: { ...one.StorageDescriptor, Location: 's3://elsewhere/' } };
    const gone = { Values: ['3'] };
    expect(planPartitions(found.partitions, [other, gone], LOG)).toEqual({
      added: [two],
      changed: [],
      gone: [gone],
    });
    expect(planPartitions(found.partitions, [other], UPDATE)).toMatchObject({
      added: [two],
      changed: [one],
      gone: [],
    });
    expect(planPartitions(found.partitions, [one, two], UPDATE)).toEqual({
      added: [],
      changed: [],
      gone: [],
    });
  });
});

test.each([
  ['*.tmp', 'a.tmp', true],
  ['*.tmp', 'folder/a.tmp', false],
  ['**.tmp', 'folder/a.tmp', true],
  ['old/**', 'old/a/b.csv', true],
  ['?.csv', 'a.csv', true],
  ['[a-c].csv', 'b.csv', true],
  ['[!a-c].csv', 'b.csv', false],
  ['*.{tmp,bak}', 'a.bak', true],
  [String.raw`\*.csv`, '*.csv', true],
  [String.raw`\*.csv`, 'a.csv', false],
  ['a.csv', 'abcsv', false],
])('exclusion %s of %s: %s', (glob, key, isExcluded) => {
  expect(compileGlob(glob).test(key)).toBe(isExcluded);
});

test.each(['[a.csv', '{a,b'])('exclusion %s is an error', (glob) => {
  expect(() => compileGlob(glob)).toThrow(/without its/);
});

test.each([
  ['s3://lake/reference/listed/', { bucket: 'lake', prefix: 'reference/listed/' }],
  ['s3://lake/reference/listed', { bucket: 'lake', prefix: 'reference/listed/' }],
  ['s3://lake', { bucket: 'lake', prefix: '' }],
  ['lake/reference', undefined],
])('%s is a target', (path, place) => {
  expect(parseS3Path(path)).toEqual(place);
});
