/** https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCsvRows, renderCsvRow } from '../../../local/gateway/athena/result-csv.ts';
import { renderMetadata } from '../../../local/gateway/athena/result-metadata.ts';
import { columnInfo, columnInfos } from '../../../local/gateway/athena/result-set.ts';
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
  ['timestamp(3) with time zone', 'timestamp with time zone', 3, 0, false],
  ['time(3)', 'time', 3, 0, false],
  ['varbinary', 'varbinary', 1073741824, 0, false],
  ['boolean', 'boolean', 0, 0, false],
  ['interval day to second', 'interval day to second', 0, 0, false],
  ['date', 'date', 0, 0, false],
  ['decimal(10,2)', 'decimal', 10, 2, false],
  ['array(varchar)', 'array', 0, 0, false],
  ['map(varchar, array(integer))', 'map', 0, 0, false],
  ['row(a integer)', 'row', 0, 0, false],
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

test('columns of SHOW and DESCRIBE are texts without a length', () => {
  const [column] = columnInfos([{ name: 'tab_name', type: 'varchar' }], {
    type: 'UTILITY',
    subtype: 'SHOW_TABLES',
  });
  expect(column).toMatchObject({ Name: 'tab_name', Type: 'string', Precision: 0, CaseSensitive: false });
});

/** Bytes as people found them in files of Athena, but for the query's id. */
test.each([
  ['rows', 'bigint', '22220a04686976652204726f77732a04726f77733206626967696e74381340004803' + '5000'],
  ['d', 'date', '22180a0468697665220164' + '2a01643204646174654000480350 00'.replace(' ', '')],
  ['b', 'boolean', '22190a04686976652201622a01623207626f6f6c65616e48035000'],
  ['a', 'array(varchar)', '22150a04686976652201612a0161320561727261794803'],
])('the file beside a result tells of column %s, %s', (name, type, hex) => {
  expect(renderMetadata('id', [columnInfo({ name, type })]).toString('hex')).toBe(`0a026964${hex}`);
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
      bucketOwner: undefined,
      isOwnedByBucket: false,
      scanCutoffBytes: 10_000_000,
      shown: {},
    });
  });

  test('others give way to it', () => {
    const all = groups({ ...own, EnforceWorkGroupConfiguration: false });
    expect(all.settingsFor(all.get('g'), { OutputLocation: 's3://mine/x/' }).outputLocation).toBe(
      's3://mine/x/',
    );
  });

  test('what the client leaves open is the workgroup’s', () => {
    const encryption = { EncryptionOption: 'SSE_S3' };
    const all = groups({
      ResultConfiguration: { ...own.ResultConfiguration, EncryptionConfiguration: encryption },
      EnforceWorkGroupConfiguration: false,
    });
    expect(all.settingsFor(all.get('g'), { OutputLocation: 's3://mine/' })).toMatchObject({
      outputLocation: 's3://mine/',
      encryption,
      shown: { EncryptionConfiguration: encryption },
    });
  });

  test('an update changes what it names and takes away what it says', () => {
    const all = groups({ ...own, BytesScannedCutoffPerQuery: 10_000_000 });
    all.update({
      WorkGroup: 'g',
      ConfigurationUpdates: {
        RemoveBytesScannedCutoffPerQuery: true,
        ResultConfigurationUpdates: { EncryptionConfiguration: { EncryptionOption: 'SSE_S3' } },
      },
    });
    expect(all.get('g').configuration).toEqual({
      EnforceWorkGroupConfiguration: true,
      ResultConfiguration: {
        OutputLocation: 's3://own/results',
        EncryptionConfiguration: { EncryptionOption: 'SSE_S3' },
      },
    });
  });

  test('an output location is a place in S3', () => {
    const all = groups({ EnforceWorkGroupConfiguration: false });
    expect(() => all.settingsFor(all.get('g'), { OutputLocation: 's3://' })).toThrow(
      'outputLocation is not a valid S3 path.',
    );
  });

  test('the primary workgroup stays', () => {
    expect(() => {
      new WorkGroups().delete('primary');
    }).toThrow('cannot be deleted');
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
