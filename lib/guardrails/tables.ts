/** Tables of the catalog as Athena reads them: types of columns, and partition projection. */
import { unknownPart } from './column-types.ts';
import { type Deployment, dig, type Node, nodes, type Resource } from './deployment.ts';
import type { Fault, Guardrail } from './guardrail.ts';

const ATHENA_GUIDE = 'https://docs.aws.amazon.com/athena/latest/ug';
const PROJECTION_TYPES = `${ATHENA_GUIDE}/partition-projection-supported-types.html`;
const PROJECTION_SETUP = `${ATHENA_GUIDE}/partition-projection-setting-up.html`;

/** Properties of a projected key, by its type: which it must have, and which it may. */
const KEY_PROPERTIES = {
  enum: { required: ['values'], optional: [] },
  integer: { required: ['range'], optional: ['interval', 'digits'] },
  date: { required: ['range', 'format'], optional: ['interval', 'interval.unit'] },
  injected: { required: [], optional: [] },
} as const;
type KeyType = keyof typeof KEY_PROPERTIES;

const INTERVAL_UNITS = ['YEARS', 'MONTHS', 'WEEKS', 'DAYS', 'HOURS', 'MINUTES', 'SECONDS', 'MILLISECONDS'];
const TEMPLATE = 'storage.location.template';

interface Table {
  readonly resource: Resource;
  readonly keys: readonly { readonly name: string; readonly type: string }[];
  readonly parameters: Node;
  /** Text of each parameter, references resolved. */
  readonly text: (parameter: string) => string | undefined;
}

function tablesOf(deployment: Deployment): readonly Table[] {
  return deployment.ofType('AWS::Glue::Table').map((resource) => {
    const input = resource.properties['TableInput'];
    const parameters = (dig(input, 'Parameters') ?? {}) as Node;
    return {
      resource,
      keys: nodes(dig(input, 'PartitionKeys')).map(({ Name, Type }) => ({
        name: String(Name),
        type: String(Type),
      })),
      parameters,
      text: (parameter) =>
        Object.hasOwn(parameters, parameter)
          ? deployment.text(parameters[parameter], resource.stack)
          : undefined,
    };
  });
}

export const isProjected = ({ text }: Pick<Table, 'text'>): boolean =>
  text('projection.enabled')?.toLowerCase() === 'true';

