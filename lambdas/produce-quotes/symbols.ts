import type { ListedSymbol } from '../../core/listing.ts';
import { NASDAQ_SYMBOLS, type SimulatedSymbol } from '../../core/nasdaq-symbols.ts';
import { keyOfText, Random } from '../../core/random.ts';

const BUILT_IN = new Map(NASDAQ_SYMBOLS.map((each) => [each.symbol, each]));

/** The built-in list, or the symbols asked for: what is known of each, and for others a price that suits no one in particular. */
export function simulatedSymbols(listed?: readonly ListedSymbol[]): readonly SimulatedSymbol[] {
  return listed?.map((each) => BUILT_IN.get(each.symbol) ?? invent(each)) ?? NASDAQ_SYMBOLS;
}

/** Symbols without a name, as a list of configuration gives them. */
export function namedSymbols(symbols: readonly string[]): readonly ListedSymbol[] {
  return symbols.map((symbol) => ({ symbol, companyName: null }));
}

/** Most listings are small companies: prices around 20 dollars, some a few hundred. */
function invent({ symbol, companyName }: ListedSymbol): SimulatedSymbol {
  const random = new Random(keyOfText(symbol));
  return {
    symbol,
    companyName,
    sector: null,
    basePrice: Math.round(2000 * Math.exp(random.normal())) / 100,
    annualVolatility: 0.25 + 0.45 * random.uniform(),
    dailyVolume: Math.round(300_000 * Math.exp(random.normal())),
  };
}
