const WRITE_QUOTES = 'lambdas/serve-quotes/write-quotes.ts';
const SERVING = 'test/local/serving/serve-quotes.test.ts';
const FILTER_EXAMPLES = 'test/unit/filter-quotes/filter-quotes.test.ts';

export const speedPath = [
  {
    name: 'a record served twice stops its batch',
    file: WRITE_QUOTES,
    find: '\nON CONFLICT (source_log_id, source_topic, source_partition, source_offset) DO NOTHING`;',
    replace: '`;',
    tests: [`${SERVING} -t replayed`],
  },
  {
    name: 'an older event overwrites a newer',
    file: WRITE_QUOTES,
    find: "\nWHERE ${ageOf('EXCLUDED')} > ${ageOf('known')}`;",
    replace: '`;',
    tests: [`${SERVING} -t older`],
  },
  {
    name: 'served offsets lowered by a late batch',
    file: WRITE_QUOTES,
    find: 'GREATEST(known.next_offset, EXCLUDED.next_offset)',
    replace: 'EXCLUDED.next_offset',
    tests: [`${SERVING} -t older`],
  },
  {
    name: 'rows without a transaction around them',
    file: 'adapters/database.ts',
    edits: [
      { find: "timed('BEGIN', [],", replace: "timed('SELECT 1', []," },
      { find: "if (command !== 'COMMIT')", replace: "if (command === '')" },
    ],
    tests: [`${SERVING} -t COMMIT`],
  },
  {
    name: 'what lies below a high-water mark taken for served',
    file: WRITE_QUOTES,
    find: 'FROM ${BATCH}\nORDER BY source_log_id',
    replace:
      'FROM ${BATCH} WHERE source_offset > ALL (SELECT q.source_offset FROM quotes_filtered q)\nORDER BY source_log_id',
    tests: [`${SERVING} -t older`],
  },
  {
    name: 'the view shows every copy',
    file: 'core/view.ts',
    find: 'WHERE copy = 1`',
    replace: 'WHERE copy >= 1`',
    tests: ['test/unit/core/view.test.ts'],
  },
  {
    name: 'the filter goes on behind a failed send',
    file: 'lambdas/filter-quotes/filter-quotes.ts',
    find: 'if (!isPassedOver)\n        return',
    replace: 'if (!isPassedOver && done.size > watched.length)\n        return',
    tests: [FILTER_EXAMPLES],
  },
  {
    name: 'a producer used again after a failed send',
    file: 'adapters/derived-producer.ts',
    find: '      this.#connection = undefined;\n',
    replace: '',
    tests: ['test/unit/adapters/derived-producer.test.ts'],
  },
  {
    name: 'a filter without a watchlist keeps nothing',
    file: 'lambdas/filter-quotes/current-watchlist.ts',
    find: '      throw error;',
    replace: '      return { watchlist: { symbols: new Set() }, version: 0 };',
    tests: ['test/unit/filter-quotes/current-watchlist.test.ts'],
  },
  {
    name: 'reconcile blind to what is not served',
    file: 'cli/reconcile/compare-served.ts',
    find: 'const missing = expected.offsets.except(served.offsets);',
    replace: 'const missing = NONE;',
    tests: ['test/unit/cli/compare-served.test.ts'],
  },
];
