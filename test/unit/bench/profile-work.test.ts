import { expect, test } from '@jest/globals';
import {
  describeRate,
  describeShares,
  roundedShares,
  sharesOf,
} from '../../../bench/harness/profile-work.ts';

const ROOT = new URL('../../../', import.meta.url).href;

function node(id: number, functionName: string, url = '') {
  return { id, callFrame: { functionName, url, scriptId: '0', lineNumber: 0, columnNumber: 0 } };
}

test('sums samples by file, package and module of Node; idle time is none', () => {
  const nodes = [
    node(1, '(idle)'),
    node(2, '(garbage collector)'),
    node(3, 'encode', `${ROOT}core/codec.ts`),
    node(4, 'write', `${ROOT}node_modules/avsc/lib/types.js`),
    node(5, 'get', `${ROOT}node_modules/@aws-sdk/client-s3/index.js`),
    node(6, 'from', 'node:internal/buffer'),
    node(7, 'post', 'node:inspector/promises'),
    node(8, 'decode', `${ROOT}core/codec.ts`),
  ];
  const samples = [1, 2, 3, 4, 5, 6, 7, 8];
  const profile = {
    nodes,
    samples,
    timeDeltas: [900, 10, 20, 10, 10, 10, 500, 40],
    startTime: 0,
    endTime: 0,
  };
  const shares = sharesOf(profile);
  expect(shares[0]).toEqual({ part: 'core/codec.ts', share: 0.6 });
  expect(new Set(shares.map(({ part }) => part))).toEqual(
    new Set(['core/codec.ts', 'garbage collection', 'avsc', '@aws-sdk/client-s3', 'Node']),
  );
  expect(describeShares([...shares, { part: 'little', share: 0.01 }])).toMatch(/^core\/codec\.ts 60 %, /);
  expect(roundedShares([...shares, { part: 'little', share: 0.0001 }])).not.toHaveProperty('little');
  expect(describeShares([{ part: 'little', share: 0.01 }])).toBe('');
});

test('says a rate of the CPU seconds that a million took', () => {
  expect(describeRate({ min: 4, median: 5, max: 8, runs: 5 })).toBe(
    '200,000 records per CPU second (125,000 to 250,000)',
  );
});
