import { expect, test } from '@jest/globals';
import { MemoryLimit } from '../../../local/invoke/memory-limit.ts';

/** Only there does the system tell how much memory a process holds. */
const onLinux = process.platform === 'linux' ? test : test.skip;

/** Watches this process, and counts how often it is told to be over its limit. */
function watch(limitMb: number, pid = process.pid): { memory: MemoryLimit; told: () => number } {
  let told = 0;
  const memory = new MemoryLimit(pid, limitMb, () => {
    told += 1;
  });
  return { memory, told: () => told };
}

onLinux('a process that went over its limit between two looks is noticed at the end', () => {
  const { memory, told } = watch(1);
  expect(memory.end()).toBe(true);
  expect(told()).toBe(1);
  expect(memory.usedMb).toBe(1);
});

onLinux('a process below its limit is left alone, and what it used is known', () => {
  const { memory, told } = watch(1_000_000);
  expect(memory.end()).toBe(false);
  expect(told()).toBe(0);
  expect(memory.usedMb).toBeGreaterThan(10);
});

test('a process that the system tells nothing of is left alone', () => {
  const { memory, told } = watch(1, 0);
  expect(memory.end()).toBe(false);
  expect(told()).toBe(0);
  expect(memory.usedMb).toBeUndefined();
});
