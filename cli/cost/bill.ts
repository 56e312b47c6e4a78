/** Usage times prices. Nothing is rounded before it is printed. */
import { type Model, sum, topicFlows } from './flow.ts';
import { type PriceId, priceOf, usdPerUnit } from './price-table.ts';
import type { LoadProfile } from './profile.ts';
import { PRICED_TYPES, requireKnownTypes } from './resource-types.ts';
import type { Resource } from './resources.ts';

/** What one resource pays of one price. */
export interface BillLine {
  readonly service: string;
  readonly stack: string;
  readonly resource: string;
  readonly type: string;
  readonly price: PriceId;
  readonly unit: string;
  /** Units a month. */
  readonly quantity: number;
  /** A month. */
  readonly usd: number;
}

export interface Bill {
  readonly quotesPerSecond: number;
  /** Produced in a month. */
  readonly quotes: number;
  readonly lines: readonly BillLine[];
  readonly usd: number;
  /** Undefined for an idle lake. */
  readonly usdPerMillionQuotes: number | undefined;
}

export interface Sum {
  readonly name: string;
  readonly usd: number;
}

/** @throws TickerlakeError TEMPLATE_UNSUPPORTED for a type or size that nobody has priced */
export function billOf(resources: readonly Resource[], profile: LoadProfile): Bill {
  requireKnownTypes(resources);
  const model: Model = { resources, profile };
  const lines = resources.flatMap((resource) => linesOf(resource, model));
  const usd = sum(lines.map((line) => line.usd));
  const quotes = topicFlows(model)[0]?.records ?? 0;
  return {
    quotesPerSecond: profile.quotesPerSecond,
    quotes,
    lines,
    usd,
    usdPerMillionQuotes: quotes === 0 ? undefined : usd / (quotes / 1e6),
  };
}

function linesOf(resource: Resource, model: Model): BillLine[] {
  const uses = PRICED_TYPES[resource.type]?.(resource, model) ?? [];
  return uses.map(({ price, quantity }) => ({
    service: priceOf(price).service,
    stack: resource.stack,
    resource: resource.id,
    type: resource.type,
    price,
    unit: priceOf(price).unit,
    quantity,
    usd: quantity * usdPerUnit(price),
  }));
}

/** Dearest first. */
export function byService({ lines }: Pick<Bill, 'lines'>): Sum[] {
  return sumsBy(lines, ({ service }) => service);
}

export function byResource({ lines }: Pick<Bill, 'lines'>): Sum[] {
  return sumsBy(lines, ({ stack, resource }) => `${stack}/${resource}`);
}

export function byPrice({ lines }: Pick<Bill, 'lines'>): Sum[] {
  return sumsBy(lines, ({ service, unit }) => `${service}: ${unit}`);
}

function sumsBy(lines: readonly BillLine[], nameOf: (line: BillLine) => string): Sum[] {
  return [...Map.groupBy(lines, nameOf)]
    .map(([name, some]) => ({ name, usd: sum(some.map((line) => line.usd)) }))
    .sort((left, right) => right.usd - left.usd);
}

/** Prices of the bill that nothing confirmed when they were looked up, and what stands on them. */
export function unconfirmed({ lines }: Pick<Bill, 'lines'>): {
  readonly prices: readonly PriceId[];
  readonly usd: number;
} {
  const doubtful = lines.filter(({ price, usd }) => usd > 0 && priceOf(price).unconfirmed === true);
  return {
    prices: [...new Set(doubtful.map(({ price }) => price))].sort(),
    usd: sum(doubtful.map(({ usd }) => usd)),
  };
}
