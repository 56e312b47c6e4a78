/** What `tickerlake diff` says of changes of the real templates, each made in a copy of them. */
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { compareSides } from '../../cli/diff/compare.ts';
import { readTemplates } from '../../cli/diff/read-templates.ts';
import { readServiceSpec } from '../../cli/diff/service-spec.ts';
import { partOf, type Side, type TemplateResource } from '../../cli/diff/template.ts';
import { STAGES, type Stage } from '../../core/names.ts';
import { synthesize } from './synthesize.ts';

/** A whole stage is some hundred resources. */
jest.setTimeout(60_000);

const lakes = { dev: synthesize('dev'), prod: synthesize('prod') };
const types = await readServiceSpec();
const sides = new Map<Stage, Side>();

beforeAll(async () => {
  for (const stage of STAGES) sides.set(stage, await readTemplates(lakes[stage].directory));
});

function templatesOf(stage: Stage): Side {
  const side = sides.get(stage);
  if (side === undefined) throw new Error(`no templates of ${stage}`);
  return side;
}

/** A resource that a test may change. */
interface Draft extends Omit<TemplateResource, 'Properties' | 'UpdateReplacePolicy' | 'DeletionPolicy'> {
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

type Resources = Record<string, Draft>;

/**
 * The findings after a change of a stack's resources: `danger rule address`, a line each.
 * @param others parts that are compared as well, for what follows from the change
 */
function findingsAfter(
  stage: Stage,
  part: string,
  change: (resources: Resources) => void,
  others: readonly string[] = [],
): readonly string[] {
  const { stacks: all } = templatesOf(stage);
  const isCompared = (name: string): boolean => [part, ...others].includes(partOf(name).part);
  const before = all.filter(({ name }) => isCompared(name));
  const after = all.map((stack) => (isCompared(stack.name) ? structuredClone(stack) : stack));
  const stack = after.find(({ name }) => partOf(name).part === part);
  if (stack === undefined) throw new Error(`no stack ${part}`);
  change(stack.template.Resources as unknown as Resources);
  const sides = [
    { stacks: before, isWhole: false },
    { stacks: after, isWhole: true },
  ] as const;
  const { findings } = compareSides(...sides, types);
  return [...new Set(findings.map(({ severity, rule, address }) => `${severity} ${rule} ${address}`))].sort();
}

/** The one resource of a type whose id says what it is for. */
function only(resources: Resources, type: string, id = /./): Draft & { readonly id: string } {
  const found = Object.entries(resources).filter(([name, { Type }]) => Type === type && id.test(name));
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`${found.length} of ${type} match ${String(id)}`);
  return Object.assign(first[1], { id: first[0] });
}

/** What stands under a path of properties, which the test knows to be an object. */
function inside(draft: Draft, ...path: readonly string[]): Record<string, unknown> {
  return path.reduce((value, key) => value[key] as Record<string, unknown>, draft.Properties);
}

/** The list of objects under a path of properties. */
function listIn(draft: Draft, ...path: readonly string[]): Record<string, unknown>[] {
  return inside(draft, ...path) as unknown as Record<string, unknown>[];
}

test.each(STAGES)('stage %s against itself is safe', (stage) => {
  expect(compareSides(templatesOf(stage), structuredClone(templatesOf(stage)), types)).toEqual({
    findings: [],
    changes: [],
  });
});

describe('a cluster is replaced', () => {
  test('when it gets another security group', () => {
    const findings = findingsAfter('prod', 'stream', (resources) => {
      inside(only(resources, 'AWS::MSK::Cluster'), 'BrokerNodeGroupInfo')['SecurityGroups'] = ['sg-1'];
    });
    expect(findings).toContainEqual(
      expect.stringMatching(/^danger resource-replaced stream\/ProvisionedCluster/),
    );
    // Its topics name it, and cannot be moved to another.
    expect(findings.filter((line) => line.includes('Topic'))).toHaveLength(2);
  });

  test.each(STAGES)('in %s, when its security group gets another description', (stage) => {
    const describeAnew = (resources: Resources): void => {
      only(resources, 'AWS::EC2::SecurityGroup', /^NetworkBrokers/).Properties['GroupDescription'] =
        'Brokers';
    };
    const findings = findingsAfter(stage, 'network', describeAnew, ['stream']);
    expect(findings).toContainEqual(expect.stringMatching(/^danger resource-replaced stream\/\w+Cluster/));
  });

  test('but not when it gets more brokers', () => {
    const findings = findingsAfter('prod', 'stream', (resources) => {
      only(resources, 'AWS::MSK::Cluster').Properties['NumberOfBrokerNodes'] = 6;
    });
    expect(findings).toEqual([]);
  });
});

