/**
 * What a unit costs: prices.json, list prices of us-east-1 without discounts and free tiers. `page` is AWS's own; `seenIn`
 * says where the figure was seen when it was looked up, which is rarely that page itself: it is drawn by a script.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TickerlakeError } from '../../core/errors.ts';
import type prices from './prices.json';

export type PriceId = keyof (typeof prices)['prices'];

export interface Price {
  /** Service whose bill it stands on. */
  readonly service: string;
  /** What one unit is. */
  readonly unit: string;
  /** Of `per` units. */
  readonly usd: number;
  /** @default 1 */
  readonly per?: number;
  /** AWS's pricing page. */
  readonly page: string;
  /** Day on which it was looked up. */
  readonly asOf: string;
  readonly seenIn: string;
  /** Nothing that could be read when it was looked up settles it. @default false */
  readonly unconfirmed?: boolean;
}

export interface PriceTable {
  readonly region: string;
  /** Day on which the table was last gone through. */
  readonly asOf: string;
  readonly prices: Readonly<Record<PriceId, Price>>;
}

export const PRICE_TABLE = JSON.parse(
  readFileSync(join(import.meta.dirname, 'prices.json'), 'utf8'),
) as PriceTable;

export function priceOf(id: PriceId): Price {
  return PRICE_TABLE.prices[id];
}

/** USD of one unit. */
export function usdPerUnit(id: PriceId): number {
  const { usd, per = 1 } = priceOf(id);
  return usd / per;
}

/**
 * The price of something that has one for each of its sizes.
 * @throws TickerlakeError CONFIG_INVALID when the table has no such size
 */
export function priceOfSize(family: 'msk.broker' | 'rds.instance', size: string): PriceId {
  const id = `${family}.${size}`;
  if (isPriceId(id)) return id;
  const known = Object.keys(PRICE_TABLE.prices).filter((each) => each.startsWith(`${family}.`));
  throw new TickerlakeError('CONFIG_INVALID', `cli/cost/prices.json has no price ${id}`, {
    hint: `adding it there with its source, as ${known.join(', ')} are`,
  });
}

function isPriceId(id: string): id is PriceId {
  return id in PRICE_TABLE.prices;
}
