/**
 * Lets the pure function that takes most of a schedule's time remember its results: the same schema gives the same
 * decoder. Only for threads that play schedules; import it before what uses them.
 */
import { registerHooks } from 'node:module';

/** Results kept of each; then it starts over. */
const MOST_KEPT = 20_000;
const PLAIN = '?plain';

const REMEMBERED: ReadonlyMap<string, string> = new Map([
  [new URL('../../core/codec.ts', import.meta.url).href, 'createQuoteDecoder'],
]);

registerHooks({
  load(url, context, nextLoad) {
    const name = REMEMBERED.get(url);
    if (name === undefined) return nextLoad(url, context);
    const source = `
      import { ${name} as compute } from '${url}${PLAIN}';
      export * from '${url}${PLAIN}';
      const results = new Map();
      export function ${name}(...values) {
        const key = JSON.stringify(values);
        let result = results.get(key);
        if (result !== undefined) return result;
        if (results.size === ${MOST_KEPT}) results.clear();
        result = compute(...values);
        results.set(key, result);
        return result;
      }`;
    return { format: 'module', source, shortCircuit: true };
  },
});
