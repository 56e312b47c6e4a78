import { type Finding, finding } from '../finding.ts';
import { at, canonical, isObject, listOf, type Plain, type PlainObject, plainText } from '../plain-values.ts';
import type { Entry, ResourcePairs } from '../resource-pairs.ts';

/** A property that says for how long something is kept. */
interface RetentionProperty {
  readonly path: readonly string[];
  readonly what: string;
  readonly unit: string;
  /** What holds where the property is not there. */
  readonly absent: number;
}

const FOREVER = Number.POSITIVE_INFINITY;

/** Defaults are those of the pages of each type in https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/ */
const PROPERTIES: Readonly<Record<string, readonly RetentionProperty[]>> = {
  'AWS::Logs::LogGroup': [
    { path: ['RetentionInDays'], what: 'Log lines are kept', unit: 'days', absent: FOREVER },
  ],
  'AWS::RDS::DBInstance': [
    { path: ['BackupRetentionPeriod'], what: 'Backups are kept', unit: 'days', absent: 1 },
  ],
  'AWS::RDS::DBCluster': [
    { path: ['BackupRetentionPeriod'], what: 'Backups are kept', unit: 'days', absent: 1 },
  ],
  'AWS::KMS::Key': [
    { path: ['PendingWindowInDays'], what: 'A key to be deleted can be saved for', unit: 'days', absent: 30 },
  ],
  'AWS::SQS::Queue': [
    { path: ['MessageRetentionPeriod'], what: 'Messages are kept', unit: 'seconds', absent: 345_600 },
  ],
  'AWS::Glue::Job': [
    {
      path: ['DefaultArguments', '--snapshot_days'],
      what: 'Snapshots of the Iceberg tables are kept',
      unit: 'days',
      absent: FOREVER,
    },
  ],
};

/** Findings for whatever is kept for less long than before. */
export function retentionFindings({ pairs }: ResourcePairs): readonly Finding[] {
  return pairs.flatMap(({ before, after }) => {
    const lowered = [
      ...(PROPERTIES[after.type] ?? []).flatMap((property) => loweredProperty(property, before, after)),
      ...(after.type === 'AWS::S3::Bucket' ? loweredLifecycle(before.properties, after.properties) : []),
      ...loweredKafka(before, after),
    ];
    if (lowered.length === 0) return [];
    return [
      finding('retention-lowered', after, {
        what: 'It keeps data for less long; what is older is deleted soon after the deployment.',
        details: lowered,
        instead: 'Keep the longer span, or copy first what is still needed.',
      }),
    ];
  });
}

function loweredProperty(property: RetentionProperty, before: Entry, after: Entry): readonly string[] {
  const { path, what, unit, absent } = property;
  const [old, now] = [before, after].map((entry) => numberOf(at(entry.properties, ...path), absent));
  return isLess(now, old) ? [`${what} ${spanText(now, unit)} instead of ${spanText(old, unit)}.`] : [];
}

/** A number, in whichever form the template has it; not a number where only AWS can tell. */
function numberOf(value: Plain | undefined, absent: number): number {
  return value === undefined ? absent : Number(value);
}

function isLess(now: number | undefined, old: number | undefined): boolean {
  return now !== undefined && old !== undefined && now < old;
}

function spanText(span: number | undefined, unit: string): string {
  return span === undefined || span === FOREVER ? 'forever' : `${span} ${unit}`;
}

// Lifecycle of a bucket: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html

/** When a rule of a bucket ends the life of which objects. */
interface Expiry {
  readonly prefix: string;
  /** Tags and sizes that narrow it, as text. */
  readonly filters: readonly string[];
  /** Days until an object expires, and until a version that is no longer current does. */
  readonly days: Readonly<Record<'objects' | 'earlier versions', number>>;
}

