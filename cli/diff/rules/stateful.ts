import { type Finding, finding, listed } from '../finding.ts';
import { type Entry, type Pair, physicalName, type ResourcePairs } from '../resource-pairs.ts';
import type { ResourceTypes } from '../service-spec.ts';
import { partOf } from '../template.ts';
import type { Replacement } from './replaced.ts';

/** Types that hold data though AWS does not count them: what a stream and a catalog know is as hard to get back as objects. */
const HOLDS_DATA = new Set([
  'AWS::MSK::Cluster',
  'AWS::MSK::ServerlessCluster',
  'AWS::MSK::Topic',
  'Custom::KafkaTopics',
  'AWS::Glue::Database',
  'AWS::Glue::Table',
  'AWS::Glue::Registry',
  'AWS::Glue::Schema',
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBInstance',
  'AWS::SecretsManager::Secret',
  'AWS::KMS::Key',
  'AWS::S3::Bucket',
]);

/** Types that AWS counts, but whose content nobody misses: log lines of a function that is gone. */
const HOLDS_LITTLE = new Set(['AWS::Logs::LogGroup']);

/** Whether it holds data: by its type, or because the template keeps it when its stack goes. */
export function isStateful(entry: Entry, types: ResourceTypes): boolean {
  const keeps = entry.deletionPolicy !== undefined && rank(entry.deletionPolicy) > 0;
  return (
    keeps || HOLDS_DATA.has(entry.type) || (types.isStateful(entry.type) && !HOLDS_LITTLE.has(entry.type))
  );
}

/** Findings for resources with data that are removed, left behind, renamed, replaced, or no longer kept. */
export function statefulFindings(
  { pairs, removed }: ResourcePairs,
  replaced: ReadonlyMap<string, Replacement>,
  types: ResourceTypes,
): readonly Finding[] {
  return [
    ...removed.filter((entry) => isStateful(entry, types)).map(removedFinding),
    ...pairs
      .filter(({ before }) => isStateful(before, types))
      .flatMap((pair) => {
        if (pair.isRenamed) return [renamedFinding(pair)];
        const replacement = replaced.get(pair.after.address);
        return [
          ...(replacement === undefined ? [] : [replacedFinding(pair, replacement)]),
          ...loweredKeepPolicy(pair),
        ];
      }),
  ];
}

/** What becomes of a resource when CloudFormation lets go of it. */
type Fate =
  | 'is deleted with all it holds'
  | 'is deleted after a last snapshot'
  | 'stays, and no stack knows it any more';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html */
function fateBy(policy: string): Fate {
  if (policy.startsWith('Retain')) return 'stays, and no stack knows it any more';
  return policy === 'Snapshot' ? 'is deleted after a last snapshot' : 'is deleted with all it holds';
}

/** The policy that holds; without one, a database gets a snapshot and all else is deleted. */
function deletionPolicyOf({ deletionPolicy, type, properties }: Entry): string {
  if (deletionPolicy !== undefined) return deletionPolicy;
  const isDatabase =
    type === 'AWS::RDS::DBCluster' ||
    (type === 'AWS::RDS::DBInstance' && properties['DBClusterIdentifier'] === undefined);
  return isDatabase ? 'Snapshot' : 'Delete';
}

function removedFinding(entry: Entry): Finding {
  const policy = deletionPolicyOf(entry);
  const fate = fateBy(policy);
  const isKept = policy.startsWith('Retain');
  const name = physicalName(entry);
  return finding(isKept ? 'resource-orphaned' : 'resource-removed', entry, {
    what: `It is no longer in the template (DeletionPolicy ${policy}): it ${fate}.`,
    details:
      isKept && name !== undefined
        ? [`It keeps the name ${name}, so making it anew fails until it is imported or gone.`]
        : [],
    instead: isKept
      ? 'Put its construct back. To give it to another stack, import it there (cdk import) in the same release.'
      : 'Put its construct back. To let it go, give it removal policy RETAIN in a release of its own first, and take a backup.',
  });
}

function renamedFinding({ before, after }: Pair): Finding {
  const isMoved = before.stack !== after.stack;
  const policy = deletionPolicyOf(before);
  return finding('resource-renamed', after, {
    what: `It was ${partOf(before.stack).part}/${before.id}: CloudFormation makes a new, empty one, and the old one ${fateBy(policy)}.`,
    details:
      physicalName(before) !== undefined && physicalName(before) === physicalName(after)
        ? ['Both have the same name, so the deployment fails: the new one is made before the old one goes.']
        : [],
    instead: isMoved
      ? 'Leave it in its stack; or retain it there, and import it into the other (cdk import).'
      : `Keep the id and place of its construct${before.path === undefined ? '' : ` (${before.path})`}, or pin the logical id: overrideLogicalId('${before.id}').`,
  });
}

function replacedFinding({ before, after }: Pair, { properties, because, isCertain }: Replacement): Finding {
  const policy = after.updateReplacePolicy ?? 'Delete';
  const cause =
    because.length === 0
      ? `A change of ${listed(properties)}`
      : `The replacement of ${listed(because)}, which ${listed(properties)} names,`;
  const isNameKept =
    isCertain && physicalName(after) !== undefined && physicalName(before) === physicalName(after);
  return finding('resource-replaced', after, {
    severity: isCertain ? 'danger' : 'caution',
    what: isCertain
      ? `${cause} replaces it: CloudFormation makes a new, empty one, and the old one ${fateBy(policy)} (UpdateReplacePolicy ${policy}).`
      : `${cause} may replace it, depending on what else it is set to; the change set says whether it does.`,
    details: [
      ...properties.map((property) => `changed: ${property}`),
      ...(isNameKept
        ? [`It keeps the name ${physicalName(after) ?? ''}, so the deployment fails: the name is taken.`]
        : []),
    ],
    instead: isCertain
      ? `Leave ${listed(because.length === 0 ? properties : because)} as it is. If it has to change, make a second one beside it, move the data, then let the old one go.`
      : 'Look at the change set (cdk diff --method=change-set) before it is deployed.',
  });
}

/** The stronger a policy keeps, the higher. */
function rank(policy: string): number {
  if (policy.startsWith('Retain')) return 2;
  return policy === 'Snapshot' ? 1 : 0;
}

function loweredKeepPolicy({ before, after }: Pair): readonly Finding[] {
  const details = [
    ['DeletionPolicy', deletionPolicyOf(before), deletionPolicyOf(after)] as const,
    [
      'UpdateReplacePolicy',
      before.updateReplacePolicy ?? 'Delete',
      after.updateReplacePolicy ?? 'Delete',
    ] as const,
  ]
    .filter(([, old, now]) => rank(now) < rank(old))
    .map(([name, old, now]) => `${name} is ${now} instead of ${old}.`);
  if (details.length === 0) return [];
  return [
    finding('keep-policy-lowered', after, {
      what: 'It is kept less safely when its stack goes or it is replaced.',
      details,
      instead: 'Keep removal policy RETAIN_ON_UPDATE_OR_DELETE or RETAIN on whatever holds data.',
    }),
  ];
}
