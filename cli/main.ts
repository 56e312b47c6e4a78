import { CommanderError } from 'commander';
import { describeFailure, EXIT } from './failure.ts';
import { Interruption } from './interruption.ts';
import { buildProgram } from './program.ts';
import { Terminal } from './terminal/terminal.ts';

/** Runs one command line and says how to exit. Everything that can go wrong ends here, as one line. */
export async function main(
  args: readonly string[],
  terminal = new Terminal(process.stdout, process.stderr, process.env),
): Promise<number> {
  const interruption = new Interruption(process, () => {
    terminal.note('stopping … (once more to stop at once)');
  });
  let exitCode: number = EXIT.ok;
  const program = buildProgram({
    terminal,
    env: process.env,
    signal: interruption.signal,
    fail: () => {
      exitCode = EXIT.failed;
    },
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (interruption.exitCode === undefined) {
      if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
      // No command was named; the help is already shown.
      if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage;
      const known = program.commands.find((command) => command.name() === args[0]);
      const failure = describeFailure(error, process.env, ['tickerlake', known?.name()].join(' ').trim());
      for (const line of failure.lines) terminal.note(line);
      exitCode = failure.exitCode;
    }
  } finally {
    interruption.dispose();
  }
  return interruption.exitCode ?? exitCode;
}
