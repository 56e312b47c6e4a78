import { describe, expect, test } from '@jest/globals';
import { CURATED_COLUMNS } from '../../../core/quote.ts';
import { parseViewCut, renderView, viewSql } from '../../../core/view.ts';

const options = { database: 'tickerlake_dev', viewName: 'quotes' };
const cut = [
  { logId: 'b-1', partition: 0, offset: 7 },
  { logId: 'a-1', partition: 2, offset: 0 },
  { logId: 'a-1', partition: 10, offset: 123_456_789 },
];

describe('the view', () => {
  test('reads curated files alone until there is history', () => {
    const { ViewOriginalText } = renderView({ ...options, cut: [], hasHistory: false });
    const sql = viewSql(ViewOriginalText);
    expect(sql).toContain('FROM "awsdatacatalog"."tickerlake_dev"."quotes_curated"');
    expect(sql).not.toContain('quotes_history');
  });

  test('reads history up to the cut and curated files above it, with the same condition', () => {
    const sql = viewSql(renderView({ ...options, cut, hasHistory: true }).ViewOriginalText);
    const [history, curated] = sql.split(' UNION ALL ');
    const condition = /WHERE (.+)$/.exec(history ?? '')?.[1];
    expect(condition).toContain("(log_id = 'a-1' AND kafka_partition = 2 AND kafka_offset <= 0)");
    expect(curated).toContain(`WHERE NOT (${condition ?? ''})`);
  });

  test('of history without a cut shows all that is curated', () => {
    const sql = viewSql(renderView({ ...options, cut: [], hasHistory: true }).ViewOriginalText);
    expect(sql).toMatch(/quotes_history" WHERE false UNION ALL .+ WHERE NOT \(false\)$/);
  });

  test('lists its columns in both branches, dt included, and casts times alike', () => {
    const view = renderView({ ...options, cut, hasHistory: true });
    const branches = viewSql(view.ViewOriginalText)
      .split(' UNION ALL ')
      .map((branch) => /^SELECT (.+) FROM /.exec(branch)?.[1]);
    expect(branches[0]).toBe(branches[1]);
    expect(branches[0]).toMatch(/CAST\(event_time AS timestamp\(3\)\) AS event_time.*, dt$/);
    expect(view.StorageDescriptor.Columns.map(({ Name }) => Name)).toEqual([
      ...CURATED_COLUMNS.map(({ name }) => name),
      'dt',
    ]);
  });

  test('is an Athena view: base64 JSON with Presto types', () => {
    const view = renderView({ ...options, cut: [], hasHistory: false });
    expect(view).toMatchObject({
      Name: 'quotes',
      TableType: 'VIRTUAL_VIEW',
      Parameters: { presto_view: 'true', comment: 'Presto View' },
      ViewExpandedText: '/* Presto View */',
    });
    const encoded = /^\/\* Presto View: (.+) \*\/$/.exec(view.ViewOriginalText)?.[1] ?? '';
    expect(JSON.parse(Buffer.from(encoded, 'base64').toString())).toMatchObject({
      catalog: 'awsdatacatalog',
      schema: 'tickerlake_dev',
      columns: expect.arrayContaining([
        { name: 'kafka_offset', type: 'bigint' },
        { name: 'event_time', type: 'timestamp(3)' },
        { name: 'trading_date', type: 'date' },
      ]) as unknown,
    });
  });

  // Trino's Glue catalog reads a Description as the table's comment, by which it tells a view.
  test('has no description, which would hide that it is a view', () => {
    expect(renderView({ ...options, cut: [], hasHistory: false })).not.toHaveProperty('Description');
  });

  test('is the same bytes for the same cut in any order', () => {
    const text = renderView({ ...options, cut, hasHistory: true }).ViewOriginalText;
    expect(renderView({ ...options, cut: [...cut].reverse(), hasHistory: true }).ViewOriginalText).toBe(text);
  });
});

describe('the view of a derived topic', () => {
  const derived = { ...options, viewName: 'quotes_filtered' };

  test('shows one row of those that repeat the same record', () => {
    const view = renderView({ ...derived, cut, hasHistory: true });
    const sql = viewSql(view.ViewOriginalText);
    const rows = viewSql(renderView({ ...options, cut, hasHistory: true }).ViewOriginalText);
    expect(sql).toContain(
      'row_number() OVER (PARTITION BY dt, source_log_id, source_partition, source_offset ORDER BY log_id, kafka_partition, kafka_offset) AS copy',
    );
    expect(sql).toMatch(/^SELECT symbol, .+, source_offset, dt FROM \(SELECT .+\)\) WHERE copy = 1$/);
    expect(sql).not.toContain('SELECT *');
    const asPlain = (text: string): string =>
      text
        .replaceAll('quotes_filtered_', 'quotes_')
        .replaceAll('source_log_id, source_partition, source_offset, ', '');
    expect(asPlain(sql)).toContain(rows);
    expect(view.StorageDescriptor.Columns.map(({ Name }) => Name).slice(-4)).toEqual([
      'source_log_id',
      'source_partition',
      'source_offset',
      'dt',
    ]);
  });

  test.each([
    ['none', [], false],
    ['an empty cut', [], true],
    ['a cut', cut, true],
  ])('gives its cut back: %s', (_, terms, hasHistory) => {
    const state = parseViewCut(renderView({ ...derived, cut: terms, hasHistory }));
    expect(state.hasHistory).toBe(hasHistory);
    expect(new Set(state.cut)).toEqual(new Set(terms));
  });
});

describe('the cut', () => {
  test.each([
    ['none', [], false],
    ['an empty one', [], true],
    ['some', cut, true],
  ])('is read back: %s', (_, terms, hasHistory) => {
    const state = parseViewCut(renderView({ ...options, cut: terms, hasHistory }));
    expect(state.hasHistory).toBe(hasHistory);
    expect(new Set(state.cut)).toEqual(new Set(terms));
  });

  test.each([
    undefined,
    '',
    'SELECT 1',
    '/* Presto View: !!! */',
    `/* Presto View: ${Buffer.from('{}').toString('base64')} */`,
  ])('is not read from %j', (text) => {
    expect(() => parseViewCut({ ViewOriginalText: text })).toThrow(
      expect.objectContaining({ code: 'VIEW_MALFORMED' }),
    );
  });

  test('takes no log id that could end its quotes', () => {
    expect(() =>
      renderView({ ...options, cut: [{ logId: "a' OR 'b", partition: 0, offset: 0 }], hasHistory: true }),
    ).toThrow(RangeError);
  });

  test('needs history', () => {
    expect(() => renderView({ ...options, cut, hasHistory: false })).toThrow(RangeError);
  });
});
