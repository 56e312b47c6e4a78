import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import { Interruption } from '../../../cli/interruption.ts';

class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];
  exit(code: number): never {
    this.exits.push(code);
    return undefined as never;
  }
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s aborts the command and exits %i', (signal, code) => {
  const source = new FakeProcess();
  let told = 0;
  const interruption = new Interruption(source, () => told++);
  source.emit(signal, signal);
  expect([interruption.signal.aborted, interruption.exitCode, told]).toEqual([true, code, 1]);
  expect(source.exits).toEqual([]);
});

test('a second signal ends the process at once', () => {
  const source = new FakeProcess();
  const interruption = new Interruption(source, () => undefined);
  source.emit('SIGINT', 'SIGINT');
  source.emit('SIGINT', 'SIGINT');
  expect(source.exits).toEqual([130]);
  interruption.dispose();
  expect(source.listenerCount('SIGINT')).toBe(0);
});

test('without a signal there is no exit code', () => {
  expect(new Interruption(new FakeProcess(), () => undefined).exitCode).toBeUndefined();
});
