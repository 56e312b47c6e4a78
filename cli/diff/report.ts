import type { Stage } from '../../core/names.ts';
import type { AcceptedChange, Judgement } from './accepted-changes.ts';
import type { Change } from './compare.ts';
import type { Finding } from './finding.ts';

/** All that a comparison says; `--json` prints it. */
export interface Report extends Judgement {
  /** What the working tree was compared with: `origin/main (1a2b3c4)`, or a path. */
  readonly against: string;
  readonly stages: readonly Stage[];
  readonly changes: readonly Change[];
  /** Nothing stands against deploying it. */
  readonly isSafe: boolean;
}

/** The same finding in several stages. */
export interface SharedFinding {
  readonly finding: Finding;
  readonly stages: readonly Stage[];
}

/** Findings that differ by stage alone, as one. */
export function shareFindings(findings: readonly Finding[]): readonly SharedFinding[] {
  const byKey = new Map<string, SharedFinding>();
  for (const finding of findings) {
    const before = byKey.get(finding.key);
    const stages = [...(before?.stages ?? []), ...(finding.stage === undefined ? [] : [finding.stage])];
    byKey.set(finding.key, { finding: before?.finding ?? finding, stages });
  }
  return [...byKey.values()];
}

/** The line by which a person accepts a finding; the reason and the day are theirs to fill in. */
export function acceptingLine({ finding, stages }: SharedFinding): AcceptedChange {
  return { change: finding.key, stages, reason: '', until: '' };
}

const KINDS = {
  added: 'added',
  removed: 'removed',
  renamed: 'given another logical id',
  replaced: 'replaced',
  updated: 'updated in place',
  code: 'given other code',
} as const satisfies Record<Change['kind'], string>;

/** `updated in place: pipeline/Handler (AWS::Lambda::Function): MemorySize [dev, prod]`, one line a change. */
export function changeLines(changes: readonly Change[]): readonly string[] {
  const lines = new Map<string, Stage[]>();
  for (const kind of Object.keys(KINDS) as Change['kind'][]) {
    for (const { stage, address, type, properties } of changes.filter((change) => change.kind === kind)) {
      const what = properties.length === 0 ? '' : `: ${properties.join(', ')}`;
      const line = `${KINDS[kind]}: ${address} (${type})${what}`;
      lines.set(line, [...(lines.get(line) ?? []), ...(stage === undefined ? [] : [stage])]);
    }
  }
  return [...lines].map(([line, stages]) => (stages.length === 0 ? line : `${line} [${stages.join(', ')}]`));
}

/** `2 dangers, 1 to look at, 14 other changes` */
export function summary(report: Report): string {
  const dangers = shareFindings(report.dangers).length;
  const cautions = shareFindings(report.cautions).length;
  const accepted = shareFindings(report.accepted.map(({ finding }) => finding)).length;
  const changes = changeLines(report.changes).length;
  return [
    dangers === 0 ? 'no danger' : counted(dangers, 'danger'),
    ...(accepted === 0 ? [] : [`${accepted} accepted`]),
    ...(cautions === 0 ? [] : [`${cautions} to look at`]),
    ...(report.stale.length === 0 ? [] : [counted(report.stale.length, 'stale acceptance')]),
    changes === 0 ? 'no change of a resource' : counted(changes, 'changed resource'),
  ].join(', ');
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
