/** The tables of docs/scale.md. Here, and nowhere before, figures are rounded. */
import { byService } from '../../cli/cost/bill.ts';
import type { Resource } from '../../cli/cost/resources.ts';
import { bindingLimits } from './binding.ts';
import type { CheckedLoad, CheckedSize } from './checks.ts';
import { costOf } from './cost.ts';
import { type Demand, demandOf } from './demand.ts';
import type { Figures } from './figures.ts';
import { LIMITS } from './limits.ts';
import type { Sizing } from './sizing.ts';

/** By the name of the place in the document. */
export function scaleTables(
  prod: readonly Resource[],
  figures: Figures,
  checks: readonly CheckedLoad[],
): Record<string, string> {
  return {
    figures: figuresTable(figures),
    sizes: sizesTable(prod, figures, checks),
    checks: checksTable(checks),
    bindings: bindingsTable(figures),
    limits: limitsTable(),
  };
}

type Row = readonly (string | number)[];

function markdown(columns: readonly string[], rows: readonly Row[], isText = false): string {
  const rule = columns.map((_, index) => (index === 0 || isText ? '---' : '---:'));
  return [columns, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function figuresTable({ land, curate, ...figures }: Figures): string {
  const bench = 'bench/results/stages.json';
  return markdown(
    ['figure', 'value', 'from'],
    [
      ['land, CPU seconds of a vCPU for a million records', figure(land.cpuSecondsPerMillion), bench],
      ['curate, likewise', figure(curate.cpuSecondsPerMillion), bench],
      [
        'land, CPU ms for each object beside its records',
        figure(land.cpuMsPerObject),
        'bench/results/growth.json',
      ],
      ['curate, likewise', figure(curate.cpuMsPerObject), 'bench/results/growth.json'],
      ['raw bytes a record, 2,500 to an object', figure(land.bytesPerRecord), 'bench/results/growth.json'],
      ['curated bytes a row, 2,500 to a file', figure(curate.bytesPerRecord), 'bench/results/growth.json'],
      ['history bytes a row', figure(figures.historyBytes), 'cli/cost/profile.ts'],
      ['bytes of a record in Kafka', figure(figures.recordBytes), 'cli/cost/profile.ts'],
      [
        'compaction, core seconds for a million rows',
        figure(figures.compactCoreSecondsPerMillion),
        'cli/cost/measured.ts',
      ],
      ['an S3 request, ms', figures.s3LatencyMs.join(' to '), 'AWS: S3 performance'],
      ['from an object to its message, ms', figure(figures.notificationMs), 'estimated'],
    ],
    true,
  );
}

function sizesTable(prod: readonly Resource[], figures: Figures, checks: readonly CheckedLoad[]): string {
  const sized = checks.map(({ sizing }) => {
    const demand = demandOf(sizing, figures);
    return { sizing, demand, cost: costOf(prod, sizing, demand, figures) };
  });
  const row = (name: string, of: (each: (typeof sized)[number]) => string): Row => [name, ...sized.map(of)];
  const sizes = (name: string, of: (sizing: Sizing) => number): Row =>
    row(name, ({ sizing }) => figure(of(sizing)));
  const demands = (name: string, of: (demand: Demand) => number): Row =>
    row(name, ({ demand }) => figure(of(demand)));
  return markdown(
    ['', ...sized.map(({ sizing }) => `${figure(sizing.quotesPerSecond)}/s`)],
    [
      demands('MB/s into Kafka', (demand) => demand.megabytesIn),
      demands('MB/s out of it, to landing and filter', (demand) => demand.megabytesOut),
      row('cluster', ({ demand }) => clusterOf(demand)),
      sizes('partitions of topic quotes', ({ partitions }) => partitions),
      sizes('event pollers of landing', ({ pollers }) => pollers),
      sizes('memory of land-quotes and curate-quotes, MiB', ({ memoryMiB }) => memoryMiB),
      demands('land-quotes, invocations at once', (demand) => demand.landInvocationsAtOnce),
      demands('curate-quotes, invocations at once', (demand) => demand.curateInvocationsAtOnce),
      sizes('curate-quotes, maximum concurrency', ({ curateConcurrency }) => curateConcurrency),
      demands('records an object', (demand) => demand.recordsPerObject),
      demands('raw PUT/s', (demand) => demand.rawPutsPerSecond.total),
      demands('of them below one prefix', (demand) => demand.rawPutsPerSecond.perPrefix),
      demands('lake PUT/s, files and receipts', (demand) => demand.lakePutsPerSecond.total),
      demands('of them below the prefix of the day', (demand) => demand.lakePutsPerSecond.perDayPrefix),
      demands('GET/s of curation', (demand) => demand.getsPerSecond),
      demands('EventBridge events/s to the queue', (demand) => demand.eventsPerSecond),
      demands('SQS requests/s', (demand) => demand.queueRequestsPerSecond),
      demands('Glue calls when all environments are new', (demand) => demand.glueCallsPerGeneration),
      demands('raw objects a trading day, and as many curated files', (demand) => demand.filesPerDay),
      row('Athena partitions a day', () => '1'),
      demands('files that a query of today opens, before they expire', (demand) => demand.filesPerDay),
      demands('G.1X workers of the hourly compaction', (demand) => demand.compactionWorkers),
      demands('raw GB a trading day', (demand) => demand.gigabytesPerDay.raw),
      demands('curated GB a trading day, until covered', (demand) => demand.gigabytesPerDay.curated),
      demands('history GB a trading day', (demand) => demand.gigabytesPerDay.history),
      row('USD a month, stage prod so sized', ({ cost }) => `**${money(cost.bill.usd)}**`),
      row('USD for a million quotes', ({ cost }) => (cost.bill.usdPerMillionQuotes ?? 0).toFixed(3)),
      row('most of it', ({ cost }) =>
        byService(cost.bill)
          .slice(0, 3)
          .map(({ name, usd }) => `${name} ${money(usd)}`)
          .join('; '),
      ),
      row('what the stage does not take even so', ({ cost }) => cost.stillBroken.join('; ') || 'nothing'),
    ],
  );
}

function clusterOf({ isServerlessEnough, standardBrokers, expressBrokers }: Demand): string {
  const provisioned = `${standardBrokers} m7g.xlarge, or ${expressBrokers} express.m7g.xlarge`;
  return isServerlessEnough ? `serverless, or ${provisioned}` : provisioned;
}

function checksTable(checks: readonly CheckedLoad[]): string {
  return markdown(
    [
      'load',
      'size',
      'keeps up',
      'usual lag, s',
      'at most, s',
      'recovered after, s',
      'lag then, s',
      '503 from S3',
      'lag, minute by minute',
    ],
    checks.flatMap(({ sizing, derived, smaller }) =>
      [derived, ...smaller].map(
        (check): Row => [
          `${figure(sizing.quotesPerSecond)}/s`,
          check.what,
          check.keepsUp ? 'yes' : '**no**',
          check.usualLagSeconds,
          Math.round(check.peakLagSeconds),
          check.recoverySeconds ?? 'never',
          check.lagAfterSeconds,
          check.throttled,
          sparkline(check),
        ],
      ),
    ),
    true,
  );
}

const BARS = '▁▂▃▄▅▆▇█';

function sparkline({ lagSeconds, peakLagSeconds }: CheckedSize): string {
  return lagSeconds
    .map((lag) => BARS[Math.min(BARS.length - 1, Math.floor((lag / peakLagSeconds) * BARS.length))] ?? '')
    .join('');
}

function bindingsTable(figures: Figures): string {
  return markdown(
    ['quotes/s', 'limit', 'of', 'what changes then'],
    bindingLimits(figures).map(({ limit, of, quotesPerSecond, then }): Row => {
      const { service, what, value, unit } = LIMITS[limit];
      return [rounded(quotesPerSecond), `${service}: ${figure(value)}${space(unit)} ${what}`, of, then];
    }),
    true,
  );
}

function limitsTable(): string {
  return markdown(
    ['service', 'limit', 'value', 'raised when asked', 'page'],
    Object.values(LIMITS).map(
      ({ service, what, value, unit, isAdjustable, page }): Row => [
        service,
        what,
        `${figure(value)}${space(unit)}`,
        isAdjustable ? 'yes' : 'no',
        `[${new URL(page).pathname.split('/').at(-2) ?? ''}/${new URL(page).pathname.split('/').at(-1) ?? ''}](${page})`,
      ],
    ),
    true,
  );
}

function space(unit: string): string {
  return unit === '' || unit.startsWith('/') ? unit : ` ${unit}`;
}

function figure(number: number): string {
  const digits = number >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 };
  return number.toLocaleString('en-US', digits);
}

function rounded(number: number): string {
  return number.toLocaleString('en-US', { maximumSignificantDigits: 2 });
}

function money(usd: number): string {
  return usd.toLocaleString('en-US', { maximumFractionDigits: usd < 10 ? 2 : 0 });
}
