/** What a fault of the list in docs/reliability.md is, and when it counts as survived. */
import type { LakeReconciliation } from '../../cli/reconcile/reconcile-lake.ts';
import type { WatchedView } from './seen-rows.ts';
import type { FaultReport, FaultStand, StandOptions } from './stand.ts';

export type { FaultReport };

/**
 * Lakes that faults share, one after the other. Their waits are shortened, nothing else: `dev` has on-demand pollers, `prod`
 * provisioned ones, and `diverting` is prod with two retry attempts, so that what fails for good is diverted in seconds.
 */
export const SHARED_LAKES = ['dev', 'prod', 'diverting'] as const;
export type SharedLake = (typeof SHARED_LAKES)[number];

export interface Fault {
  /** Of the list. */
  readonly number: number;
  readonly name: string;
  /** The lake it is played on: a shared one, or one of its own that ends with it. */
  readonly lake: SharedLake | StandOptions;
  /** Shows that a clean run passes (`stand.control()`), injects, heals, and reports (`stand.report()`). */
  run(stand: FaultStand): Promise<FaultReport>;
}

export interface Verdict {
  readonly survived: boolean;
  readonly lost: number;
  readonly duplicated: number;
  /** Of the speed path; 0 where only the lake was compared. */
  readonly servedLost: number;
  readonly servedDuplicated: number;
  /** Why it did not survive; empty if it did. */
  readonly reasons: readonly string[];
}

/** A fault is survived if its control run was clean, its injection fired, and nothing is lost, doubled or changed. */
export function judgeFault({ injected, control, outcome, unsettled, watched }: FaultReport): Verdict {
  const lost = outcome.totals.lost + (watched?.lost ?? 0);
  const duplicated = outcome.totals.duplicated + (watched?.duplicated ?? 0);
  const { servedLost = 0, servedDuplicated = 0 } = outcome.served ?? {};
  const fresh = outcome.totals.produced - control.totals.produced;
  const reasons = [
    ...(control.ok ? [] : [`the clean run before it failed: ${describe(control)}`]),
    ...(control.totals.produced > 0 ? [] : ['the clean run had no record']),
    ...(fresh > 0 ? [] : ['no record went through the fault']),
    ...(injected > 0 ? [] : ['the injection never fired']),
    ...(unsettled === undefined ? [] : [unsettled]),
    ...(outcome.ok ? [] : [describe(outcome)]),
    ...(watched?.first === undefined ? [] : [describeWatched(watched)]),
  ];
  return { survived: reasons.length === 0, lost, duplicated, servedLost, servedDuplicated, reasons };
}

function describe({ totals, served, faults }: LakeReconciliation): string {
  const first = faults.map(({ kind, partition, offset, count, lastSeen }) =>
    [`${kind} ${count} in partition ${partition}`, `first ${offset ?? '?'}`, lastSeen ?? ''].join(', '),
  );
  const ofServed =
    served === undefined
      ? ''
      : `, served lost ${served.servedLost}, served duplicated ${served.servedDuplicated}`;
  return `lost ${totals.lost}, duplicated ${totals.duplicated}${ofServed}; ${first.join('; ')}`;
}

function describeWatched({ answers, lost, duplicated, changed, first = '' }: WatchedView): string {
  return `the view while it was on: lost ${lost}, duplicated ${duplicated}, changed ${changed} in ${answers} answers; ${first}`;
}
