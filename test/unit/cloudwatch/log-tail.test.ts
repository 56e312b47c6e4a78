import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { LogTail } from '../../../local/cloudwatch/log-tail.ts';

const folder = mkdtempSync(join(tmpdir(), 'log-tail-'));
let file: string;
let tail: LogTail;
let logs = 0;

beforeEach(() => {
  file = join(folder, `${String(++logs)}.log`);
  tail = new LogTail(file);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('gives each line once, and one only when it is whole', () => {
  appendFileSync(file, 'first\nsecönd\nthi');
  expect(tail.read()).toEqual(['first', 'secönd']);
  expect(tail.read()).toEqual([]);
  appendFileSync(file, 'rd\n');
  expect(tail.read()).toEqual(['third']);
});

test('begins anew with a log that was emptied', () => {
  appendFileSync(file, 'one\ntwo\n');
  tail.read();
  writeFileSync(file, 'new\n');
  expect(tail.read()).toEqual(['new']);
});

test('waits for a log that is not there yet', () => {
  expect(tail.read()).toEqual([]);
  appendFileSync(file, 'here\n');
  expect(tail.read()).toEqual(['here']);
});
