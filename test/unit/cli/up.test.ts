import { expect, test } from '@jest/globals';
import { Command } from 'commander';
import { registerUp } from '../../../cli/commands/up.ts';
import { recordTerminal } from './terminal-double.ts';

function optionsOf(...args: string[]): unknown {
  const program = new Command();
  const { terminal } = recordTerminal();
  const { signal } = new AbortController();
  registerUp(program, { terminal, env: {}, signal, fail: () => undefined });
  const up = program.commands[0];
  up?.parseOptions(args);
  return up?.opts();
}

test('schedules fire and the console is served unless somebody says that they are not to', () => {
  expect(optionsOf()).toMatchObject({ schedules: true, console: true });
  expect(optionsOf('--no-schedules')).toMatchObject({ schedules: false, console: true });
  expect(optionsOf('--no-console')).toMatchObject({ schedules: true, console: false });
});
