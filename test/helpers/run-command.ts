/** How programs such as `npm run faults` run: Ctrl-C stops them, an error is one line, nothing is left running. */

// kafkajs 2.2.4 sets timers with a negative delay. Node takes that for 1 ms, as kafkajs means it, but says so.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'TimeoutNegativeWarning') console.error(`${warning.name}: ${warning.message}`);
});

const INTERRUPTED = 130;

/**
 * Runs to the end and exits with the code that it gives. The first signal aborts it, the second ends the process at once:
 * engines end with it either way.
 */
export async function runCommand(
  help: string,
  main: (signal: AbortSignal) => Promise<number>,
): Promise<never> {
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (ended.signal.aborted) process.exit(INTERRUPTED);
      console.error('stopping …');
      ended.abort();
    });
  }
  try {
    process.exit(await main(ended.signal));
  } catch (error) {
    if (ended.signal.aborted) process.exit(INTERRUPTED);
    console.error(`error: ${error instanceof Error ? error.message : String(error)} — try: ${help}`);
    process.exit(1);
  }
}

/** The work's result; rejects as soon as the signal comes, whatever the work is at. */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => {
    aborted.reject(new Error('interrupted'));
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