describe.each<[string, Stage, string, (resources: Resources) => void, RegExp]>([
  [
    'a bucket is taken out',
    'prod',
    'lake',
    (resources) => {
      const { id } = only(resources, 'AWS::S3::Bucket', /^StorageRaw/);
      Reflect.deleteProperty(resources, id);
    },
    /^danger resource-orphaned lake\/StorageRaw/,
  ],
  [
    'a table gets another logical id',
    'prod',
    'lake',
    (resources) => {
      const { id, ...table } = only(resources, 'AWS::Glue::Table', /QuotesCurated/);
      Reflect.deleteProperty(resources, id);
      resources['CuratedQuotes'] = table;
    },
    /^danger resource-renamed lake\/CuratedQuotes/,
  ],
  [
    'a bucket is no longer kept',
    'prod',
    'lake',
    (resources) => {
      only(resources, 'AWS::S3::Bucket', /^StorageRaw/).DeletionPolicy = 'Delete';
    },
    /^danger keep-policy-lowered lake\/StorageRaw/,
  ],
  [
    'backups are kept for less long',
    'prod',
    'serving',
    (resources) => {
      const database = Object.values(resources).find(
        ({ Properties: p }) => Number(p['BackupRetentionPeriod']) > 1,
      );
      if (database === undefined) throw new Error('no database with backups');
      database.Properties['BackupRetentionPeriod'] = 1;
    },
    /^danger retention-lowered serving\/Database/,
  ],
  [
    'earlier versions are kept for less long',
    'prod',
    'lake',
    (resources) => {
      const bucket = only(resources, 'AWS::S3::Bucket', /^StorageRaw/);
      const rules = listIn(bucket, 'LifecycleConfiguration', 'Rules');
      const rule = rules.find((one) => 'NoncurrentVersionExpiration' in one);
      if (rule === undefined) throw new Error('no rule');
      rule['NoncurrentVersionExpiration'] = { NoncurrentDays: 1 };
    },
    /^danger retention-lowered lake\/StorageRaw/,
  ],
  [
    'raw objects expire',
    'prod',
    'lake',
    (resources) => {
      const bucket = only(resources, 'AWS::S3::Bucket', /^StorageRaw/);
      listIn(bucket, 'LifecycleConfiguration', 'Rules').push({
        Status: 'Enabled',
        ExpirationInDays: 400,
      });
    },
    /^danger retention-lowered lake\/StorageRaw/,
  ],
  [
    'snapshots of Iceberg are kept for less long',
    'prod',
    'jobs',
    (resources) => {
      inside(only(resources, 'AWS::Glue::Job', /^Compaction/), 'DefaultArguments')['--snapshot_days'] = '2';
    },
    /^danger retention-lowered jobs\/Compaction/,
  ],
  [
    'records are kept for less long',
    'prod',
    'stream',
    (resources) => {
      const { Properties: properties } = only(resources, 'AWS::MSK::Configuration');
      properties['ServerProperties'] = String(properties['ServerProperties']).replace(
        /log\.retention\.ms=\d+/,
        'log.retention.ms=1000',
      );
    },
    /^danger retention-lowered stream\/ProvisionedCluster/,
  ],
  [
    'a topic has fewer partitions',
    'prod',
    'stream',
    (resources) => {
      only(resources, 'AWS::MSK::Topic', /QuotesTopic/).Properties['PartitionCount'] = 1;
    },
    /^danger partitions-lowered stream\//,
  ],
  [
    'a topic has fewer partitions, made by the function',
    'dev',
    'stream',
    (resources) => {
      const [topic = {}] = listIn(only(resources, 'Custom::KafkaTopics', /QuotesTopic/), 'Topics');
      topic['partitions'] = 1;
    },
    /^danger partitions-lowered stream\//,
  ],
  [
    'a role may read everything',
    'prod',
    'pipeline',
    (resources) => {
      const policy = only(resources, 'AWS::IAM::Policy', /^QuotesLandingLandQuotesRole/);
      listIn(policy, 'PolicyDocument', 'Statement').push({
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: '*',
      });
    },
    /^danger policy-widened pipeline\/QuotesLandingLandQuotesRole/,
  ],
  [
    'raw objects may be overwritten',
    'prod',
    'lake',
    (resources) => {
      const policy = only(resources, 'AWS::S3::BucketPolicy', /^StorageRaw/);
      const statements = listIn(policy, 'PolicyDocument', 'Statement');
      inside(policy, 'PolicyDocument')['Statement'] = statements.filter(
        (statement) => statement['Sid'] !== 'RawPutsAreConditional',
      );
    },
    /^danger policy-widened lake\/StorageRaw/,
  ],
  [
    'brokers are open to the world',
    'dev',
    'network',
    (resources) => {
      const group = only(resources, 'AWS::EC2::SecurityGroup', /^NetworkBrokers/);
      group.Properties['SecurityGroupIngress'] = [
        { CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 9098, ToPort: 9098 },
      ];
    },
    /^danger security-group-widened network\/NetworkBrokers/,
  ],
  [
    'a workgroup no longer enforces its settings',
    'dev',
    'query',
    (resources) => {
      const group = only(resources, 'AWS::Athena::WorkGroup', /^Analysts/);
      inside(group, 'WorkGroupConfiguration')['EnforceWorkGroupConfiguration'] = false;
    },
    /^danger protection-removed query\/Analysts/,
  ],
])('%s', (_case, stage, part, change, finding) => {
  test('and that alone is a danger', () => {
    const dangers = findingsAfter(stage, part, change).filter((line) => line.startsWith('danger'));
    expect(dangers).toEqual([expect.stringMatching(finding)]);
  });
});

test('a stack of prod that loses its termination protection is told', () => {
  const before = templatesOf('prod');
  const stacks = before.stacks.map((stack) => ({ ...stack, isProtected: false }));
  const { findings } = compareSides(before, { stacks, isWhole: true }, types);
  expect(findings.map(({ rule, address }) => `${rule} ${address}`).sort()).toEqual(
    ['lake', 'serving', 'stream'].map((part) => `protection-removed ${part}`),
  );
});

test('every stateful resource that is taken out is told', () => {
  const before = templatesOf('prod');
  const { findings } = compareSides(before, { stacks: [], isWhole: true }, types);
  const told = new Set(findings.map(({ address }) => address));
  const kept = before.stacks.flatMap(({ name, template }) =>
    Object.entries(template.Resources)
      .filter(([, resource]) => /^(Retain|Snapshot)/.test(resource.DeletionPolicy ?? ''))
      .map(([id]) => `${partOf(name).part}/${id}`),
  );
  expect(kept.length).toBeGreaterThan(20);
  expect(kept.filter((address) => !told.has(address))).toEqual([]);
});
