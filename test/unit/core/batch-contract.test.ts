import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { renderBatchContract } from '../../../core/batch-contract.ts';

test('the Spark jobs have the contract of today: node scripts/batch-contract.ts writes it', () => {
  const file = new URL('../../../glue-scripts/tickerlake_jobs/contract.json', import.meta.url);
  expect(readFileSync(file, 'utf8')).toBe(renderBatchContract());
});
