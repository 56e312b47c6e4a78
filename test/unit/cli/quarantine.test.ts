import { beforeEach, describe, expect, test } from '@jest/globals';
import { decodeValue, hexDump } from '../../../cli/quarantine/describe-value.ts';
import { printQuarantine } from '../../../cli/quarantine/list-quarantine.ts';
import { parseQuarantined, readQuarantined } from '../../../cli/quarantine/quarantined-record.ts';
import { findQuarantined, printRecord } from '../../../cli/quarantine/show-record.ts';
import { encodeQuote, QUOTE_SCHEMA_TEXT } from '../../../core/codec.ts';
import { quarantineKey } from '../../../core/layout.ts';
import { encodeFrame } from '../../../core/wire.ts';
import { makeQuote, SCHEMA_ID } from '../../helpers/records.ts';
import { chainObject, ScriptedLake, TOPIC } from './scripted-lake.ts';
import { recordTerminal } from './terminal-double.ts';

let lake: ScriptedLake;
beforeEach(async () => {
  lake = new ScriptedLake();
  await lake.curate({
    object: chainObject(1, 0),
    records: [{ offset: 4, code: 'price_invalid' }, { offset: 2, code: 'schema_unknown' }, { offset: 5 }],
  });
  await lake.curate({ object: chainObject(0, 0), records: [{ offset: 3, code: 'price_invalid' }] });
});

const places = async (filter: Parameters<typeof readQuarantined>[2]): Promise<string[]> =>
  (await readQuarantined(lake.raw, TOPIC, filter)).map(({ partition, offset }) => `${partition}:${offset}`);

describe('readQuarantined', () => {
  test('gives every record, oldest first whatever its partition', async () => {
    expect(await places({})).toEqual(['1:2', '0:3', '1:4']);
  });

  test.each([
    [{ codes: ['price_invalid'] as const }, ['0:3', '1:4']],
    [{ partition: 1 }, ['1:2', '1:4']],
    [{ partition: 1, offset: 4 }, ['1:4']],
    [{ logId: 'another' }, []],
    [{ sinceMs: Date.parse('2026-11-20T14:30:00.003Z') }, ['0:3', '1:4']],
  ])('only those of %j', async (filter, expected) => {
    expect(await places(filter)).toEqual(expected);
  });

  test('an object that is no quarantined record is an error that names it', () => {
    const key = quarantineKey(chainObject(1, 0), 4);
    for (const text of ['', 'null', '{"code":"made_up","reason":"","raw_key":"","headers":[]}']) {
      expect(() => parseQuarantined(key, text)).toThrow(
        expect.objectContaining({ code: 'RAW_OBJECT_MALFORMED', coordinates: { key } }),
      );
    }
  });
});

describe('printQuarantine', () => {
  test('shows the newest, says how many are older, and counts all by code', async () => {
    const { terminal, out } = recordTerminal();
    printQuarantine(terminal, await readQuarantined(lake.raw, TOPIC, {}), 2);
    expect(
      out()
        .split('\n')
        .map((line) => line.trimEnd()),
    ).toEqual([
      expect.stringMatching(/^partition +offset +record time \(UTC\) +code +reason$/),
      expect.stringMatching(/^─/),
      expect.stringMatching(/^ +0 +3 +2026-11-20 14:30:00.003 +price_invalid +a price is/),
      expect.stringMatching(/^ +1 +4 +2026-11-20 14:30:00.004 +price_invalid +a price is/),
      '… and 1 older: --limit 3',
      '',
      expect.stringMatching(/^code +records$/),
      expect.stringMatching(/^─/),
      expect.stringMatching(/^price_invalid +2$/),
      expect.stringMatching(/^schema_unknown +1$/),
      '',
    ]);
  });

  test('names the log where there are two', async () => {
    const other = chainObject(1, 0, 'log-2');
    await lake.curate({ object: other, records: [{ offset: 9, code: 'symbol_empty' }] });
    const { terminal, out } = recordTerminal();
    printQuarantine(terminal, await readQuarantined(lake.raw, TOPIC, {}), 50);
    expect(out()).toMatch(/^log +partition/);
    expect(out()).toMatch(/^log-2 +1 +9 /m);
  });

  test('says so when there is nothing', () => {
    const { terminal, out } = recordTerminal();
    printQuarantine(terminal, [], 50);
    expect(out()).toBe('nothing is quarantined that matches\n');
  });
});

