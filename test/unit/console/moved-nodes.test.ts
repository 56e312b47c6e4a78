import { describe, expect, test } from '@jest/globals';
import type { Activity } from '../../../console/api.ts';
import { isFlowing, movedNodes } from '../../../console/src/pipeline/moved-nodes.ts';

function activity(nodes: Activity['nodes'], second = 0): Activity {
  const at = `2026-11-20T15:00:0${second}.000Z`;
  const freshness = { rows: 0, newestEvent: null, newestRecord: null, recordsBehind: null, at };
  return { at, nodes, freshness };
}

const NOTHING = new Map<string, number>();

describe('movedNodes', () => {
  test('finds those whose figures grew', () => {
    const before = activity({ topic: { records: 1 }, raw: { objects: 1 } });
    const now = activity({ topic: { records: 2 }, raw: { objects: 1 } }, 1);
    expect([...movedNodes(before, now, NOTHING).keys()]).toEqual(['topic']);
  });

  test('finds a queue that was emptied', () => {
    const before = activity({ queue: { waiting: 1 } });
    expect([...movedNodes(before, activity({ queue: { waiting: 0 } }), NOTHING).keys()]).toEqual(['queue']);
  });

  test('goes by rates where there is nothing to compare with', () => {
    const now = activity({ topic: { records: 2, recordsPerSecond: 1 }, raw: { objects: 1 } });
    expect([...movedNodes(undefined, now, NOTHING).keys()]).toEqual(['topic']);
  });

  test('keeps what moved a moment ago, and not for longer', () => {
    const still = { raw: { objects: 1 } };
    const moved = movedNodes(activity({ raw: { objects: 0 } }), activity(still, 1), NOTHING);
    const later = movedNodes(activity(still, 1), activity(still, 4), moved);
    const long = movedNodes(activity(still, 4), activity(still, 8), later);
    expect([later.has('raw'), long.has('raw')]).toEqual([true, false]);
  });
});

describe('isFlowing', () => {
  const edge = { from: 'curated', to: 'view', kind: 'data' } as const;
  const moved = new Map([['view', 0]]);

  test('where the end moves', () => {
    expect(isFlowing(edge, moved, { curated: { objects: 3 } })).toBe(true);
    expect(isFlowing(edge, NOTHING, { curated: { objects: 3 } })).toBe(false);
  });

  test('not from where there is nothing', () => {
    expect(isFlowing(edge, moved, { curated: { objects: 0 } })).toBe(false);
  });

  test('not along what only makes act', () => {
    expect(isFlowing({ ...edge, kind: 'trigger' }, moved, {})).toBe(false);
  });
});
