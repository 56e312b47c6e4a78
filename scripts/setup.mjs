#!/usr/bin/env node
// Makes sure that the named parts are installed, then runs a command on the pinned Node.js:
//   node scripts/setup.mjs [--with node,python,kafka,test,kafka-client,spark,trino,notebook,superset,browser,rivals] [--quiet] [--json] [-- <command> [args…]]
// It runs before anything is installed, on any Node.js a machine may have: built-ins only, and this file itself
// uses nothing that an old Node.js cannot read. See docs/adr/0001.
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const USAGE =
  'usage: node scripts/setup.mjs [--with node,python,kafka,test,kafka-client,spark,trino,notebook,superset,browser,rivals] [--quiet] [--json] [-- <command> [args…]]';

function refuse(message) {
  console.error(`error: ${message} — try: node scripts/setup.mjs --help`);
  process.exit(2);
}

function readArguments(args, choices) {
  const options = { choices: [], quiet: false, json: false, command: [] };
  const rest = args.slice();
  while (rest.length > 0) {
    const arg = rest.shift();
    if (arg === '--') {
      options.command = rest.splice(0);
      if (options.command.length === 0) refuse('no command after --');
    } else if (arg === '--quiet') options.quiet = true;
    else if (arg === '--json') options.json = true;
    else if (arg === '--help') {
      console.log(USAGE);
      process.exit(0);
    } else if (arg === '--with' || arg.startsWith('--with=')) {
      const value = arg === '--with' ? rest.shift() : arg.slice('--with='.length);
      const named = (value || '').split(',').filter((name) => name !== '');
      const unknown = named.find((name) => !choices.includes(name));
      if (named.length === 0) refuse('--with names no part');
      if (unknown !== undefined) refuse(`no such part: ${unknown} (there are ${choices.join(', ')})`);
      options.choices.push(...named);
    } else refuse(`unknown option ${arg}`);
  }
  return options;
}

async function main() {
  const [{ checkNode }, { CHOICES, locate }, { installParts }, { Progress }, { runCommand }] =
    await Promise.all([
      import('./setup/prerequisites.mjs'),
      import('./setup/parts.mjs'),
      import('./setup/install.mjs'),
      import('./setup/progress.mjs'),
      import('./setup/command.mjs'),
    ]);
  const options = readArguments(process.argv.slice(2), Object.keys(CHOICES));
  const node = checkNode();
  if (!node.ok) {
    console.error(`error: ${node.problem}; ${node.needed} is needed — try: ${node.fix}`);
    return 1;
  }
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
  const wanted = options.choices.length > 0 ? options.choices : ['node', 'python', 'kafka'];
  const names = [...new Set(wanted.flatMap((choice) => CHOICES[choice]))];

  const progress = new Progress({ quiet: options.quiet || options.json });
  const interrupt = (signal) => {
    progress.close();
    console.error('interrupted — try: the same command again, it goes on from there');
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const installed = await installParts(names, locate(root), progress);
  process.off('SIGINT', interrupt);
  process.off('SIGTERM', interrupt);

  if (options.json) {
    const report = JSON.stringify({ parts: names, installed });
    // With a command, standard output is the command's.
    (options.command.length > 0 ? process.stderr : process.stdout).write(`${report}\n`);
  }
  return options.command.length > 0 ? runCommand(options.command, root) : 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    const failures = error instanceof AggregateError ? error.errors : [error];
    for (const failure of failures) {
      console.error(failure.fix === undefined ? `error: ${failure.message}` : String(failure));
    }
    process.exitCode = 1;
  },
);
