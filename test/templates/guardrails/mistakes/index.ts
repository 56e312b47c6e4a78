import type { Mistake } from '../mistake.ts';
import { CATALOG_MISTAKES } from './catalog.ts';
import { CONFIGURATION_MISTAKES } from './configuration.ts';
import { EVENT_SOURCE_MISTAKES } from './event-sources.ts';
import { FUNCTION_MISTAKES } from './functions.ts';
import { KAFKA_MISTAKES } from './kafka.ts';
import { NETWORK_MISTAKES } from './network.ts';
import { QUICKSIGHT_MISTAKES } from './quicksight.ts';
import { SCHEMA_MISTAKES } from './schemas.ts';
import { STORAGE_MISTAKES } from './storage.ts';

/** Every mistake that `npm run mistakes` and the tests make, in copies. */
export const MISTAKES: readonly Mistake[] = [
  ...CONFIGURATION_MISTAKES,
  ...KAFKA_MISTAKES,
  ...EVENT_SOURCE_MISTAKES,
  ...CATALOG_MISTAKES,
  ...QUICKSIGHT_MISTAKES,
  ...NETWORK_MISTAKES,
  ...STORAGE_MISTAKES,
  ...FUNCTION_MISTAKES,
  ...SCHEMA_MISTAKES,
];
