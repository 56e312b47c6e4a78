/** The receipt of a curated raw object: every record it holds, accounted for. It is written last. */
import { TickerlakeError } from './errors.ts';
import { QUALITY_RULES, type QualityCode } from './quality.ts';

export interface Receipt {
  /** First offset that the raw object covers. */
  readonly first: number;
  readonly last: number;
  /** Records that it holds: the sum of curated rows and quarantined records. */
  readonly records: number;
  readonly curationVersion: number;
  /**
   * How often the raw object was curated. No receipt equals the one before it: whoever replaces it by its ETag notices
   * that somebody else curated meanwhile, even to the same end.
   */
  readonly revision: number;
  readonly curated: readonly { readonly key: string; readonly rows: number }[];
  readonly quarantined: readonly { readonly offset: number; readonly code: QualityCode }[];
}

export function formatReceipt(receipt: Receipt): string {
  const { first, last, records, curationVersion, revision, curated, quarantined } = receipt;
  const found = curated.reduce((sum, { rows }) => sum + rows, 0) + quarantined.length;
  if (found !== records) throw new RangeError(`a receipt of ${records} records names ${found}`);
  return `${JSON.stringify({ first, last, records, curationVersion, revision, curated, quarantined })}\n`;
}

/** @throws TickerlakeError RAW_OBJECT_MALFORMED if it is not a receipt or does not add up */
export function parseReceipt(key: string, text: string): Receipt {
  let why = 'it is not one';
  try {
    const receipt: unknown = JSON.parse(text);
    if (isReceipt(receipt)) {
      const found = receipt.curated.reduce((sum, { rows }) => sum + rows, 0) + receipt.quarantined.length;
      if (found === receipt.records) return receipt;
      why = `it names ${found} of ${receipt.records} records`;
    }
  } catch {
    why = 'it is not JSON';
  }
  throw new TickerlakeError('RAW_OBJECT_MALFORMED', `the receipt cannot be read: ${why}`, {
    coordinates: { key },
    hint: 'the next sweep has its raw object curated again, which replaces it',
  });
}

/** Reads a receipt, or gives undefined if it is torn or something else. */
export function readReceipt(text: string): Receipt | undefined {
  try {
    return parseReceipt('', text);
  } catch {
    return undefined;
  }
}

function isReceipt(value: unknown): value is Receipt {
  if (typeof value !== 'object' || value === null) return false;
  const { first, last, records, curationVersion, revision, curated, quarantined } = value as Record<
    string,
    unknown
  >;
  return (
    [first, last, records, curationVersion, revision].every((count) => Number.isSafeInteger(count)) &&
    Array.isArray(curated) &&
    curated.every(
      (file: Partial<Receipt['curated'][number]>) =>
        typeof file.key === 'string' && typeof file.rows === 'number',
    ) &&
    Array.isArray(quarantined) &&
    quarantined.every(
      (record: Partial<Receipt['quarantined'][number]>) =>
        typeof record.offset === 'number' && record.code !== undefined && record.code in QUALITY_RULES,
    )
  );
}
