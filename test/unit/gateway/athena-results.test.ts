/** https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCsvRows, renderCsvRow } from '../../../local/gateway/athena/result-csv.ts';
import { columnInfo } from '../../../local/gateway/athena/result-set.ts';
import { WorkGroups } from '../../../local/gateway/athena/workgroups.ts';

describe('result files', () => {
  test('every value is quoted, NULL is nothing, quotes are doubled', () => {
    expect(renderCsvRow(['a', null, '', 'say "x"'])).toBe('"a",,"","say ""x"""\n');
  });

  test('any rows are read back as they were written', () => {
    const value = fc.option(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'é', ' ') }));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.infiniteStream(value),
        fc.nat(6),
        (width, values, height) => {
          const rows = Array.from({ length: height }, () => [...values.take(width)]);
          expect(parseCsvRows(rows.map(renderCsvRow).join(''))).toEqual(rows);
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_ColumnInfo.html */
test.each([
  ['varchar', 'varchar', 2147483647, 0, true],
  ['varchar(10)', 'varchar', 10, 0, true],
  ['double', 'double', 17, 0, false],
  ['real', 'float', 17, 0, false],
  ['bigint', 'bigint', 19, 0, false],
  ['timestamp(3)', 'timestamp', 3, 0, false],
  ['timestamp(3) with time zone', 'timestamp with time zone', 0, 0, false],
  ['date', 'date', 0, 0, false],
  ['decimal(10,2)', 'decimal', 10, 2, false],
  ['array(varchar)', 'array(varchar)', 0, 0, false],
])('a column of %s', (type, shown, precision, scale, caseSensitive) => {
  expect(columnInfo({ name: 'c', type })).toMatchObject({
    Name: 'c',
    Label: 'c',
    Type: shown,
    Precision: precision,
    Scale: scale,
    CaseSensitive: caseSensitive,
    Nullable: 'UNKNOWN',
  });
});

/** https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html */
describe('workgroup settings', () => {
  const groups = (configuration: object): WorkGroups => {
    const all = new WorkGroups();
    all.create({ Name: 'g', Configuration: configuration });
    return all;
  };
  const own = { ResultConfiguration: { OutputLocation: 's3://own/results' } };

  test('enforced ones override what the client asks for', () => {
    const all = groups({
      ...own,
      EnforceWorkGroupConfiguration: true,
      BytesScannedCutoffPerQuery: 10_000_000,
    });
    expect(all.settingsFor(all.get('g'), { OutputLocation: 's3://mine/' })).toEqual({
      outputLocation: 's3://own/results/',
      encryption: undefined,
      scanCutoffBytes: 10_000_000,
    });
  });

  test('others give way to it', () => {
    const all = groups({ ...own, EnforceWorkGroupConfiguration: false });
    expect(all.settingsFor(all.get('g'), { OutputLocation: 's3://mine/x/' }).outputLocation).toBe(
      's3://mine/x/',
    );
  });

  test('a query needs an output location', () => {
    const all = new WorkGroups();
    expect(() => all.settingsFor(all.get(), {})).toThrow(/No output location provided/);
  });

  test('a disabled workgroup runs nothing', () => {
    const all = groups(own);
    all.update({ WorkGroup: 'g', State: 'DISABLED' });
    expect(() => all.settingsFor(all.get('g'), {})).toThrow('WorkGroup g is disabled.');
  });

  test('a scan cutoff under 10 MB is refused', () => {
    expect(() => groups({ BytesScannedCutoffPerQuery: 9_999_999 })).toThrow(/below the minimum/);
  });
});