function loweredLifecycle(before: PlainObject, after: PlainObject): readonly string[] {
  const [olds, news] = [before, after].map((properties) =>
    listOf(at(properties, 'LifecycleConfiguration', 'Rules'))
      .filter(isEnabled)
      .map(expiryOf),
  );
  return (news ?? []).flatMap((now) =>
    (['objects', 'earlier versions'] as const).flatMap((kind) => {
      const days = now.days[kind];
      if (days === FOREVER) return [];
      // Whatever held of all these objects before.
      const held = (olds ?? []).filter((old) => isWithin(now, old)).map((old) => old.days[kind]);
      const old = Math.min(FOREVER, ...held);
      return days < old
        ? [`${scopeText(kind, now)} expire after ${days} days; before: ${spanText(old, 'days')}.`]
        : [];
    }),
  );
}

function isEnabled(rule: Plain): boolean {
  return at(rule, 'Status') === 'Enabled';
}

function expiryOf(rule: Plain): Expiry {
  const hasDate = at(rule, 'ExpirationDate') !== undefined;
  const filters = ['TagFilters', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan'].flatMap((name) =>
    listOf(at(rule, name)).map((filter) =>
      isObject(filter)
        ? `${plainText(filter['Key'])}=${plainText(filter['Value'])}`
        : `${name} ${canonical(filter)}`,
    ),
  );
  const noncurrent =
    at(rule, 'NoncurrentVersionExpiration', 'NoncurrentDays') ??
    at(rule, 'NoncurrentVersionExpirationInDays');
  return {
    prefix: plainText(at(rule, 'Prefix') ?? ''),
    filters: filters.sort(),
    days: {
      objects: hasDate ? 0 : numberOf(at(rule, 'ExpirationInDays'), FOREVER),
      'earlier versions': numberOf(noncurrent, FOREVER),
    },
  };
}

/** Whether every object of one rule's scope is in the other's. */
function isWithin(narrow: Expiry, wide: Expiry): boolean {
  return (
    narrow.prefix.startsWith(wide.prefix) && wide.filters.every((filter) => narrow.filters.includes(filter))
  );
}

function scopeText(kind: string, { prefix, filters }: Expiry): string {
  const where = prefix === '' ? '' : ` under ${prefix}`;
  const which = filters.length === 0 ? '' : ` with ${filters.join(' and ')}`;
  return `${kind === 'objects' ? 'Objects' : 'Earlier versions of objects'}${where}${which}`;
}

// Kafka: retention of a topic, or what a cluster gives topics that say nothing.

/** https://kafka.apache.org/39/documentation.html#topicconfigs: -1 is without limit. */
const KAFKA_SETTINGS = /^(?:log\.)?retention\.(ms|minutes|hours|bytes)$|^offsets\.retention\.minutes$/;

function loweredKafka(before: Entry, after: Entry): readonly string[] {
  const [olds, news] = [before, after].map(kafkaSettings);
  return [...(news ?? [])].flatMap(([name, now]) => {
    const old = olds?.get(name);
    return isLess(now, old) ? [`${name} is ${String(now)} instead of ${spanText(old, '').trim()}.`] : [];
  });
}

function kafkaSettings({ type, properties }: Entry): ReadonlyMap<string, number> {
  switch (type) {
    case 'AWS::MSK::Configuration':
      return settingsOf('', plainText(properties['ServerProperties'] ?? '').split('\n'));
    case 'AWS::MSK::Topic':
      return settingsOf('', configLines(properties['Configs']));
    case 'Custom::KafkaTopics':
      return new Map(
        listOf(properties['Topics']).flatMap((topic) => [
          ...settingsOf(`topic ${plainText(at(topic, 'name'))}: `, configLines(at(topic, 'config'))),
        ]),
      );
    default:
      return new Map();
  }
}

/** Lines `name=value` of settings as an object, a text, or a text in base64, which is how MSK takes them. */
function configLines(config: Plain | undefined): readonly string[] {
  if (isObject(config)) return Object.entries(config).map(([name, value]) => `${name}=${plainText(value)}`);
  if (typeof config !== 'string') return [];
  return (
    config.includes('=') && config.includes('.') ? config : Buffer.from(config, 'base64').toString('utf8')
  ).split('\n');
}

function settingsOf(prefix: string, lines: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    lines.flatMap((line) => {
      const [name = '', value = ''] = line.split('=').map((text) => text.trim());
      if (!KAFKA_SETTINGS.test(name)) return [];
      return [[prefix + name, Number(value) < 0 ? FOREVER : Number(value)] as const];
    }),
  );
}
