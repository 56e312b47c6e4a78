import type { Model } from '../flow.ts';
import type { PriceId } from '../price-table.ts';
import type { Resource } from '../resources.ts';

/** Units of one price that a resource takes in a month. */
export interface Use {
  readonly price: PriceId;
  readonly quantity: number;
}

/** What a resource of one type takes. Never rounded. */
export type Usage = (resource: Resource, model: Model) => readonly Use[];

export function use(price: PriceId, quantity: number): Use {
  return { price, quantity };
}