describe('decodeValue goes as far as the bytes do', () => {
  const schemas = new Map([[SCHEMA_ID, QUOTE_SCHEMA_TEXT]]);
  const body = encodeQuote(makeQuote({ latestPrice: -1 }));
  test('to the quote that breaks a rule', () => {
    expect(decodeValue(encodeFrame(SCHEMA_ID, body), schemas)).toMatchObject({
      schemaVersionId: SCHEMA_ID,
      isSchemaKnown: true,
      bodyBytes: body.length,
      quote: { symbol: 'AAPL', latestPrice: -1 },
    });
  });

  test('to the schema id, where nobody knows it', () => {
    const decoded = decodeValue(encodeFrame(SCHEMA_ID, body), new Map());
    expect(decoded).toMatchObject({ schemaVersionId: SCHEMA_ID, isSchemaKnown: false });
    expect(decoded.stoppedBy).toMatch(/no version/);
  });

  test('to the body, where it is cut short', () => {
    const decoded = decodeValue(encodeFrame(SCHEMA_ID, body.subarray(0, 5)), schemas);
    expect(decoded).toMatchObject({ bodyBytes: 5, stoppedBy: expect.stringMatching(/^body_undecodable: /) });
    expect(decoded.quote).toBeUndefined();
  });

  test('not at all, where it is not framed or not there', () => {
    expect(decodeValue(Buffer.from('{}'), schemas)).toEqual({
      stoppedBy: 'not in the wire format: 2 bytes are too few for a header of 18',
    });
    expect(decodeValue(null, schemas)).toEqual({ stoppedBy: 'it has no value: a tombstone' });
  });
});

test('a hex dump has 16 bytes a line, where they are, and what is printable of them', () => {
  expect(hexDump(Buffer.from('0123456789abcdef\u0001é'))).toEqual([
    '00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66 |0123456789abcdef|',
    '00000010  01 c3 a9                                         |...|',
  ]);
});

describe('printRecord', () => {
  const record = {
    ...chainObject(1, 0),
    offset: 4,
    timestamp: '2026-11-20 14:30:00.004',
    code: 'framing_undecodable',
    reason: 'not framed',
    schemaVersionId: null,
    key: null,
    value: Buffer.alloc(600, 'v'),
    headers: [{ name: 'trace\u001b[2J', value: Buffer.from('x') }],
    rawKey: 'quotes/raw.avro',
    curationVersion: 1,
  } as const;

  test('shows the first 512 bytes and how to see the rest, and no control characters', () => {
    const { terminal, out } = recordTerminal();
    printRecord(terminal, record, { stoppedBy: 'not framed' }, false);
    expect(out()).toContain('record          quotes 1:4, log log-1');
    expect(out()).toContain('raw object      quotes/raw.avro');
    expect(out()).toContain('… 88 bytes more: --all, or --raw <file>');
    expect(out()).toContain('key none');
    expect(out()).not.toContain('\u001b');
  });

  test('shows all bytes when asked', () => {
    const { terminal, out } = recordTerminal();
    printRecord(terminal, record, { stoppedBy: 'not framed' }, true);
    expect(out()).toContain('00000250  ');
    expect(out()).not.toContain('bytes more');
  });
});

describe('a record that is not quarantined', () => {
  const find = (offset: number): Promise<unknown> =>
    findQuarantined(
      {
        raw: lake.raw,
        lake: lake.lake,
        schemas: { load: () => Promise.resolve(new Map()) },
        landFunction: 'land-quotes',
        position: () => Promise.resolve({ startOffset: 0, endOffset: 100, committed: 100 }),
        dayLocation: () => Promise.resolve(undefined),
        expectedLocation: () => '',
      },
      chainObject(2, 0),
      offset,
    );

  test('is an error that says where it is, with the next thing to try', async () => {
    await expect(find(7)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(
        /^record 2:7 is not quarantined: it is not landed; last seen in the topic/,
      ),
      hint: expect.stringContaining('tickerlake quarantine list'),
    });
  });
});
