/** All that is said about a stage's cost: bills at some loads, what would not hold, what else could be done. */
import type { Stage } from '../../core/names.ts';
import { type Alternative, alternativesOf } from './alternatives.ts';
import { type Bill, billOf } from './bill.ts';
import { type BrokenLimit, brokenLimits } from './limits.ts';
import { PRICE_TABLE } from './price-table.ts';
import type { LoadProfile } from './profile.ts';
import type { Resource } from './resources.ts';

export interface CostReport {
  readonly stage: Stage;
  readonly region: string;
  /** Day on which prices were looked up. */
  readonly pricesAsOf: string;
  readonly profile: LoadProfile;
  /** Without a quote and without a question. */
  readonly idle: Bill;
  readonly loads: readonly LoadReport[];
}

export interface LoadReport {
  readonly bill: Bill;
  readonly limits: readonly BrokenLimit[];
  readonly alternatives: readonly Alternative[];
}

/**
 * @param loads quotes per second, each of which gets a bill
 * @throws TickerlakeError TEMPLATE_UNSUPPORTED for a type or size that nobody has priced
 */
export function reportCost(
  stage: Stage,
  resources: readonly Resource[],
  profile: LoadProfile,
  loads: readonly number[],
): CostReport {
  return {
    stage,
    region: PRICE_TABLE.region,
    pricesAsOf: PRICE_TABLE.asOf,
    profile,
    idle: billOf(resources, idleProfile(profile)),
    loads: loads.map((quotesPerSecond) => {
      const loaded = { ...profile, quotesPerSecond };
      return {
        bill: billOf(resources, loaded),
        limits: brokenLimits({ resources, profile: loaded }),
        alternatives: alternativesOf(resources, loaded),
      };
    }),
  };
}

/** Deployed, and left alone. */
export function idleProfile(profile: LoadProfile): LoadProfile {
  return { ...profile, quotesPerSecond: 0, queriesPerDay: 0, listingsPerMonth: 0, looksPerReaderAndDay: 0 };
}
