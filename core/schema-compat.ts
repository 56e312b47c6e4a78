/** BACKWARD compatibility of Avro records, as the registry means it: the new version reads what the old one wrote. */
import avsc from 'avsc';
import type { AvroRecordSchema } from './quote.ts';

export interface SchemaIncompatibility {
  readonly field: string;
  readonly why: string;
}

/**
 * The first field for which a new version cannot read data of the old one, or undefined if it can.
 * https://docs.aws.amazon.com/glue/latest/dg/schema-registry.html#schema-registry-compatibility and
 * https://avro.apache.org/docs/1.11.1/specification/#schema-resolution
 */
export function findBackwardIncompatibility(
  next: AvroRecordSchema,
  previous: AvroRecordSchema,
): SchemaIncompatibility | undefined {
  const fullName = ({ namespace, name }: AvroRecordSchema): string => `${namespace}.${name}`;
  if (fullName(next) !== fullName(previous)) {
    return { field: fullName(next), why: `the record was called ${fullName(previous)}` };
  }
  const written = new Map(previous.fields.map((field) => [field.name, field.type]));
  for (const { name, type, default: byDefault } of next.fields) {
    const writtenType = written.get(name);
    if (writtenType === undefined) {
      if (byDefault === undefined)
        return { field: name, why: 'it is new and has no default for old records' };
    } else if (!canRead(type, writtenType)) {
      return { field: name, why: `${JSON.stringify(type)} cannot read ${JSON.stringify(writtenType)}` };
    }
  }
  return undefined;
}

function canRead(reader: string | readonly string[], writer: string | readonly string[]): boolean {
  const options = { wrapUnions: true };
  try {
    avsc.Type.forSchema(reader as avsc.Schema, options).createResolver(
      avsc.Type.forSchema(writer as avsc.Schema, options),
    );
    return true;
  } catch {
    return false;
  }
}
