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
import { probe } from './probe.ts';

/** Left for the answer when a query is given up; half of it when a call hangs. */
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

/** Entry for the schedule. */
export async function handler(event: unknown, context: Context): Promise<object> {
  logger.addContext(context);
  try {
    const nowMs = readTime(event) ?? Date.now();
    const leftMs = context.getRemainingTimeInMillis();
    const { freshness, compactionAges } = await probe(ports, config, metricsOf, {
      nowMs,
      patienceMs: leftMs - RESERVE_MS,
      deadlineMs: leftMs - RESERVE_MS / 2,
    });
    const answer = {
      freshness: freshness ?? 'nothing is due',
      compactionAges: Object.fromEntries(compactionAges),
    };
    logger.info('probed', answer);
    return answer;
  } catch (error) {
    logger.error('not probed', describeError(error));
    throw error;
  }
}
