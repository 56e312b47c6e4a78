/** `smoke`: whether a stage works, from a topic to a query, by AWS clients alone. */
import type { Stage } from '../../core/names.ts';
import type { CommandContext } from '../context.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { type Check, type CheckResult, type Report, runCheck, skipped } from './check.ts';
import {
  checkFreshness,
  checkQueryable,
  checkServed,
  FRESH_WITHIN_MS,
  produceSmoke,
} from './quote-checks.ts';
import type { SmokeQuotes } from './quotes.ts';
import { closeLake, openDeployedLake, openLocalLake, type SmokeLake } from './smoke-lake.ts';
import { checkConsumers, checkTopics } from './stream-checks.ts';
import { checkAlarms, checkDeadLetters, checkGlue } from './upkeep-checks.ts';

export interface SmokeOptions {
  readonly stage: Stage;
  /** In the account of the environment, not on this machine. */
  readonly isDeployed: boolean;
  readonly records: number;
  readonly json: boolean;
}

export interface SmokeReport {
  readonly stage: Stage;
  readonly checks: readonly CheckResult[];
  readonly seconds: number;
}

/** A call or two of an API. */
const LOOK_MS = 30_000;
/** A cold function, in the VPC. */
const PRODUCE_MS = 60_000;
const QUERYABLE_MS = FRESH_WITHIN_MS + 60_000;
/** The derived topic's quotes are landed and curated as the others, once these are. */
const SERVED_MS = FRESH_WITHIN_MS + 60_000;

/** Fails the command if a check fails. */
export async function smoke(context: CommandContext, options: SmokeOptions): Promise<void> {
  const { terminal, env, signal } = context;
  const lake = options.isDeployed ? await openDeployedLake(options.stage) : openLocalLake(env, options.stage);
  try {
    const print = options.json
      ? (): void => undefined
      : (result: CheckResult): void => {
          for (const line of describeResult(terminal, result)) terminal.print(line);
        };
    const report = await runSmoke(lake, { ...options, terminal, signal, onResult: print });
    if (options.json) terminal.print(JSON.stringify(report, undefined, 2));
    else terminal.print(summaryLine(report));
    if (report.checks.some(({ state }) => state === 'failed')) context.fail();
  } finally {
    closeLake(lake);
  }
}

export interface SmokeRun {
  readonly records: number;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly onResult?: (result: CheckResult) => void;
}

/** Runs every check, one after the other: what one finds does not keep the others from looking. */
export async function runSmoke(lake: SmokeLake, run: SmokeRun): Promise<SmokeReport> {
  const started = performance.now();
  const checks: CheckResult[] = [];
  for (const check of checksOf(lake, run.records)) {
    const { report, end } = showWaiting(run.terminal, check.name);
    try {
      checks.push(await runCheck(check, report, run.signal));
    } finally {
      end();
    }
    const last = checks.at(-1);
    if (last !== undefined) run.onResult?.(last);
  }
  const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
  return { stage: lake.stage, checks, seconds };
}

function checksOf(lake: SmokeLake, records: number): readonly Check[] {
  let quotes: SmokeQuotes | undefined;
  let seenMs: number | undefined;
  const look = 'aws sts get-caller-identity: whether these credentials may look; docs/deploy.md, Smoke test';
  /** A check of quotes that there have to be. */
  const ofQuotes =
    (
      work: (quotes: SmokeQuotes, report: Report, signal: AbortSignal) => ReturnType<Check['run']>,
    ): Check['run'] =>
    (report, signal) =>
      quotes === undefined
        ? Promise.resolve(skipped('nothing was produced', 'check produce'))
        : work(quotes, report, signal);
  return [
    { name: 'topics', limitMs: LOOK_MS, next: look, run: () => checkTopics(lake) },
    { name: 'consumers', limitMs: LOOK_MS, next: look, run: () => checkConsumers(lake) },
    {
      name: 'produce',
      limitMs: PRODUCE_MS,
      next: 'tickerlake logs produce-quotes, or its log group; docs/runbook.md, function-errors',
      run: async (_report, signal) => {
        const produced = await produceSmoke(lake, records, signal);
        quotes = produced.quotes;
        return produced.verdict;
      },
    },
    {
      name: 'queryable',
      limitMs: QUERYABLE_MS,
      next: 'tickerlake status; docs/runbook.md, landing-lag, curation-backlog and dead-letters',
      run: ofQuotes((produced, report, signal) =>
        checkQueryable(lake, produced, { report, signal, onSeen: () => (seenMs = Date.now()) }),
      ),
    },
    {
      name: 'freshness',
      limitMs: LOOK_MS,
      next: look,
      run: ofQuotes((produced) => Promise.resolve(checkFreshness(produced, seenMs))),
    },
    {
      name: 'served',
      limitMs: SERVED_MS,
      next: 'docs/runbook.md, Filter and serve',
      run: ofQuotes((produced, report, signal) => checkServed(lake, produced, report, signal)),
    },
    { name: 'crawlers and jobs', limitMs: LOOK_MS, next: look, run: () => checkGlue(lake) },
    { name: 'dead letters', limitMs: LOOK_MS, next: look, run: () => checkDeadLetters(lake) },
    { name: 'alarms', limitMs: LOOK_MS, next: look, run: () => checkAlarms(lake) },
  ];
}

const HEARTBEAT_MS = 10_000;

/** What is waited for: drawn in place for people, a line every ten seconds in a log. */
function showWaiting(
  terminal: Terminal,
  name: string,
): { readonly report: Report; readonly end: () => void } {
  let text = name;
  const timer = setInterval(() => {
    if (!terminal.isInteractive) terminal.note(`… ${text}`);
  }, HEARTBEAT_MS);
  const draw = (): void => {
    if (terminal.isInteractive) terminal.redraw(`… ${text}`);
  };
  draw();
  return {
    report: (detail) => {
      text = `${name}: ${detail}`;
      draw();
    },
    end: () => {
      clearInterval(timer);
      if (terminal.isInteractive) terminal.redraw('');
    },
  };
}

const WORDS = { ok: 'ok', failed: 'FAILED', skipped: 'skipped' } as const;
const STYLES = { ok: 'green', failed: 'red', skipped: 'yellow' } as const;

/** One line, and one more with what to try. */
export function describeResult(terminal: Terminal, result: CheckResult): readonly string[] {
  const { name, state, seconds, detail } = result;
  const word = terminal.styled(STYLES[state], WORDS[state].padEnd(8));
  const line = `${word}${name.padEnd(18)}${seconds.toFixed(1).padStart(6)} s  ${detail}`;
  return result.state === 'ok' ? [line] : [line, `${' '.repeat(36)}try: ${result.next}`];
}

export function summaryLine({ checks, seconds }: SmokeReport): string {
  const count = (state: CheckResult['state']): number =>
    checks.filter((check) => check.state === state).length;
  const others = (['failed', 'skipped'] as const).flatMap((state) =>
    count(state) === 0 ? [] : [`, ${count(state)} ${state}`],
  );
  return `smoke: ${count('ok')} of ${checks.length} checks passed${others.join('')} in ${Math.round(seconds)} s`;
}
