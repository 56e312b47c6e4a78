import { readFile } from 'node:fs/promises';
import { TickerlakeError } from '../../core/errors.ts';
import { isStage, type Stage } from '../../core/names.ts';
import type { Finding } from './finding.ts';

/** Where a danger is accepted, relative to the checkout. */
export const ACCEPTED_CHANGES = 'gates/accepted-changes.json';

/** One danger that somebody looked at and wants. */
export interface AcceptedChange {
  /** The finding's key. */
  readonly change: string;
  readonly stages: readonly Stage[];
  readonly reason: string;
  /** The last day, UTC, on which it is accepted; or a revision, from which on it is no longer. */
  readonly until: string;
}

/** Whether a revision is part of what is compared against; one that is not there yet is not. */
export type IsLanded = (revision: string) => Promise<boolean>;

export interface Judgement {
  /** Dangers that fail the command. */
  readonly dangers: readonly Finding[];
  readonly cautions: readonly Finding[];
  readonly accepted: readonly {
    readonly finding: Finding;
    readonly reason: string;
    readonly until: string;
  }[];
  /** Lines whose end has come, in sentences; they fail the command as well. */
  readonly stale: readonly string[];
}

/**
 * Parts the findings by what is accepted. A line that matches nothing is none to complain of before its end: the same change is there
 * against one revision and has landed in another.
 */
export async function judge(
  findings: readonly Finding[],
  lines: readonly AcceptedChange[],
  options: { readonly today: string; readonly isLanded: IsLanded },
): Promise<Judgement> {
  const stale: string[] = [];
  const live: AcceptedChange[] = [];
  for (const line of lines) {
    if (await isOver(line.until, options))
      stale.push(`${line.change}: it was accepted until ${line.until}, which has come.`);
    else live.push(line);
  }
  const lineFor = (finding: Finding): AcceptedChange | undefined =>
    live.find(
      (line) =>
        line.change === finding.key && (finding.stage === undefined || line.stages.includes(finding.stage)),
    );
  const dangers = findings.filter(({ severity }) => severity === 'danger');
  return {
    dangers: dangers.filter((finding) => lineFor(finding) === undefined),
    cautions: findings.filter(({ severity }) => severity === 'caution'),
    accepted: dangers.flatMap((finding) => {
      const line = lineFor(finding);
      return line === undefined ? [] : [{ finding, reason: line.reason, until: line.until }];
    }),
    stale,
  };
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

async function isOver(
  until: string,
  { today, isLanded }: { today: string; isLanded: IsLanded },
): Promise<boolean> {
  return DAY.test(until) ? today > until : isLanded(until);
}

/** The lines of the file; none where there is no file. */
export async function readAcceptedChanges(file: string): Promise<readonly AcceptedChange[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return parseAcceptedChanges(text);
}

/** @throws TickerlakeError that names the line which lacks something */
export function parseAcceptedChanges(text: string): readonly AcceptedChange[] {
  let lines: unknown;
  try {
    lines = JSON.parse(text);
  } catch (error) {
    throw malformed('it is not JSON', error);
  }
  if (!Array.isArray(lines)) throw malformed('it is not a list');
  return lines.map((line: unknown, index) => parseLine(line, index));
}

function parseLine(line: unknown, index: number): AcceptedChange {
  const fields = (typeof line === 'object' && line !== null ? line : {}) as Readonly<Record<string, unknown>>;
  const [change, reason, until] = ['change', 'reason', 'until'].map((name) => {
    const value = fields[name];
    if (typeof value === 'string' && value.trim() !== '') return value;
    throw malformed(`line ${index + 1} has no ${name}`);
  });
  const stages = fields['stages'];
  if (!Array.isArray(stages) || stages.length === 0 || !stages.every((stage) => isStage(String(stage)))) {
    throw malformed(`line ${index + 1} names no stages, or none of this app`);
  }
  if (change === undefined || reason === undefined || until === undefined)
    throw malformed(`line ${index + 1} is empty`);
  return { change, reason, until, stages: stages as Stage[] };
}

function malformed(what: string, cause?: unknown): TickerlakeError {
  return new TickerlakeError('CONFIG_INVALID', `${ACCEPTED_CHANGES} cannot be used: ${what}`, {
    cause,
    hint: 'lines as docs/safe-changes.md shows: change, stages, reason, until',
  });
}
