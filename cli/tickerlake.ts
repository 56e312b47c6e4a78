#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

// The heap may be 1.6 times as large as what lives in it before garbage is looked for. On a machine with much memory V8 waits until it is
// five times as large: 150 MB more, and 2 % less CPU time, beside engines that want both.
setFlagsFromString('--heap-growing-percent=60');

// Half of a command's start is reading its TypeScript: what was compiled is kept beside the tools. What stands above is all
// that is loaded before.
enableCompileCache(join(import.meta.dirname, '../.tickerlake/compile-cache'));
const { main } = await import('./main.ts');

// Whoever reads the output may stop reading (`| head`): no reason to complain.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// kafkajs 2.2.4 sets timers with a negative delay. Node takes that for 1 ms, as kafkajs means it, but says so.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'TimeoutNegativeWarning')
    process.stderr.write(`${warning.name}: ${warning.message}\n`);
});

// Engines are stopped by now; an idle keep-alive connection must not hold the process.
process.exit(await main(process.argv.slice(2)));
