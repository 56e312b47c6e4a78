import type { Stage } from '../../core/names.ts';
import type { Finding } from './finding.ts';
import { canonical } from './plain-values.ts';
import { pathText, propertyChanges } from './property-changes.ts';
import { type Entry, type Pair, pairResources } from './resource-pairs.ts';
import { dataKeyFindings } from './rules/data-keys.ts';
import { partitionFindings } from './rules/partitions.ts';
import { policyFindings } from './rules/policies.ts';
import { protectionFindings } from './rules/protections.ts';
import { type Replacement, replacements } from './rules/replaced.ts';
import { retentionFindings } from './rules/retention.ts';
import { securityGroupFindings } from './rules/security-groups.ts';
import { statefulFindings } from './rules/stateful.ts';
import type { ResourceTypes } from './service-spec.ts';
import { partOf, type Side } from './template.ts';

/** What a deployment would do to one resource, whether or not it is a danger. */
export interface Change {
  readonly kind: 'added' | 'removed' | 'renamed' | 'replaced' | 'updated' | 'code';
  readonly stage: Stage | undefined;
  readonly address: string;
  readonly type: string;
  /** Properties that differ. */
  readonly properties: readonly string[];
}

export interface Comparison {
  readonly findings: readonly Finding[];
  readonly changes: readonly Change[];
}

/** What would happen if `after` were deployed where `before` is. Stages share logical ids, and nothing else: each is looked at alone. */
export function compareSides(before: Side, after: Side, types: ResourceTypes): Comparison {
  const stages = new Set([...before.stacks, ...after.stacks].map(({ name }) => partOf(name).stage));
  const comparisons = [...stages].map((stage) =>
    compareStage(ofStage(before, stage), ofStage(after, stage), types),
  );
  return {
    findings: comparisons.flatMap(({ findings }) => findings),
    changes: comparisons.flatMap(({ changes }) => changes),
  };
}

function ofStage(side: Side, stage: Stage | undefined): Side {
  return { ...side, stacks: side.stacks.filter(({ name }) => partOf(name).stage === stage) };
}

function compareStage(before: Side, after: Side, types: ResourceTypes): Comparison {
  const resources = pairResources(before, after);
  const replaced = replacements(resources.pairs, types);
  return {
    findings: [
      ...statefulFindings(resources, replaced, types),
      ...policyFindings(resources),
      ...securityGroupFindings(resources),
      ...retentionFindings(resources),
      ...partitionFindings(resources),
      ...dataKeyFindings(resources),
      ...protectionFindings(resources, { before, after }),
    ],
    changes: [
      ...resources.pairs.flatMap((pair) => changesOf(pair, replaced)),
      ...resources.removed.map((entry) => change('removed', entry)),
      ...resources.added.map((entry) => change('added', entry)),
    ],
  };
}

function changesOf(pair: Pair, replaced: ReadonlyMap<string, Replacement>): readonly Change[] {
  const { before, after, isRenamed } = pair;
  const paths = propertyChanges(before.properties, after.properties).map(({ path }) => pathText(path));
  const properties = [...new Set(paths)].sort();
  if (isRenamed) return [change('renamed', after, properties)];
  const replacement = replaced.get(after.address);
  if (replacement?.isCertain === true) return [change('replaced', after, replacement.properties)];
  return [
    ...(properties.length === 0 ? [] : [change('updated', after, properties)]),
    ...(canonical(before.code) === canonical(after.code) ? [] : [change('code', after)]),
  ];
}

function change(
  kind: Change['kind'],
  { stage, address, type }: Entry,
  properties: readonly string[] = [],
): Change {
  return { kind, stage, address, type, properties };
}
