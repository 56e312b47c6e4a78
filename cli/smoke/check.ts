/** A check of a smoke test: what it is called, what it found, how long it took. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TickerlakeError } from '../../core/errors.ts';

/** What a check came to. One that is not ok says what to try next. */
export type Verdict =
  | { readonly state: 'ok'; readonly detail: string }
  | { readonly state: 'failed' | 'skipped'; readonly detail: string; readonly next: string };

export type Report = (detail: string) => void;

export interface Check {
  readonly name: string;
  /** It fails when it takes longer, whatever it waits for. */
  readonly limitMs: number;
  /** What to try where a failure says nothing of it itself. */
  readonly next: string;
  readonly run: (report: Report, signal: AbortSignal) => Promise<Verdict>;
}

export type CheckResult = Verdict & { readonly name: string; readonly seconds: number };

export function ok(detail: string): Verdict {
  return { state: 'ok', detail };
}

export function failed(detail: string, next: string): Verdict {
  return { state: 'failed', detail, next };
}

/** Not looked at: neither good nor bad. */
export function skipped(detail: string, next: string): Verdict {
  return { state: 'skipped', detail, next };
}

/** Runs one check to a verdict: an error is a failure, and so is its time's end. Only the caller's abort is thrown. */
export async function runCheck(check: Check, report: Report, signal: AbortSignal): Promise<CheckResult> {
  const started = performance.now();
  const ended = new AbortController();
  const limited = AbortSignal.any([signal, ended.signal]);
  let last = '';
  const outOfTime = sleep(check.limitMs, undefined, { signal: limited }).then(
    (): Verdict =>
      failed(`no end after ${seconds(check.limitMs)} s${last === '' ? '' : `: ${last}`}`, check.next),
  );
  outOfTime.catch(() => undefined);
  const work = check.run((detail) => {
    last = detail;
    report(detail);
  }, limited);
  let verdict: Verdict;
  try {
    verdict = await Promise.race([work, outOfTime]);
  } catch (error) {
    signal.throwIfAborted();
    const hint = error instanceof TickerlakeError ? error.hint : undefined;
    verdict = failed(messageOf(error), hint ?? check.next);
  } finally {
    ended.abort();
    work.catch(() => undefined);
  }
  return { name: check.name, ...verdict, seconds: seconds(performance.now() - started) };
}

/** Asks again until there is a verdict, a little less often each time. The check's limit ends it. */
export async function askUntil(
  ask: () => Promise<Verdict | string>,
  report: Report,
  signal: AbortSignal,
): Promise<Verdict> {
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(LONGEST_POLL_MS, pollMs * 1.5)) {
    signal.throwIfAborted();
    const answer = await ask();
    if (typeof answer !== 'string') return answer;
    report(answer);
    await sleep(pollMs, undefined, { signal });
  }
}

const FIRST_POLL_MS = 250;
const LONGEST_POLL_MS = 5000;

function seconds(ms: number): number {
  return Number((ms / 1000).toFixed(1));
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const name = error.name === 'Error' || error.name === 'TickerlakeError' ? '' : `${error.name}: `;
  return `${name}${error.message}`.replaceAll(/\s*\n\s*/g, ' ');
}
