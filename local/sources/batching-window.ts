/** Batching windows: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching */

/**
 * When the window of what arrived then ends. Windows follow one another, the first beginning as soon as the previous invocation
 * has completed: what arrived while it ran waits for one whole window, what arrives later for the rest of its own.
 */
export function windowEndMs(arrivedMs: number, openedMs: number, windowMs: number): number {
  if (windowMs === 0) return arrivedMs;
  const windowsBefore = Math.max(0, Math.floor((arrivedMs - openedMs) / windowMs));
  return openedMs + (windowsBefore + 1) * windowMs;
}
