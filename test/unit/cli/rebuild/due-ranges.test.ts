import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dueRanges } from '../../../../cli/rebuild/due-ranges.ts';
import type { RawObjectId } from '../../../../core/layout.ts';

test('every due object is in a range, no other one of the chain is, and ranges are apart', () => {
  const objects = fc.array(
    fc.record({ partition: fc.nat({ max: 2 }), isDue: fc.boolean(), isFill: fc.boolean() }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(objects, (plans) => {
      const planned = plans.map(({ partition, isDue, isFill }, index) => {
        const kind = isFill ? ('fill' as const) : ('chain' as const);
        const object: RawObjectId = { topic: 'quotes', logId: 'log-1', partition, kind, start: index * 10 };
        return { object, isDue };
      });
      const ranges = dueRanges(planned);
      const holds = ({ partition, start }: RawObjectId): number =>
        ranges.filter(
          (range) => range.partition === partition && range.fromOffset <= start && start <= range.toOffset,
        ).length;
      for (const { object, isDue } of planned) expect(holds(object)).toBe(isDue ? 1 : 0);
    }),
  );
});
