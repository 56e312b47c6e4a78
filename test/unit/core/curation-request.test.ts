import { describe, expect, test } from '@jest/globals';
import { formatCurationRequest, parseCurationSelection } from '../../../core/curation-request.ts';

describe('a selection', () => {
  test.each([
    [{ action: 'sweep' }],
    [{ action: 'sweep', minimumAgeSeconds: 0 }],
    [{ action: 'redrive', codes: ['symbol_empty'], partition: 3, offset: 7, logId: 'a-1', after: 'k' }],
    [{ action: 'replay', fromOffset: 0 }],
    [{ action: 'replay', fromTime: '2026-11-20T14:30:00Z', partition: 0 }],
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
    [{ action: 'replay', fromTime: '2026-11-20', fromOffset: 1 }, /both given/],
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
