import { describe, expect, test } from '@jest/globals';
import { TOPICS } from '../../../core/topics.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB a synchronous request. */
const LARGEST_EVENT_BYTES = 6 * 1024 * 1024;
/** Everything of an event but a record's own bytes. */
const ENVELOPE_BYTES = 4096;

describe.each(Object.values(TOPICS))('topic $name', ({ config }) => {
  const largest = Number(config['max.message.bytes']);

  test.each([
    ['value', (bytes: Buffer) => ({ value: bytes.toString('base64') })],
    ['header', (bytes: Buffer) => ({ headers: [{ h: [...new Int8Array(bytes)] }] })],
  ])('takes no uncompressed record that fits in no event, were it all %s', (_, deliver) => {
    const record = JSON.stringify(deliver(Buffer.alloc(largest, 0x80)));
    expect(record.length).toBeGreaterThan(largest);
    expect(record.length + ENVELOPE_BYTES).toBeLessThan(LARGEST_EVENT_BYTES);
  });
});
