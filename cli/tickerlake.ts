#!/usr/bin/env node
import { main } from './main.ts';

// Whoever reads the output may stop reading (`| head`): no reason to complain.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// Engines are stopped by now; an idle keep-alive connection must not hold the process.
process.exit(await main(process.argv.slice(2)));
