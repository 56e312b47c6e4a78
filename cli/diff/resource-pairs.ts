import type { Stage } from '../../core/names.ts';
import {
  at,
  canonical,
  codeHashes,
  maskCode,
  type Plain,
  Plainer,
  type PlainObject,
  plainText,
  withRenames,
} from './plain-values.ts';
import { partOf, type Side, type StackTemplate } from './template.ts';

/** A resource of one side, in plain values. */
export interface Entry {
  readonly stack: string;
  readonly stage: Stage | undefined;
  /** `lake/StorageRaw7E344C76`; of a renamed resource its new one, on both sides. */
  readonly address: string;
  readonly id: string;
  readonly type: string;
  /** Without hashes of code. */
  readonly properties: PlainObject;
  /** Hashes of the code that it names. */
  readonly code: readonly string[];
  /** Where its construct stands: `Storage/Raw`; undefined where the template does not say. */
  readonly path: string | undefined;
  readonly deletionPolicy: string | undefined;
  readonly updateReplacePolicy: string | undefined;
}

export interface Pair {
  readonly before: Entry;
  readonly after: Entry;
  /** The same resource under another logical id: CloudFormation removes one and makes the other. */
  readonly isRenamed: boolean;
}

/** The resources of one stage, before and after. */
export interface ResourcePairs {
  readonly pairs: readonly Pair[];
  readonly removed: readonly Entry[];
  readonly added: readonly Entry[];
}

/** Pairs the resources of two sides by stack and logical id, and what is left by what it is. */
export function pairResources(before: Side, after: Side): ResourcePairs {
  // A single template may tell of stacks that only the other side has.
  const known = new Set(before.stacks.map(({ name }) => name));
  const olds = entriesOf(before.stacks, [
    ...before.stacks,
    ...after.stacks.filter(({ name }) => !known.has(name)),
  ]);
  const compared = before.isWhole ? after.stacks : after.stacks.filter(({ name }) => known.has(name));
  const news = new Map(entriesOf(compared, after.stacks).map((entry) => [keyOf(entry), entry]));
  const pairs: Pair[] = [];
  const gone: Entry[] = [];
  for (const old of olds) {
    const same = news.get(keyOf(old));
    if (same?.type === old.type) pairs.push({ before: old, after: same, isRenamed: false });
    else gone.push(old);
  }
  const kept = new Set(pairs.map(({ after: entry }) => keyOf(entry)));
  const come = [...news.values()].filter((entry) => !kept.has(keyOf(entry)));
  const renamed = findRenames(gone, come);
  const renames = new Map(renamed.map(({ before: old, after: now }) => [old.address, now.address]));
  // Old values refer to what is renamed by its new address, so that the change of an id alone changes nothing else.
  const follow = (entry: Entry): Entry => ({
    ...entry,
    address: renames.get(entry.address) ?? entry.address,
    properties: withRenames(entry.properties, renames) as PlainObject,
  });
  return {
    pairs: [...pairs, ...renamed].map((pair) => ({ ...pair, before: follow(pair.before) })),
    removed: gone.filter((entry) => !renamed.some((pair) => pair.before === entry)).map(follow),
    added: come.filter((entry) => !renamed.some((pair) => pair.after === entry)),
  };
}

function keyOf({ stack, id }: Entry): string {
  return `${stack}/${id}`;
}

/** @param all whose outputs the stacks may take */
function entriesOf(stacks: readonly StackTemplate[], all: readonly StackTemplate[]): readonly Entry[] {
  return stacks.flatMap((stack) => entriesOfStack(stack, all));
}

/** The stack's resources, without CDK's metadata, which is none. */
function entriesOfStack(stack: StackTemplate, stacks: readonly StackTemplate[]): readonly Entry[] {
  const { stage, part } = partOf(stack.name);
  const plainer = new Plainer(stack, stacks);
  return Object.entries(stack.template.Resources)
    .filter(([, { Type }]) => Type !== 'AWS::CDK::Metadata')
    .map(([id, resource]) => {
      const properties = plainer.plain(resource.Properties ?? {});
      const path = resource.Metadata?.['aws:cdk:path'];
      return {
        stack: stack.name,
        stage,
        address: `${part}/${id}`,
        id,
        type: resource.Type,
        properties: maskCode(properties) as PlainObject,
        code: codeHashes(properties),
        path: typeof path === 'string' ? constructPath(path) : undefined,
        deletionPolicy: resource.DeletionPolicy,
        updateReplacePolicy: resource.UpdateReplacePolicy,
      };
    });
}

/** `tickerlake-dev-lake/Storage/Raw/Resource` is construct `Storage/Raw`. */
function constructPath(path: string): string {
  return path
    .split('/')
    .slice(1)
    .join('/')
    .replace(/\/(Resource|Default)$/, '');
}

/** What is gone and what came with the same name or the same properties is one resource, if there is one such alone. */
function findRenames(gone: readonly Entry[], come: readonly Entry[]): readonly Pair[] {
  const free = new Set(come);
  const renamed: Pair[] = [];
  for (const sameAs of [physicalName, propertiesText]) {
    for (const old of gone) {
      if (renamed.some((pair) => pair.before === old)) continue;
      const mark = sameAs(old);
      if (mark === undefined) continue;
      const isSame = (entry: Entry): boolean => entry.type === old.type && sameAs(entry) === mark;
      const [now, ...others] = [...free].filter(isSame);
      if (now === undefined || others.length > 0 || gone.filter(isSame).length > 1) continue;
      free.delete(now);
      renamed.push({ before: old, after: now, isRenamed: true });
    }
  }
  return renamed;
}

function propertiesText({ properties, stage }: Entry): string | undefined {
  return Object.keys(properties).length === 0 ? undefined : `${String(stage)} ${canonical(properties)}`;
}

/** Properties that hold the name by which a resource is known in its account, and that no two have alike. */
const NAME_PROPERTIES = [
  'Name',
  'BucketName',
  'ClusterName',
  'DBInstanceIdentifier',
  'DBClusterIdentifier',
  'DBProxyName',
  'FunctionName',
  'QueueName',
  'RoleName',
  'LogGroupName',
  'TableName',
  'AliasName',
  'AlarmName',
] as const;

/** The name under which AWS knows it, if the template gives one: there cannot be two of it. */
export function physicalName({ type, properties }: Entry): string | undefined {
  const named = {
    'AWS::Glue::Table': namesIn(properties['DatabaseName'], properties['TableInput']),
    'AWS::Glue::Database': namesIn(properties['DatabaseInput']),
    'AWS::MSK::Topic': namesIn(properties['ClusterArn'], properties['TopicName']),
    'Custom::KafkaTopics': namesIn(properties['ClusterArn'], properties['Topics']),
  }[type];
  if (named !== undefined) return named;
  for (const property of NAME_PROPERTIES) {
    const name = properties[property];
    if (typeof name === 'string') return name;
  }
  return undefined;
}

function namesIn(...values: readonly (Plain | undefined)[]): string {
  const names = values.map((value) => {
    if (Array.isArray(value)) return namesIn(...(value as readonly Plain[]));
    return plainText(at(value, 'Name') ?? at(value, 'name') ?? value);
  });
  return names.join('.');
}
