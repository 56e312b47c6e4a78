import type { TopicRecord } from '../../../console/api.ts';
import { BodyError } from '../../../core/codec.ts';
import { type CurationRules, curate } from '../../../core/curation.ts';
import {
  isBadAmount,
  PRICE_FIELDS,
  QUALITY_RULES,
  type QualityCode,
  TIME_FIELDS,
} from '../../../core/quality.ts';
import type { QuarantinedRecord } from '../../../core/quarantine.ts';
import type { Quote } from '../../../core/quote.ts';
import { frameBody } from '../../../core/wire.ts';
import type { PartitionRecord } from './raw-record.ts';

/** A record for people: decoded as far as it goes, with curation's judgement. */
export function describeRecord(record: PartitionRecord, rules: CurationRules): TopicRecord {
  const { partition, offset, timestamp, key, value, headers } = record;
  return {
    partition,
    offset,
    timestamp: timeText(timestamp),
    key: textOf(key),
    headers: headers.map((header) => ({ name: header.name, value: textOf(header.value) })),
    valueBytes: value?.length ?? 0,
    ...judgeRecord(record, rules),
  };
}

function judgeRecord(record: PartitionRecord, rules: CurationRules): Pick<TopicRecord, 'quote' | 'problem'> {
  const { days, quarantined } = curate([record], rules);
  const [verdict] = quarantined;
  if (verdict === undefined) {
    const [row] = [...days.values()].flat();
    return row === undefined ? {} : { quote: quoteJson(row.quote) };
  }
  const { code } = verdict;
  const quote = decodeAnyway(verdict, rules);
  const broken = quote === undefined ? [] : brokenFields(quote, code);
  const fields = broken.length === 0 ? '' : ` (${broken.join(', ')})`;
  return {
    problem: `${code}: ${QUALITY_RULES[code]}${fields}`,
    ...(quote === undefined ? {} : { quote: quoteJson(quote) }),
  };
}

/** What a bad record says, if it can be read. */
function decodeAnyway(
  { record, schemaVersionId }: QuarantinedRecord,
  rules: CurationRules,
): Quote | undefined {
  const decode = schemaVersionId === undefined ? undefined : rules.decoderOf(schemaVersionId);
  if (decode === undefined || record.value === null) return undefined;
  try {
    return decode(frameBody(record.value));
  } catch (error) {
    if (error instanceof BodyError) return undefined;
    throw error;
  }
}

/** The fields of a quote that make it break a rule. */
function brokenFields(quote: Quote, code: QualityCode): readonly string[] {
  if (code === 'symbol_empty') return ['symbol'];
  if (code === 'price_invalid') return PRICE_FIELDS.filter((name) => isBadAmount(quote[name]));
  if (code === 'volume_invalid') return ['latestVolume'];
  if (code === 'event_time_out_of_range') return ['latestUpdate'];
  if (code === 'time_out_of_range') return TIME_FIELDS.filter((name) => quote[name] !== null);
  return [];
}

/** Numbers that JSON lacks as text. */
function quoteJson(quote: Quote): Readonly<Record<string, string | number | null>> {
  return Object.fromEntries(
    Object.entries(quote).map(([name, value]) => [
      name,
      typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
    ]),
  );
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Text where it is UTF-8 without control characters, else base64. */
export function textOf(bytes: Uint8Array | null): string | null {
  if (bytes === null) return null;
  try {
    const text = utf8.decode(bytes);
    if (!/\p{Cc}/u.test(text)) return text;
  } catch {
    // Not UTF-8.
  }
  return `base64:${Buffer.from(bytes).toString('base64')}`;
}

/** A broker keeps any number as a timestamp; not each is a date. */
function timeText(epochMs: number): string {
  const date = new Date(epochMs);
  return Number.isNaN(date.getTime()) ? String(epochMs) : date.toISOString();
}
