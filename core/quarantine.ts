/** A record that broke a quality rule, with what is needed to judge it again: one JSON object a file. */
import { QUALITY_RULES, type QualityCode } from './quality.ts';
import type { RawRecord } from './raw-file.ts';

export interface QuarantinedRecord {
  readonly record: RawRecord;
  readonly code: QualityCode;
  /** What exactly is wrong, beyond what the rule says. */
  readonly detail?: string | undefined;
  readonly schemaVersionId?: string | undefined;
}

/** One line, columns as the table over quarantined records has them. The same record gives the same bytes. */
export function formatQuarantined(
  { record, code, detail, schemaVersionId }: QuarantinedRecord,
  source: { readonly rawKey: string; readonly curationVersion: number },
): string {
  const base64 = (bytes: Uint8Array | null): string | null =>
    bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
  const rule = QUALITY_RULES[code];
  const line = {
    kafka_offset: record.offset,
    kafka_timestamp: sqlTimestamp(record.timestamp),
    code,
    reason: detail === undefined ? rule : `${rule}: ${detail}`,
    schema_version_id: schemaVersionId ?? null,
    key: base64(record.key),
    value: base64(record.value),
    headers: record.headers.map(({ name, value }) => ({ name, value: base64(value) })),
    raw_key: source.rawKey,
    curation_version: source.curationVersion,
  };
  return `${JSON.stringify(line)}\n`;
}

/** `2026-11-20 14:30:00.123`, UTC, or null outside the years that SQL can show. */
function sqlTimestamp(epochMs: number): string | null {
  const date = new Date(epochMs);
  if (Number.isNaN(date.getTime())) return null;
  const text = date.toISOString();
  return /^\d{4}-/.test(text) ? text.slice(0, -1).replace('T', ' ') : null;
}
