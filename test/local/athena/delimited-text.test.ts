/** CSV and other text files as a Glue crawler declares them, on the local engine. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AthenaLake } from '../../helpers/athena-lake.ts';

let lake: AthenaLake;
beforeAll(async () => {
  lake = await AthenaLake.start();
}, 60_000);
afterAll(async () => {
  await lake.stop();
});

const HEADER = { 'skip.header.line.count': '1' };

describe('OpenCSVSerde', () => {
  beforeAll(async () => {
    await lake.createTable('quoted', {
      columns: { symbol: 'string', name: 'string', lots: 'string' },
      keys: { day: 'string' },
      location: 's3://lake/quoted/',
      format: 'csv',
      properties: HEADER,
      serdeProperties: { separatorChar: ',', quoteChar: '"', escapeChar: '\\' },
    });
    const lines = [
      'Symbol,Security Name,Lot',
      'A,"Agilent, Inc.",100',
      'B,"The ""B"" Company",40',
      String.raw`C,"back\\slash and \"quote\"",10`,
      'D,,',
      'E',
      'F,many,1,more,and more',
      'GÉ,un"quoted, part"ly,5',
      'File Creation Time: 1120202609:30,,',
    ];
    await lake.put('quoted/day=1/a.csv', `${lines.join('\r\n')}\r\n`);
    await lake.put('quoted/day=2/b.csv', 'Symbol,Security Name,Lot\nZ,"Last",1');
    await lake.register('quoted', { 's3://lake/quoted/day=1/': ['1'], 's3://lake/quoted/day=2/': ['2'] });
  });

  test('reads fields in quotes, escapes, lines too short and too long; each file has its header', async () => {
    expect(await lake.rows('SELECT * FROM quoted ORDER BY day, symbol')).toEqual([
      ['A', 'Agilent, Inc.', '100', '1'],
      ['B', 'The "B" Company', '40', '1'],
      ['C', String.raw`back\slash and "quote"`, '10', '1'],
      ['D', '', '', '1'],
      ['E', null, null, '1'],
      ['F', 'many', '1', '1'],
      ['File Creation Time: 1120202609:30', '', '', '1'],
      ['GÉ', 'unquoted, partly', '5', '1'],
      ['Z', 'Last', '1', '2'],
    ]);
  });

  test('prunes by partition and counts the files’ bytes', async () => {
    const { rows, scannedBytes } = await lake.answer("SELECT symbol FROM quoted WHERE day = '2'");
    expect(rows).toEqual([['Z']]);
    expect(scannedBytes).toBe('Symbol,Security Name,Lot\nZ,"Last",1'.length);
  });

  test('takes dates as days and timestamps as milliseconds since 1970', async () => {
    await lake.createTable('typed_csv', {
      columns: { n: 'bigint', d: 'date', t: 'timestamp', b: 'boolean' },
      location: 's3://lake/typed_csv/',
      format: 'csv',
    });
    await lake.put('typed_csv/a.csv', '"5","18276","1579059880000","true"\n');
    expect(await lake.rows('SELECT * FROM typed_csv')).toEqual([
      ['5', '2020-01-15', '2020-01-15 03:44:40.000', 'true'],
    ]);
  });

  test('fails on a value that is none of its type, also an empty one', async () => {
    await lake.createTable('bad_csv', {
      columns: { s: 'string', n: 'bigint' },
      location: 's3://lake/bad_csv/',
      format: 'csv',
    });
    await lake.put('bad_csv/a.csv', '"a",""\n');
    expect(await lake.failure('SELECT n FROM bad_csv')).toBe(
      'HIVE_BAD_DATA: Error parsing field value \'\' for field 1: For input string: ""',
    );
    expect(await lake.rows('SELECT s FROM bad_csv')).toEqual([['a']]);
  });
});

describe('LazySimpleSerDe', () => {
  test('knows no quotes, takes \\N and what is no value of the type for NULL', async () => {
    await lake.createTable('piped', {
      columns: {
        symbol: 'string',
        name: 'string',
        lot: 'bigint',
        price: 'double',
        at: 'timestamp',
        day: 'date',
      },
      location: 's3://lake/piped/',
      format: 'text',
      properties: HEADER,
      serdeProperties: { 'field.delim': '|' },
    });
    await lake.put(
      'piped/a.txt',
      [
        'Symbol|Security Name|Round Lot|Price|At|Day',
        'A|"Agilent, Inc."|100|1.5|2026-11-20 14:30:00.5|2026-11-20',
        String.raw`B|\N|x||never|`,
        'File Creation Time: 1120202609:30|||||',
        '',
      ].join('\n'),
    );
    expect(await lake.rows('SELECT * FROM piped ORDER BY symbol')).toEqual([
      ['A', '"Agilent, Inc."', '100', '1.5', '2026-11-20 14:30:00.500', '2026-11-20'],
      ['B', null, null, null, null, null],
      ['File Creation Time: 1120202609:30', '', null, null, null, null],
    ]);
  });

  test.each([
    ['\t', 'a\tb'],
    [String.raw`\t`, 'a\tb'],
    [String.raw`\u0001`, 'a\u0001b'],
    [';', 'a;b'],
  ])('is told its separator as %j', async (separator, line) => {
    const name = `separated_${Buffer.from(separator).toString('hex')}`;
    await lake.createTable(name, {
      columns: { x: 'string', y: 'string' },
      location: `s3://lake/${name}/`,
      format: 'text',
      serdeProperties: { 'field.delim': separator },
    });
    await lake.put(`${name}/a.txt`, `${line}\n`);
    expect(await lake.rows(`SELECT * FROM ${name}`)).toEqual([['a', 'b']]);
  });

  test('with escapes is refused, and so is a header of no number of lines', async () => {
    const columns = { x: 'string' };
    await lake.createTable('escaped', {
      columns,
      location: 's3://lake/e/',
      format: 'text',
      serdeProperties: { 'escape.delim': '\\' },
    });
    await lake.createTable('headed', {
      columns,
      location: 's3://lake/e/',
      format: 'text',
      properties: { 'skip.header.line.count': 'one' },
    });
    expect(await lake.failure('SELECT * FROM escaped')).toMatch(/^NOT_SUPPORTED: escaped has escape\.delim/);
    expect(await lake.failure('SELECT * FROM headed')).toMatch(
      /^HIVE_INVALID_METADATA: skip\.header\.line\.count of headed/,
    );
  });
});
