import { GlueClient } from '@aws-sdk/client-glue';
import type { Context } from 'aws-lambda';
import { createCatalogViews } from '../../adapters/catalog-views.ts';
import { createLogger, describeError } from '../../adapters/log.ts';
import { type MoveCutResult, parseMoveCutRequest } from '../../core/cut.ts';
import { loadConfig } from './config.ts';
import { moveCut } from './move-cut.ts';

const logger = createLogger('move-cut');
const { database } = loadConfig(process.env);
const views = createCatalogViews(new GlueClient({ maxAttempts: 5 }));

/** Entry for the compaction job, which waits for the answer. */
export async function handler(event: unknown, context: Context): Promise<MoveCutResult> {
  logger.addContext(context);
  try {
    const result = await moveCut(views, database, parseMoveCutRequest(event));
    logger.info('cut moved', { ...result });
    return result;
  } catch (error) {
    logger.error('cut not moved', describeError(error));
    throw error;
  }
}
