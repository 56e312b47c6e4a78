import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readAcknowledged } from '../../../cli/reconcile/acknowledged.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerlake-ledger-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function ledgerLine(records: number, hash: string, topic = 'quotes'): string {
  return JSON.stringify({
    level: 'INFO',
    message: 'produced',
    topic,
    produced: records,
    partitions: [{ partition: 1, records, firstOffset: '0', lastOffset: String(records - 1) }],
    accepted: { records, hashes: { 1: hash } },
  });
}

async function log(name: string, ...lines: string[]): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, lines.map((line) => `${line}\n`).join(''));
  return file;
}

test('sums the acknowledgements and hashes of all producers of the topic', async () => {
  const first = await log(
    'a.log',
    'START RequestId: x',
    ledgerLine(3, 'ffffffffffffffff'),
    ledgerLine(4, '0000000000000002'),
  );
  const second = await log('b.log', ledgerLine(5, '0000000000000010'), ledgerLine(9, '1', 'other'));
  const sums = await readAcknowledged([first, second], 'quotes');
  expect([...sums]).toEqual([[1, { records: 12, acceptedHash: '0000000000000011' }]]);
});

test('passes over lines that only mention the word, and lines cut short', async () => {
  const file = await log('a.log', '{"message":"produced', '"produced" was said', '{"message":"produced"}');
  expect((await readAcknowledged([file], 'quotes')).size).toBe(0);
});

test('a producer that never ran has no log', async () => {
  expect((await readAcknowledged([join(folder, 'absent.log')], 'quotes')).size).toBe(0);
});
