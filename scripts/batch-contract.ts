// Writes what the Spark jobs know of the lake: `node scripts/batch-contract.ts`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderBatchContract } from '../core/batch-contract.ts';

writeFileSync(
  join(import.meta.dirname, '../glue-scripts/tickerlake_jobs/contract.json'),
  renderBatchContract(),
);
