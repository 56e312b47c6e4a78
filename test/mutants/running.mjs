// Of the runner, which stands in for AWS, and of what proves that nothing is lost.
export const running = [
  {
    name: 'rest of a partial failure dropped by the event source',
    file: 'local/sources/kafka-retry.ts',
    find: '{ ...batch, records: rest }',
    replace: '{ ...batch, records: rest.slice(1) }',
    tests: ['test/unit/sources/kafka-retry.test.ts'],
  },
  {
    name: 'unknown identifiers taken for none',
    file: 'local/sources/kafka-retry.ts',
    find: 'if (firstFailed === undefined) return afterFailure(batch, policy, nowMs);',
    replace: 'if (firstFailed === undefined) return all;',
    tests: ['test/unit/sources/kafka-retry.test.ts'],
  },
  {
    name: 'commit past a failed record',
    file: 'local/sources/delivery-line.ts',
    find: 'Math.min(this.finished.get(partition) ?? 0, unfinished.get(partition) ?? Infinity)',
    replace: '(this.finished.get(partition) ?? 0)',
    tests: ['test/unit/sources/delivery-line.test.ts'],
  },
  {
    name: 'failed messages deleted from the queue',
    file: 'local/sources/sqs-batches.ts',
    find: 'messageIds.filter((id) => !failed.has(id))',
    replace: 'messageIds',
    tests: ['test/unit/sources/sqs-batches.test.ts'],
  },
  {
    name: 'reconcile blind to doubled rows',
    file: 'cli/reconcile/compare.ts',
    find: 'const doubledRows = visible.rows - visible.offsets.size;',
    replace: 'const doubledRows = 0;',
    tests: ['test/unit/cli/compare.test.ts'],
  },
  {
    name: 'reconcile blind to the last record',
    file: 'cli/reconcile/compare.ts',
    find: 'const missing = absentFrom([visible.offsets, receipts.quarantined], 0, end);',
    replace: 'const missing = absentFrom([visible.offsets, receipts.quarantined], 0, end - 1);',
    tests: ['test/unit/cli/compare.test.ts'],
  },
];
