import { LineCutter } from '../../core/lines.ts';
import type { TapeCursor } from '../../core/produce-contract.ts';
import { readQuote } from '../../core/quote-json.ts';
import type { QuoteSource, SourceItem } from './source.ts';

export interface TapeOptions {
  /** The tape's bytes from a place on. @throws TickerlakeError OBJECT_NOT_FOUND */
  readonly open: (fromByte: number, signal: AbortSignal) => AsyncIterable<Uint8Array>;
  readonly from: TapeCursor;
  /** At most so many quotes. @default no limit */
  readonly maxRecords?: number;
  /** Longer lines are skipped. @default 262144 */
  readonly maxLineBytes?: number;
}

export const DEFAULT_MAX_LINE_BYTES = 256 * 1024;

/**
 * Quotes of a tape: one JSON object a line (https://github.com/ndjson/ndjson-spec), UTF-8, fields as in the contract.
 * Blank lines are passed over, as that specification allows; every other line that gives no quote is an item with a reason.
 */
export function tapeSource(options: TapeOptions): QuoteSource {
  const {
    open,
    from,
    maxRecords = Number.POSITIVE_INFINITY,
    maxLineBytes = DEFAULT_MAX_LINE_BYTES,
  } = options;
  let next: TapeCursor | undefined = from;
  return {
    async *read(signal) {
      const cutter = new LineCutter(maxLineBytes);
      let { byte, line } = from;
      let given = 0;
      if (given >= maxRecords) return;
      for await (const chunk of open(byte, signal)) {
        for (const cut of cutter.push(chunk)) {
          if (signal.aborted) return;
          const item = readLine(cut.bytes, line, maxLineBytes);
          byte += cut.length;
          line += 1;
          next = { byte, line };
          if (item === undefined) continue;
          yield item;
          if ('quote' in item && ++given >= maxRecords) return;
        }
      }
      if (signal.aborted) return;
      const last = cutter.end();
      const item = last && readLine(last.bytes, line, maxLineBytes);
      next = undefined;
      if (item !== undefined) yield item;
    },
    get next() {
      return next;
    },
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const BLANK = /^\s*$/;

function readLine(bytes: Uint8Array | undefined, line: number, maxLineBytes: number): SourceItem | undefined {
  if (bytes === undefined) return { line, reason: `longer than ${maxLineBytes} bytes` };
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { line, reason: 'not UTF-8' };
  }
  if (BLANK.test(text)) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { line, reason: 'not JSON' };
  }
  const read = readQuote(json);
  return 'quote' in read ? read : { line, reason: read.reason };
}
