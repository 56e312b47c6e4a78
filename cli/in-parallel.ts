/** Reads at once: enough to hide the way to S3, few enough for its connections. */
const DEFAULT_AT_ONCE = 16;

/** Results in the order of the items, so many at once. */
export async function inParallel<T, R>(
  items: readonly T[],
  act: (item: T) => Promise<R>,
  atOnce = DEFAULT_AT_ONCE,
): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += atOnce) {
    results.push(...(await Promise.all(items.slice(from, from + atOnce).map(act))));
  }
  return results;
}
