import { describe, expect, test } from '@jest/globals';
import { formatCurationRequest, parseCurationSelection } from '../../../core/curation-request.ts';

describe('a selection', () => {
  test.each([
    [{ action: 'sweep' }],
    [{ action: 'sweep', minimumAgeSeconds: 0 }],
    [{ action: 'redrive', codes: ['symbol_empty'], partition: 3, offset: 7, logId: 'a-1', after: 'k' }],
    [{ action: 'replay', fromOffset: 0 }],
    [{ action: 'replay', fromTime: '2026-11-20T14:30:00Z', partition: 0 }],
    [{ action: 'replay', fromOffset: 5, toOffset: 5, curatedBefore: '2026-11-21T10:00:00.123Z' }],
    [{ action: 'replay', fromDay: '2026-11-20', toDay: '2026-11-20' }],
    [{ action: 'replay', toDay: '2024-02-29' }],
  ])('may be %j', (event) => {
    expect(parseCurationSelection(event)).toEqual(event);
  });

  test.each([
    [null, /not an object/],
    [{}, /action is undefined; allowed is sweep, redrive, replay/],
    [{ action: 'toString' }, /action is "toString"/],
    [{ action: 'sweep', partition: 1 }, /sweep has no property partition; it has minimumAgeSeconds/],
    [{ action: 'replay', constructor: 1 }, /replay has no property constructor/],
    [{ action: 'redrive', codes: ['bad'] }, /codes is \["bad"\]; allowed is a list of value_missing, /],
    [{ action: 'redrive', codes: 'symbol_empty' }, /codes is "symbol_empty"/],
    [{ action: 'redrive', offset: 7 }, /offset is given without partition/],
    [{ action: 'replay', fromOffset: -1 }, /fromOffset is -1; allowed is a whole number/],
    [{ action: 'replay', fromTime: 'yesterday' }, /fromTime is "yesterday"; allowed is an ISO 8601 time/],
    [{ action: 'replay', fromTime: '2026-11-20', fromOffset: 1 }, /offsets and fromTime are both given/],
    [{ action: 'replay', toDay: '2026-11-20', toOffset: 1 }, /offsets and days are both given/],
    [{ action: 'replay', fromDay: '2026-02-30' }, /fromDay is "2026-02-30"; allowed is a day/],
    [{ action: 'replay', toDay: '2026-11-20T00:00:00Z' }, /toDay is .*; allowed is a day/],
    [{ action: 'replay', fromDay: '2026-11-21', toDay: '2026-11-20' }, /at most toDay, 2026-11-20/],
    [{ action: 'replay', fromOffset: 6, toOffset: 5 }, /fromOffset is 6; allowed is at most toOffset, 5/],
    [{ action: 'replay', curatedBefore: 5 }, /curatedBefore is 5; allowed is an ISO 8601 time/],
    [{ action: 'redrive', fromDay: '2026-11-20' }, /redrive has no property fromDay/],
  ])('%j is refused: a request that is misread would curate something else', (event, message) => {
    expect(() => parseCurationSelection(event)).toThrow(message);
    expect(() => parseCurationSelection(event)).toThrow(expect.objectContaining({ code: 'EVENT_MALFORMED' }));
  });
});

test('a request is shaped as EventBridge’s events are', () => {
  const request = { bucket: 'raw', key: 'quotes/k.avro', reason: 'replay' } as const;
  expect(JSON.parse(formatCurationRequest(request))).toEqual({
    source: 'tickerlake.curation',
    'detail-type': 'Curation Requested',
    detail: { bucket: { name: 'raw' }, object: { key: 'quotes/k.avro' }, reason: 'replay' },
  });
  expect(JSON.parse(formatCurationRequest({ ...request, strays: ['curated/x'] }))).toMatchObject({
    detail: { strays: ['curated/x'] },
  });
});