const COLUMN_TYPE: Guardrail = {
  id: 'athena-column-type',
  forbids: 'a column whose Hive type Athena does not know',
  why: 'every query of the table fails, and not its creation',
  source: `${ATHENA_GUIDE}/data-types.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::Glue::Table')) {
      const input = resource.properties['TableInput'];
      for (const list of ['StorageDescriptor.Columns', 'PartitionKeys'])
        for (const { Name, Type } of nodes(dig(input, list))) {
          const unknown = unknownPart(deployment.text(Type, resource.stack));
          if (unknown !== undefined)
            yield {
              resource,
              property: `TableInput.${list}.${String(Name)}.Type`,
              value: unknown,
              allowed: "Hive's types as Athena has them: string, int, bigint, double, timestamp, array<…>, …",
              fix: 'use string for text, and timestamp (which has no zone) for times',
            };
        }
    }
  },
};

const PROJECTION_PROPERTY: Guardrail = {
  id: 'athena-projection-property',
  forbids: 'a property of partition projection that there is not, or for a column that is no partition key',
  why: 'Athena passes over what it does not know: a typo leaves a table without rows',
  source: PROJECTION_TYPES,
  *check(deployment) {
    for (const table of tablesOf(deployment)) {
      const known = knownProperties(table);
      const found = Object.keys(table.parameters).filter((name) => /^(projection|storage)\b/i.test(name));
      for (const name of found.filter((each) => !known.includes(each)))
        yield fault(
          table,
          name,
          table.text(name),
          `one of ${known.join(', ')}`,
          `write ${closest(name, known)}`,
        );
    }
  },
};

function knownProperties({ keys, text }: Table): readonly string[] {
  const ofKeys = keys.flatMap(({ name }) => {
    const type = text(`projection.${name}.type`)?.trim().toLowerCase() ?? '';
    const { required, optional } = Object.hasOwn(KEY_PROPERTIES, type)
      ? KEY_PROPERTIES[type as KeyType]
      : { required: ['values', 'range', 'format'], optional: ['interval', 'interval.unit', 'digits'] };
    return ['type', ...required, ...optional].map((property) => `projection.${name}.${property}`);
  });
  return ['projection.enabled', ...ofKeys, TEMPLATE];
}

const PROJECTION_COMPLETE: Guardrail = {
  id: 'athena-projection-complete',
  forbids:
    'projection that is not switched on, lacks a type, range, values or format of a key, or has one that does not parse',
  why: 'the table answers without rows, or each query fails',
  source: PROJECTION_TYPES,
  *check(deployment) {
    for (const table of tablesOf(deployment)) {
      if (!Object.keys(table.parameters).some((name) => name.startsWith('projection.'))) continue;
      if (!isProjected(table))
        yield fault(
          table,
          'projection.enabled',
          table.text('projection.enabled'),
          'true',
          'set it, or drop the other projection properties',
        );
      for (const { name, type } of table.keys) yield* keyFaults(table, name, type);
    }
  },
};

function* keyFaults(table: Table, name: string, columnType: string): Iterable<Fault> {
  const property = (part: string): string => `projection.${name}.${part}`;
  const type = table.text(property('type'))?.trim().toLowerCase();
  if (type === undefined || !Object.hasOwn(KEY_PROPERTIES, type)) {
    const allowed = Object.keys(KEY_PROPERTIES).join(', ');
    yield fault(
      table,
      property('type'),
      table.text(property('type')),
      allowed,
      'say how the key is projected',
    );
    return;
  }
  for (const part of KEY_PROPERTIES[type as KeyType].required)
    if (!table.text(property(part)))
      yield fault(
        table,
        property(part),
        undefined,
        `a value, for a key of type ${type}`,
        `add ${property(part)}`,
      );
  const range = table.text(property('range'));
  if (range !== undefined && !isRange(range, type, table.text(property('format')) ?? ''))
    yield fault(
      table,
      property('range'),
      range,
      RANGES[type] ?? 'no range',
      'write the lowest and the highest value, with a comma between',
    );
  for (const part of ['interval', 'digits']) {
    const value = table.text(property(part));
    if (value !== undefined && !/^[1-9]\d*$/.test(value))
      yield fault(table, property(part), value, 'a whole number from 1', 'write digits alone');
  }
  const unit = table.text(property('interval.unit'));
  if (unit !== undefined && !INTERVAL_UNITS.some((each) => each === unit.toUpperCase()))
    yield fault(
      table,
      property('interval.unit'),
      unit,
      INTERVAL_UNITS.join(', '),
      'write a unit in the plural',
    );
  // https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html#partition-projection-injected-type
  const columns =
    type === 'integer' ? ['int', 'integer', 'bigint', 'smallint', 'tinyint', 'string'] : ['string', 'date'];
  if (type !== 'enum' && !columns.includes(columnType))
    yield fault(
      table,
      property('type'),
      `${type} for a key that is ${columnType}`,
      `${type} for ${columns.join(', ')}`,
      'change the type of the partition key',
    );
}

const RANGES: Readonly<Record<string, string>> = {
  integer: 'two whole numbers, the lower one first, such as 0,3',
  date: 'two dates in the format of the key, or NOW and what lies before or after, such as NOW-3YEARS,NOW',
};

function isRange(range: string, type: string, format: string): boolean {
  const ends = range.split(',').map((end) => end.trim());
  const [low = '', high = ''] = ends;
  if (ends.length !== 2 || low === '' || high === '') return false;
  if (type === 'integer') return ends.every((end) => /^-?\d+$/.test(end)) && Number(low) <= Number(high);
  return type === 'date' && ends.every((end) => isDate(end, format));
}

/** As far as it can be told without Java: as long as the format, digits where it has fields, the same text between. */
function isDate(text: string, format: string): boolean {
  const units = INTERVAL_UNITS.map((unit) => `${unit.slice(0, -1)}S?`).join('|');
  if (new RegExp(String.raw`^NOW(\s*[+-]\s*\d+\s*(${units}))?$`, 'i').test(text)) return true;
  const pattern = format
    .replaceAll(/'([^']*)'/g, '$1')
    .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/[yMdHhmsS]/g, String.raw`\d`);
  return new RegExp(`^${pattern}$`).test(text);
}

const PROJECTION_LOCATION: Guardrail = {
  id: 'athena-projection-location',
  forbids: `a ${TEMPLATE} that leaves a partition key out, names another, lies elsewhere, or does not end in a slash`,
  why: 'Athena looks for the rows of a partition where they are not',
  source: PROJECTION_SETUP,
  *check(deployment) {
    for (const table of tablesOf(deployment).filter(isProjected)) {
      const template = table.text(TEMPLATE);
      if (template === undefined) continue;
      const names = new Set(table.keys.map(({ name }) => name));
      // References to resources have a slash between the braces.
      const named = new Set([...template.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name));
      const keys = [...names].map((name) => `\${${name}}`).join(' and ');
      if (names.size !== named.size || [...named].some((name) => !names.has(name)))
        yield fault(
          table,
          TEMPLATE,
          template,
          `a location with ${keys} in it and no other key`,
          'name each partition key once',
        );
      if (!template.endsWith('/'))
        yield fault(table, TEMPLATE, template, 'a location that ends in a slash', 'add the slash');
      const location = deployment.text(
        dig(table.resource.properties, 'TableInput.StorageDescriptor.Location'),
        table.resource.stack,
      );
      if (!template.startsWith(location))
        yield fault(
          table,
          TEMPLATE,
          template,
          `a location under ${location}`,
          "start with the table's own location",
        );
    }
  },
};

const CRAWLED_PROJECTION: Guardrail = {
  id: 'glue-crawler-on-projection',
  forbids: 'a crawler on the location of a table whose partitions are projected',
  why: 'a crawler does not see projection: it registers partitions that Athena ignores, or makes tables of folders',
  source: `${ATHENA_GUIDE}/partition-projection.html`,
  *check(deployment) {
    const locations = tablesOf(deployment)
      .filter(isProjected)
      .map(({ resource }) => ({
        name: String(dig(resource.properties, 'TableInput.Name')),
        path: deployment.text(
          dig(resource.properties, 'TableInput.StorageDescriptor.Location'),
          resource.stack,
        ),
      }));
    for (const resource of deployment.ofType('AWS::Glue::Crawler'))
      for (const { Path } of nodes(dig(resource.properties, 'Targets.S3Targets'))) {
        const path = withSlash(deployment.text(Path, resource.stack));
        for (const table of locations.filter((each) => overlaps(path, withSlash(each.path))))
          yield {
            resource,
            property: 'Targets.S3Targets.Path',
            value: path,
            allowed: `a path apart from ${table.path}, where table ${table.name} projects its partitions`,
            fix: 'crawl what comes from outside alone; partitions of our own tables need no crawler',
          };
      }
  },
};

const withSlash = (path: string): string => (path.endsWith('/') ? path : `${path}/`);
const overlaps = (one: string, other: string): boolean => one.startsWith(other) || other.startsWith(one);

function fault({ resource }: Table, parameter: string, value: unknown, allowed: string, fix: string): Fault {
  return { resource, property: `TableInput.Parameters.${parameter}`, value, allowed, fix };
}

/** The known name that shares the longest beginning and end with what was written. */
function closest(name: string, known: readonly string[]): string {
  const score = (each: string): number => {
    let [head, foot] = [0, 0];
    while (head < each.length && each[head] === name[head]) head += 1;
    while (foot < each.length && each.at(-1 - foot) === name.at(-1 - foot)) foot += 1;
    return head + foot;
  };
  return known.reduce((best, each) => (score(each) > score(best) ? each : best), '');
}

export const TABLE_GUARDRAILS: readonly Guardrail[] = [
  COLUMN_TYPE,
  PROJECTION_PROPERTY,
  PROJECTION_COMPLETE,
  PROJECTION_LOCATION,
  CRAWLED_PROJECTION,
];
