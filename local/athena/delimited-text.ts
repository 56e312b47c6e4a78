/**
 * Text files with a row a line, as a crawler finds them: fields by their place, whatever the header says.
 * https://docs.aws.amazon.com/athena/latest/ug/lazy-simple-serde.html and csv-serde.html
 */
import type { Table } from '@aws-sdk/client-glue';
import { notSupported, QueryFailure } from './errors.ts';
import { list, literal } from './sql-text.ts';

export interface DelimitedText {
  /** LazySimpleSerDe or OpenCSVSerde: they differ in quotes, and in what they make of values. */
  readonly serde: 'simple' | 'quoted';
  readonly separator: string;
  readonly quote: string;
  readonly escape: string;
  readonly headerLines: number;
  /** What LazySimpleSerDe takes for NULL. */
  readonly nullText: string;
}

export function delimitedText(table: Table): DelimitedText | undefined {
  const { SerializationLibrary: library = '', Parameters: serde = {} } =
    table.StorageDescriptor?.SerdeInfo ?? {};
  const isQuoted = library.endsWith('.OpenCSVSerde');
  if (!isQuoted && !library.endsWith('.LazySimpleSerDe')) return undefined;
  const name = table.Name ?? 'the table';
  if (!isQuoted && serde['escape.delim'] !== undefined)
    throw notSupported(`${name} has escape.delim`, 'the local engine reads escapes by OpenCSVSerde alone');
  const header = table.Parameters?.['skip.header.line.count'] ?? serde['skip.header.line.count'] ?? '0';
  if (!/^\d+$/.test(header))
    throw new QueryFailure(
      'HIVE_INVALID_METADATA',
      `skip.header.line.count of ${name} is no number: ${header}`,
    );
  return {
    serde: isQuoted ? 'quoted' : 'simple',
    separator: character(
      (isQuoted ? serde['separatorChar'] : (serde['field.delim'] ?? serde['serialization.format'])) ??
        (isQuoted ? ',' : '\u0001'),
    ),
    quote: character(serde['quoteChar'] ?? '"'),
    escape: character(serde['escapeChar'] ?? '\\'),
    headerLines: Number(header),
    nullText: serde['serialization.null.format'] ?? String.raw`\N`,
  };
}

/** Reads lines into column `fields`, a list of text. @param hive options for partition keys in paths, which become columns */
export function fieldsReader(text: DelimitedText, files: readonly string[], hive: string): string {
  // No separator of a file: what no text holds stands between columns of which there is one.
  const lines = `read_csv(${list(files)}, columns = {'line': 'VARCHAR'}, header = false, skip = ${text.headerLines}, delim = chr(1) || chr(2) || chr(3), quote = '', escape = '', auto_detect = false${hive})`;
  const split =
    text.serde === 'simple' ? `string_split(line, ${literal(text.separator)})` : quotedFields(text);
  return `(SELECT * EXCLUDE (line), ${split} AS fields FROM (SELECT * REPLACE (rtrim(coalesce(line, ''), chr(13)) AS line) FROM ${lines}))`;
}

/** The value of the field at a place from 0; one that a line lacks is NULL, and those it has too many of are not seen. */
export function fieldValue(text: DelimitedText, place: number, duckdbType: string): string {
  const field = `fields[${place + 1}]`;
  if (text.serde === 'simple')
    return `TRY_CAST(nullif(${field}, ${literal(text.nullText)}) AS ${duckdbType})`;
  if (duckdbType === 'VARCHAR') return field;
  const value =
    duckdbType === 'DATE'
      ? `DATE '1970-01-01' + TRY_CAST(${field} AS INTEGER)`
      : duckdbType === 'TIMESTAMP'
        ? `make_timestamp(TRY_CAST(${field} AS BIGINT) * 1000)`
        : `TRY_CAST(${field} AS ${duckdbType})`;
  const failure = `error('Error parsing field value ''' || ${field} || ''' for field ${place}')`;
  return `CASE WHEN ${value} IS NULL AND ${field} IS NOT NULL THEN ${failure} ELSE ${value} END`;
}

/** A field is made of pieces in quotes and of what lies between; a quote inside quotes is doubled or escaped. */
function quotedFields({ separator, quote, escape }: DelimitedText): string {
  const [end, q, e] = [separator, quote, escape].map(inPattern);
  const inQuotes = `(?:[^${q}${e}]|${e}.|${q}${q})*`;
  const field = `((?:${q}${inQuotes}${q}|[^${q}${end}])*)${end}`;
  const fields = `regexp_extract_all(line || ${literal(separator)}, ${literal(field)}, 1)`;
  const bare = `regexp_replace(field, ${literal(`${q}(${inQuotes})${q}`)}, '\\1', 'g')`;
  const unescaped = `regexp_replace(${bare}, ${literal(`${q}(${q})|${e}([${q}${e}])?`)}, '\\1\\2', 'g')`;
  return `list_transform(${fields}, LAMBDA field : ${unescaped})`;
}

/** The character as a pattern takes it, whatever it means there. */
function inPattern(char: string): string {
  return `\\x{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}

/** Catalogs hold separators as they are, or as people write them: a tab, `\t`, `\u0001`, `\001`. */
function character(text: string): string {
  const [, named, hex, octal] = /^\\(?:([tn0])|u([\da-fA-F]{4})|([0-7]{3}))$/.exec(text) ?? [];
  if (named !== undefined) return { t: '\t', n: '\n', 0: '\0' }[named] ?? text;
  const code = hex === undefined ? octal && Number.parseInt(octal, 8) : Number.parseInt(hex, 16);
  return typeof code === 'number' ? String.fromCodePoint(code) : text;
}
