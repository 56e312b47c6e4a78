/** Every published version of the quote's schema, oldest first. A new one is appended, and must read what the last wrote. */
import type { AvroRecordSchema } from '../quote.ts';
import quotesV1 from './quotes-v1.ts';

export const QUOTE_SCHEMAS: readonly AvroRecordSchema[] = [quotesV1];
