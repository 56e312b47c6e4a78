import { AthenaClient } from '@aws-sdk/client-athena';
import { GlueClient } from '@aws-sdk/client-glue';
import type { Context } from 'aws-lambda';
import { createCatalogViews } from '../../adapters/catalog-views.ts';
import { createLogger, describeError } from '../../adapters/log.ts';
import { createMetrics } from '../../adapters/metrics.ts';
import { createAthenaQueries } from './athena-queries.ts';
import { loadConfig } from './config.ts';
import { readTime } from './event.ts';
import { createGlueRuns } from './glue-runs.ts';
import { measureCompaction, measureFreshness } from './measure.ts';
import { seeCompaction, seeFreshness } from './probe-freshness.ts';

/** Left for the answer when a query is given up. */
const RESERVE_MS = 10_000;

const logger = createLogger('probe-freshness');
const config = loadConfig(process.env);
const glue = new GlueClient({ maxAttempts: 5 });
const ports = {
  views: createCatalogViews(glue),
  queries: createAthenaQueries(new AthenaClient({ maxAttempts: 5 }), config),
  runs: createGlueRuns(glue),
};
const metricsOf = (topic: string): ReturnType<typeof createMetrics> =>
  createMetrics(config.functionName, topic);

/** Entry for the schedule. What one half of it saw is measured though the other failed. */
export async function handler(event: unknown, context: Context): Promise<object> {
  logger.addContext(context);
  try {
    const nowMs = readTime(event) ?? Date.now();
    const patienceMs = context.getRemainingTimeInMillis() - RESERVE_MS;
    const [freshness, compaction] = await Promise.allSettled([
      seeFreshness(ports, config, nowMs, patienceMs),
      seeCompaction(ports, config, nowMs),
    ]);
    if (freshness.status === 'fulfilled') measureFreshness(metricsOf(config.topic), freshness.value);
    if (compaction.status === 'fulfilled') measureCompaction(metricsOf, compaction.value);
    if (freshness.status === 'rejected') throw freshness.reason;
    if (compaction.status === 'rejected') throw compaction.reason;
    const answer = {
      freshness: freshness.value ?? 'nothing is due',
      compactionAges: Object.fromEntries(compaction.value),
    };
    logger.info('probed', answer);
    return answer;
  } catch (error) {
    logger.error('not probed', describeError(error));
    throw error;
  }
}
