/** The listings of the bench's market: invented, as many as an exchange has, and the same on every machine. */
import type { SimulatedSymbol } from '../../core/nasdaq-symbols.ts';
import { mixKeys, Random } from '../../core/random.ts';

export interface BenchSymbol extends SimulatedSymbol {
  readonly companyName: string;
  readonly sector: string;
  readonly exchange: string;
}

const SEED = 1;
const NAMES = (
  'Acadia Alder Amber Apex Arbor Argent Aspen Atlas Aurora Beacon Birch Blue Bright Canyon Cascade Cedar Cobalt Copper ' +
  'Coral Crest Crown Delta Eagle Echo Elm Ember Evergreen Falcon First Frontier Gold Granite Harbor Haven Heritage Horizon ' +
  'Iron Keystone Lakeside Liberty Lumen Maple Meridian Monarch Noble North Oak Orion Pacific Pioneer Quartz Redwood River ' +
  'Sierra Silver Summit Titan Unity Vanguard Vertex'
).split(' ');
const TRADES: Readonly<Record<string, string>> = {
  'Communication Services': 'Broadcasting Media Networks Wireless',
  'Consumer Discretionary': 'Apparel Hotels Motors Outfitters Restaurants',
  'Consumer Staples': 'Beverages Brands Foods Markets',
  Energy: 'Drilling Midstream Oil Petroleum',
  Financials: 'Bancorp Capital Financial Holdings Insurance Trust',
  'Health Care': 'Biosciences Devices Diagnostics Medical Pharmaceuticals Therapeutics',
  Industrials: 'Aerospace Freight Industries Logistics Machinery Rail',
  'Information Technology': 'Analytics Cloud Instruments Semiconductor Software Systems',
  Materials: 'Chemicals Mining Steel',
  'Real Estate': 'Properties Realty REIT',
  Utilities: 'Electric Gas Water',
};
const SECTORS = Object.entries(TRADES).flatMap(([sector, trades]) =>
  trades.split(' ').map((trade) => ({ sector, trade })),
);
const SUFFIXES = ['Inc.', 'Corp.', 'Group, Inc.', 'Co.', 'Ltd.', 'plc'];
/** Share of the listings up to which each exchange goes. */
const EXCHANGES = [
  [0.62, 'NASDAQ'],
  [0.94, 'NEW YORK STOCK EXCHANGE'],
  [0.98, 'NYSE AMERICAN'],
  [1, 'CBOE BZX'],
] as const;

/** 3,000 listings: 60 names in 50 trades. */
export const BENCH_SYMBOLS: readonly BenchSymbol[] = NAMES.flatMap((name, first) =>
  SECTORS.map(({ sector, trade }, second) => {
    const index = first * SECTORS.length + second;
    const random = new Random(mixKeys(SEED, index));
    const share = random.uniform();
    const suffix = SUFFIXES[Math.floor(random.uniform() ** 2 * SUFFIXES.length)];
    return {
      symbol: ticker(index),
      companyName: `${name} ${trade} ${suffix}`,
      sector,
      exchange: EXCHANGES.find(([end]) => share <= end)?.[1] ?? '',
      // No price falls below a dollar, where exchanges quote four decimals.
      basePrice: 8 + Math.exp(3.4 + random.normal()),
      annualVolatility: 0.18 + 0.5 * random.uniform() ** 2,
      dailyVolume: Math.exp(13 + 1.4 * random.normal()),
    };
  }),
);

/** The symbol that queries of one symbol ask for: in the midst of the others. */
export const ASKED = BENCH_SYMBOLS.map(({ symbol }) => symbol).sort()[BENCH_SYMBOLS.length >> 1] ?? '';

/** Three letters, for every third listing four; strewn over the alphabet, each once. */
function ticker(index: number): string {
  const letter = (value: number): string => String.fromCharCode(65 + (value % 26));
  const place = (index * 5851 + 1117) % 26 ** 3;
  const three = `${letter(Math.floor(place / 26 ** 2))}${letter(Math.floor(place / 26))}${letter(place)}`;
  return index % 3 === 0 ? `${three}${letter(index)}` : three;
}
