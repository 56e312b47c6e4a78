import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { registerBackfill } from './commands/backfill.ts';
import { registerClean } from './commands/clean.ts';
import { registerCompact } from './commands/compact.ts';
import { registerCost } from './commands/cost.ts';
import { registerCredentials } from './commands/credentials.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDiff } from './commands/diff.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerListing } from './commands/listing.ts';
import { registerLogs } from './commands/logs.ts';
import { registerProduce } from './commands/produce.ts';
import { registerQuarantine } from './commands/quarantine.ts';
import { registerQuery } from './commands/query.ts';
import { registerRebuild } from './commands/rebuild.ts';
import { registerReconcile } from './commands/reconcile.ts';
import { registerRedrive } from './commands/redrive.ts';
import { registerReplay } from './commands/replay.ts';
import { registerSmoke } from './commands/smoke.ts';
import { registerSql } from './commands/sql.ts';
import { registerStatus } from './commands/status.ts';
import { registerUp } from './commands/up.ts';
import type { CommandContext } from './context.ts';

/** The `tickerlake` command. A command's own code is loaded when it runs, so that --help is quick. */
export function buildProgram(context: CommandContext): Command {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const program = new Command('tickerlake')
    .description('A stock-quote data lake on AWS, run on this machine from its own CDK templates.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        context.terminal.write(text);
      },
      writeErr: (text) => {
        context.terminal.note(text.trimEnd());
      },
      // Errors are shown by main, all in one form.
      outputError: () => undefined,
    })
    .addHelpText(
      'after',
      `
Environment:
  TICKERLAKE_HOME     folder of everything it keeps (default: .tickerlake in the checkout)
  TICKERLAKE_STAGE    stage, where --stage is not given
  TICKERLAKE_DEBUG=1  stack traces
  NO_COLOR            no colours

Start with:
  tickerlake demo     once through everything, two minutes the first time
  tickerlake up       a lake that stays; then query, status, logs from another terminal`,
    );
  for (const register of [
    registerDemo,
    registerUp,
    registerProduce,
    registerQuery,
    registerSql,
    registerStatus,
    registerReconcile,
    registerSmoke,
    registerQuarantine,
    registerRedrive,
    registerReplay,
    registerBackfill,
    registerCompact,
    registerRebuild,
    registerListing,
    registerLogs,
    registerCost,
    registerCredentials,
    registerDiff,
    registerDoctor,
    registerClean,
  ]) {
    register(program, context);
  }
  return program;
}
