/** BACKWARD compatibility of Avro records, as the registry means it: the new version reads what the old one wrote. */
import avsc from 'avsc';

export interface SchemaIncompatibility {
  /** The field that stands in the way; the record's name if no single field does. */
  readonly field: string;
  /** Of the field: `it is new and has no default for old records`. */
  readonly why: string;
}

interface FlatField {
  readonly name: string;
  readonly type: string | readonly string[];
  readonly hasDefault: boolean;
}

interface FlatRecord {
  readonly fullName: string;
  readonly fields: readonly FlatField[];
}

const PRIMITIVES: readonly unknown[] = [
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
];

/**
 * The first field for which a new version cannot read data of the old one, or undefined if it can.
 *
 * Compares flat records: fields of primitive types and of unions of them, with defaults and promotions (int to long to
 * float to double, string to bytes and back). What it does not compare (nested types, aliases, logical types) is refused,
 * never passed.
 *
 * https://docs.aws.amazon.com/glue/latest/dg/schema-registry.html#schema-registry-compatibility and
 * https://avro.apache.org/docs/1.11.1/specification/#schema-resolution
 * @param next an Avro schema, parsed from JSON
 */
export function findBackwardIncompatibility(
  next: unknown,
  previous: unknown,
): SchemaIncompatibility | undefined {
  const reader = readFlatRecord(next);
  if ('why' in reader) return reader;
  const writer = readFlatRecord(previous);
  if ('why' in writer) return { ...writer, why: `in the version before, ${writer.why}` };
  if (reader.fullName !== writer.fullName) {
    return { field: reader.fullName, why: `the record was called ${writer.fullName}` };
  }
  const written = new Map(writer.fields.map(({ name, type }) => [name, type]));
  for (const { name, type, hasDefault } of reader.fields) {
    const writtenType = written.get(name);
    if (writtenType === undefined) {
      if (!hasDefault) return { field: name, why: 'it is new and has no default for old records' };
    } else if (!canRead(type, writtenType)) {
      return { field: name, why: `${JSON.stringify(type)} cannot read ${JSON.stringify(writtenType)}` };
    }
  }
  return undefined;
}

function readFlatRecord(schema: unknown): FlatRecord | SchemaIncompatibility {
  if (!isObject(schema) || schema['type'] !== 'record' || !Array.isArray(schema['fields'])) {
    return { field: 'the schema', why: 'it is no record' };
  }
  const { name, namespace, aliases } = schema;
  const fullName = fullNameOf(name, namespace);
  if (fullName === undefined) return { field: 'the schema', why: 'it has no name' };
  if (aliases !== undefined) return { field: fullName, why: 'it has aliases, which are not compared' };
  const fields: FlatField[] = [];
  for (const field of schema['fields'] as readonly unknown[]) {
    const read = readFlatField(field);
    if ('why' in read) return read;
    if (fields.some((other) => other.name === read.name))
      return { field: read.name, why: 'it stands there twice' };
    fields.push(read);
  }
  return { fullName, fields };
}

/** https://avro.apache.org/docs/1.11.1/specification/#names: a name with a dot carries its own namespace. */
function fullNameOf(name: unknown, namespace: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') return undefined;
  return typeof namespace !== 'string' || namespace === '' || name.includes('.')
    ? name
    : `${namespace}.${name}`;
}

function readFlatField(field: unknown): FlatField | SchemaIncompatibility {
  if (!isObject(field) || typeof field['name'] !== 'string')
    return { field: 'a field', why: 'it has no name' };
  const { name, type, aliases } = field;
  if (aliases !== undefined) return { field: name, why: 'it has aliases, which are not compared' };
  if (!isFlat(type)) {
    return { field: name, why: `${JSON.stringify(type)} is neither a primitive type nor a union of them` };
  }
  try {
    // A name, a union or a default that Avro does not allow.
    parse({ type: 'record', name: 'Probe', fields: [field] });
  } catch (error) {
    return { field: name, why: `it is no Avro: ${error instanceof Error ? error.message : String(error)}` };
  }
  return { name, type, hasDefault: field['default'] !== undefined };
}

/** With options of its own: avsc keeps in them which names it has seen. */
function parse(schema: unknown): avsc.Type {
  return avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: true });
}

function isFlat(type: unknown): type is string | readonly string[] {
  return Array.isArray(type)
    ? type.every((branch) => PRIMITIVES.includes(branch))
    : PRIMITIVES.includes(type);
}

/** Every branch that may have been written must be readable. */
function canRead(reader: FlatField['type'], writer: FlatField['type']): boolean {
  try {
    parse(reader).createResolver(parse(writer));
    return true;
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
