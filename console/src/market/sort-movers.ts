import type { Mover } from '../../api.ts';

/** `moved`: as it comes, that which moved most first, up or down. */
export type MoverOrder = 'moved' | 'symbol' | 'latestPrice' | 'changePercent' | 'latestVolume';

/** Movers in an order, those without the figure last whichever the direction. */
export function sortMovers(
  movers: readonly Mover[],
  order: MoverOrder,
  isDescending: boolean,
): readonly Mover[] {
  if (order === 'moved') return movers;
  const sign = isDescending ? -1 : 1;
  return movers.toSorted((a, b) => {
    const [left, right] = [a[order], b[order]];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    if (left === right) return 0;
    return left < right ? -sign : sign;
  });
}

/** Those whose symbol starts with the text, then those whose symbol, company or sector has it, upper case or lower. */
export function searchMovers(movers: readonly Mover[], text: string): readonly Mover[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return movers;
  const starts = movers.filter(({ symbol }) => symbol.toLowerCase().startsWith(wanted));
  const others = movers.filter(
    (mover) =>
      !starts.includes(mover) &&
      [mover.symbol, mover.companyName, mover.sector].some((each) => each?.toLowerCase().includes(wanted)),
  );
  return [...starts, ...others];
}

/** Points of a polyline through prices, in a box; flat prices run through its middle. */
export function sparkPoints(prices: readonly number[], width: number, height: number): string {
  const low = Math.min(...prices);
  const span = Math.max(...prices) - low;
  const step = width / Math.max(prices.length - 1, 1);
  return prices
    .map((value, index) => {
      const y = span === 0 ? height / 2 : height - ((value - low) / span) * height;
      return `${(index * step).toFixed(1)},${y.toFixed(1)}`;
    })
    .join(' ');
}
