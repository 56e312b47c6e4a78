/** Draws the charts and tables of docs/performance.md and of the pages below it from bench/results/: `npm run bench:charts`. A test holds them against the results. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawCharts } from './charts/charts.ts';
import { drawTables, withTables } from './charts/tables.ts';

const folder = join(import.meta.dirname, '../docs/images/performance');
mkdirSync(folder, { recursive: true });
for (const [name, svg] of drawCharts()) {
  writeFileSync(join(folder, name), svg);
  console.log(`docs/images/performance/${name}`);
}
for (const [name, tables] of drawTables()) {
  const page = join(import.meta.dirname, '../docs', name);
  writeFileSync(page, withTables(readFileSync(page, 'utf8'), tables));
  console.log(`docs/${name}`);
}
