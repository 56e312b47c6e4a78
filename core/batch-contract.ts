/**
 * What the Spark jobs know of the lake: glue-scripts/tickerlake_jobs/contract.json, rendered from the same constants as all
 * else. `node scripts/batch-contract.ts` writes it; a test compares.
 */
import { sourceTopicOf, viewColumns } from './curated-columns.ts';
import { locations } from './layout.ts';
import { LISTING_TABLES, tableNames } from './names.ts';
import { SOURCE_COLUMNS } from './source-coordinates.ts';
import { TOPICS } from './topics.ts';

/** What makes a row of a topic the same row, and orders its copies: the coordinates of its record. */
export const COORDINATES = ['log_id', 'kafka_partition', 'kafka_offset'] as const;

/** The contract as JSON, a line end at its end. The same code gives the same bytes. */
export function renderBatchContract(): string {
  const topics = Object.values(TOPICS).map(({ name }) => [
    name,
    {
      tables: tableNames(name),
      prefixes: {
        curated: locations.curated(name),
        receipts: locations.receipts(name),
        history: locations.history(name),
      },
      // With dt, which is the partition key of curated files and of history.
      columns: viewColumns(name).map(({ name: column, glueType, comment }) => ({
        name: column,
        type: glueType,
        comment,
      })),
      coordinates: COORDINATES,
      // What a record and its copies share; of a topic that repeats no other's records, its coordinates.
      identity:
        sourceTopicOf(name) === undefined ? COORDINATES : SOURCE_COLUMNS.map(({ name: column }) => column),
    },
  ]);
  const contract = {
    topics: Object.fromEntries(topics) as Readonly<Record<string, unknown>>,
    listing: {
      tables: LISTING_TABLES,
      prefixes: {
        dropped: locations.reference(LISTING_TABLES.dimension),
        dimension: locations.dimension(LISTING_TABLES.dimension),
      },
    },
  };
  return `${JSON.stringify(contract, undefined, 2)}\n`;
}
