/** A report as tables of text, for whichever way they are printed. Here, and nowhere before, figures are rounded. */
import { type Bill, byPrice, byResource, byService, type Sum, unconfirmed } from './bill.ts';
import { activeSeconds } from './flow.ts';
import { priceOf } from './price-table.ts';
import type { CostReport } from './report.ts';

export interface TextTable {
  readonly title: string;
  /** Below the title, before the rows. */
  readonly lead?: string;
  /** The first to the left, the others to the right unless `isText`. */
  readonly columns: readonly string[];
  /** All columns hold words. @default false */
  readonly isText?: boolean;
  readonly rows: readonly (readonly string[])[];
}

const MOST_RESOURCES = 15;
const MOST_UNITS = 5;

export function tablesOf(report: CostReport): TextTable[] {
  return [
    serviceTable(report),
    resourceTable(report),
    dominantTable(report),
    alternativeTable(report),
    ...limitTables(report),
  ];
}

function billsOf({ idle, loads }: CostReport): Bill[] {
  return [idle, ...loads.map(({ bill }) => bill)];
}

function loadColumns({ loads }: CostReport): string[] {
  return loads.map(
    ({ bill, limits }) => `${count(bill.quotesPerSecond)}/s${limits.length === 0 ? '' : ' *'}`,
  );
}

function serviceTable(report: CostReport): TextTable {
  const bills = billsOf(report);
  const sums = bills.map(byService);
  const last = bills.at(-1);
  return {
    title: `Stage ${report.stage}, USD a month by service`,
    lead: describeLoad(report),
    columns: ['service', 'idle', ...loadColumns(report)],
    rows: [
      ...namesOf(sums).map((name) => [name, ...sums.map((each) => money(usdOf(each, name)))]),
      ['**total**', ...bills.map(({ usd }) => `**${money(usd)}**`)],
      ['per million quotes', ...bills.map((bill) => perMillion(bill.usdPerMillionQuotes))],
      ...(last === undefined
        ? []
        : [['on unconfirmed prices', ...bills.map((bill) => money(unconfirmed(bill).usd))]]),
    ],
  };
}

function describeLoad({ profile, loads, region, pricesAsOf }: CostReport): string {
  const hours = profile.hours === 'always' ? 'day and night' : 'in market hours';
  const millions = loads
    .map(
      ({ bill }) => `${count(bill.quotesPerSecond)}/s is ${count(bill.quotes / 1e6)} million quotes a month`,
    )
    .join(', ');
  const starred = loads.some(({ limits }) => limits.length > 0)
    ? ' A load with * is more than this configuration takes: see what does not hold.'
    : '';
  return `List prices of ${region} as of ${pricesAsOf}. Quotes come ${hours}, ${count(activeSeconds(profile) / 3600)} hours a month: ${millions}.${starred}`;
}

function resourceTable(report: CostReport): TextTable {
  const sums = billsOf(report).map(byResource);
  const named = namesOf(sums);
  const shown = named.slice(0, MOST_RESOURCES);
  const others = named.slice(MOST_RESOURCES);
  const rest = sums.map((each) => money(others.reduce((total, name) => total + usdOf(each, name), 0)));
  return {
    title: `Stage ${report.stage}, USD a month by resource`,
    columns: ['resource', 'idle', ...loadColumns(report)],
    rows: [
      ...shown.map((name) => [shortName(name, report), ...sums.map((each) => money(usdOf(each, name)))]),
      ...(others.length === 0 ? [] : [[`${others.length} more`, ...rest]]),
    ],
  };
}

/** Without the stage, which is said, and the hash that CDK ends an id with. */
function shortName(name: string, { stage }: CostReport): string {
  return name.replace(`tickerlake-${stage}-`, '').replace(/[0-9A-F]{8}$/, '');
}

function dominantTable(report: CostReport): TextTable {
  const rows = report.loads.flatMap(({ bill }) =>
    byPrice(bill)
      .slice(0, MOST_UNITS)
      .map(({ name, usd }) => [
        `${count(bill.quotesPerSecond)}/s`,
        name,
        money(usd),
        `${count(bill.usd === 0 ? 0 : (100 * usd) / bill.usd)} %`,
      ]),
  );
  return {
    title: `Stage ${report.stage}, what dominates`,
    columns: ['load', 'what', 'USD', 'of the bill'],
    rows,
  };
}

function alternativeTable(report: CostReport): TextTable {
  const [first] = report.loads;
  const rows = (first?.alternatives ?? []).map(({ name, how, behaviour }) => [
    name,
    ...report.loads.map(({ alternatives }) =>
      signed(alternatives.find((each) => each.name === name)?.saves ?? 0),
    ),
    how,
    behaviour,
  ]);
  return {
    title: `Stage ${report.stage}, alternatives`,
    lead: 'USD a month that each saves by itself; with a minus, what it costs more.',
    columns: [
      'instead',
      ...report.loads.map(({ bill }) => `${count(bill.quotesPerSecond)}/s`),
      'by',
      'what is different',
    ],
    rows,
  };
}

function limitTables(report: CostReport): TextTable[] {
  const rows = report.loads.flatMap(({ bill, limits }) =>
    limits.map(({ what, needed, allowed, consequence }) => [
      `${count(bill.quotesPerSecond)}/s`,
      what,
      figure(needed),
      figure(allowed),
      consequence,
    ]),
  );
  if (rows.length === 0) return [];
  return [
    {
      title: `Stage ${report.stage}, what does not hold`,
      lead: 'The bill of such a load is for what the quotes would take, not for something that runs as configured.',
      columns: ['load', 'what', 'needed', 'allowed', 'so'],
      rows,
    },
  ];
}

/** A line for each price of the report that nothing confirmed. */
export function doubts(report: CostReport): string[] {
  const ids = [...new Set(billsOf(report).flatMap((bill) => unconfirmed(bill).prices))].sort();
  return ids.map((id) => {
    const { usd, per = 1, unit, page, seenIn } = priceOf(id);
    return `${id}: ${usd} USD for ${per === 1 ? 'a' : count(per)} ${unit}; ${page}; seen in: ${seenIn}`;
  });
}

/** Names of all columns, by the dearest of any. */
function namesOf(sums: readonly (readonly Sum[])[]): string[] {
  const dearest = new Map<string, number>();
  for (const { name, usd } of sums.flat()) dearest.set(name, Math.max(dearest.get(name) ?? 0, usd));
  return [...dearest].sort(([, left], [, right]) => right - left).map(([name]) => name);
}

function usdOf(sums: readonly Sum[], name: string): number {
  return sums.find((each) => each.name === name)?.usd ?? 0;
}

function money(usd: number): string {
  return usd !== 0 && Math.abs(usd) < 100 ? usd.toFixed(2) : count(usd);
}

function signed(usd: number): string {
  return money(Math.abs(usd) < 0.005 ? 0 : usd);
}

function perMillion(usd: number | undefined): string {
  return usd === undefined ? '–' : usd.toFixed(2);
}

/** A whole number, or what is left of a small one. */
function count(number: number): string {
  const digits = Math.abs(number) < 10 && !Number.isInteger(number) ? 1 : 0;
  return number.toLocaleString('en-US', { maximumFractionDigits: digits });
}

function figure(number: number): string {
  return number.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}
