import { createHash } from 'node:crypto';
import type { Stage } from '../../core/names.ts';
import type { Entry } from './resource-pairs.ts';

/** What a finding is about; each has a section in docs/safe-changes.md. */
export const RULES = {
  'resource-removed': 'Data is deleted',
  'resource-orphaned': 'Data is left behind',
  'resource-renamed': 'A resource gets another logical id',
  'resource-replaced': 'A resource is replaced',
  'keep-policy-lowered': 'What keeps data is taken away',
  'policy-widened': 'A policy allows more',
  'security-group-widened': 'A security group lets in more',
  'retention-lowered': 'Data is kept for less long',
  'data-key-changed': 'Data is encrypted with another key',
  'partitions-lowered': 'A topic loses partitions',
  'protection-removed': 'A protection is taken off',
} as const;
export type Rule = keyof typeof RULES;

/** `danger` fails the command; `caution` is told, since a person has to look. */
export type Severity = 'danger' | 'caution';

export interface Finding {
  readonly severity: Severity;
  readonly rule: Rule;
  readonly stage: Stage | undefined;
  /** `lake/StorageRaw7E344C76`: the stack's part and the logical id. */
  readonly address: string;
  readonly type: string;
  /** What would happen, in a sentence. */
  readonly what: string;
  /** Each thing that it is made of, such as the actions of a policy. */
  readonly details: readonly string[];
  /** What to do instead. */
  readonly instead: string;
  /** Names it in gates/accepted-changes.json; the same for the same change in any stage, another for a wider one. */
  readonly key: string;
}

export interface FindingParts {
  readonly severity?: Severity;
  readonly what: string;
  readonly details?: readonly string[];
  readonly instead: string;
}

/** A finding about a resource. @default severity danger */
export function finding(
  rule: Rule,
  entry: Pick<Entry, 'stage' | 'address' | 'type'>,
  parts: FindingParts,
): Finding {
  const { stage, address, type } = entry;
  const { severity = 'danger', what, instead } = parts;
  const details = [...(parts.details ?? [])].sort();
  return {
    severity,
    rule,
    stage,
    address,
    type,
    what,
    details,
    instead,
    key: keyOf(rule, address, stage, [what, ...details]),
  };
}

/** Digits of a key's digest: enough to tell changes of one resource apart. */
const DIGEST_DIGITS = 8;

function keyOf(rule: Rule, address: string, stage: Stage | undefined, said: readonly string[]): string {
  const text = said.join('\n');
  const anyStage =
    stage === undefined ? text : text.replaceAll(new RegExp(`(?<![a-z])${stage}(?![a-z])`, 'g'), '<stage>');
  const digest = createHash('sha256').update(anyStage).digest('hex').slice(0, DIGEST_DIGITS);
  return `${rule} ${address} ${digest}`;
}

/** `a change of CidrIp and ToPort` */
export function listed(words: readonly string[]): string {
  if (words.length <= 1) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}
