#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

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
