import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fitObjects } from '../../../../bench/growth/fit-objects.ts';

test('finds the costs of records and objects that runs were made of', () => {
  const cost = fc.double({ min: 0.1, max: 100, noNaN: true });
  fc.assert(
    fc.property(cost, cost, (cpuSecondsPerMillion, cpuMsPerObject) => {
      const runs = [10_000, 2500, 625, 156].map((recordsPerObject) => ({
        recordsPerObject,
        cpuSecondsPerMillion: cpuSecondsPerMillion + (1e6 / recordsPerObject) * (cpuMsPerObject / 1000),
      }));
      const fit = fitObjects(runs);
      expect(fit.cpuSecondsPerMillion).toBeCloseTo(cpuSecondsPerMillion, 6);
      expect(fit.cpuMsPerObject).toBeCloseTo(cpuMsPerObject, 6);
    }),
  );
});
