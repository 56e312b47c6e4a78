const CURATE_OBJECT = 'lambdas/curate-quotes/curate-object.ts';
const CURATION = 'core/curation.ts';
const EXAMPLES = 'test/unit/curate-quotes/curate-object.test.ts';
const FILL_IN_RANGE = 'test/unit/curate-quotes/schedules.test.ts -t stray';

export const curating = [
  {
    name: 'writes left under way by a failed try',
    file: 'lambdas/curate-quotes/curate-object.ts',
    find: 'const calls = await Promise.allSettled(items.slice(index, index + WRITES_AT_ONCE).map(act));',
    replace:
      "const calls = await Promise.all(items.slice(index, index + WRITES_AT_ONCE).map(act)).then(() => [{ status: 'fulfilled', value: undefined }]);",
    tests: ['test/unit/pipeline/late-writes.test.ts'],
  },
  {
    name: 'a late event taken for new',
    file: 'lambdas/curate-quotes/curate-quotes.ts',
    find: 'isRequest || isLate || ',
    replace: 'isRequest || ',
    tests: ['test/unit/curate-quotes/curate-quotes.test.ts'],
  },
  {
    name: 'receipt before the PUTs',
    file: CURATE_OBJECT,
    edits: [
      { find: '    const isLast = await this.#writeReceipt(object, receipt, before?.etag);\n', replace: '' },
      {
        find: '    await inGroups(writes, ',
        replace:
          '    const isLast = await this.#writeReceipt(object, receipt, before?.etag);\n    await inGroups(writes, ',
      },
    ],
    tests: [EXAMPLES],
  },
  {
    name: 'receipt before partition registration',
    file: CURATE_OBJECT,
    edits: [
      { find: '    await partitions.register([...curation.days.keys()]);\n', replace: '' },
      {
        find: "    if (!isLast) return 'overtaken';\n",
        replace:
          "    if (!isLast) return 'overtaken';\n    await partitions.register([...curation.days.keys()]);\n",
      },
    ],
    tests: [EXAMPLES],
  },
  {
    name: 'days not registered',
    file: CURATE_OBJECT,
    find: '    await partitions.register([...curation.days.keys()]);\n',
    replace: '',
    tests: ['schedules'],
  },
  {
    name: 'environment error quarantined',
    file: 'adapters/quote-decoders.ts',
    find: 'of await this.#schemas.load()) {',
    replace: 'of await this.#schemas.load().catch(() => new Map())) {',
    tests: [EXAMPLES],
  },
  {
    name: 'poison thrown instead of quarantined',
    file: CURATION,
    find: "if (value === null) return { record, code: 'value_missing' };",
    replace: "if (value === null) throw new Error('no value');",
    tests: ['schedules'],
  },
  {
    name: 'poison dropped instead of quarantined',
    file: 'core/columns/curate-columns.ts',
    find: "if ('code' in verdict) quarantined.push(verdict);",
    replace: "if ('code' in verdict) continue;",
    tests: ['schedules'],
  },
  {
    name: 'left-overs not removed',
    file: CURATE_OBJECT,
    find: 'await bucket.delete(key);',
    replace: 'await Promise.resolve(bucket);',
    tests: ['schedules'],
  },
  {
    name: 'receipt replaced unconditionally',
    file: CURATE_OBJECT,
    find: "return (await this.#ports.lake.putIfUnchanged(key, written, before)) === 'replaced';",
    replace: 'await this.#ports.lake.put(key, written);\n    return true;',
    tests: ['test/unit/pipeline/receipts.test.ts'],
  },
  {
    name: 'first receipt put unconditionally',
    file: CURATE_OBJECT,
    find: "return (await this.#ports.lake.putIfAbsent(key, written)) === 'created';",
    replace: 'return this.#ports.lake.put(key, written).then(() => true);',
    tests: ['test/unit/pipeline/receipts.test.ts'],
  },
  {
    name: 'a retry taken for a first try',
    file: 'lambdas/curate-quotes/curate-quotes.ts',
    find: 'const isRetry = isRequest || isLate || Number(attributes?.ApproximateReceiveCount ?? 1) > 1;',
    replace: 'const isRetry = isRequest && false;',
    tests: ['schedules'],
  },
  {
    name: 'an older version goes on beside a newer one',
    file: CURATE_OBJECT,
    find: 'if (curationVersion > this.#version) return true;',
    replace: '',
    tests: [EXAMPLES],
  },
  {
    name: 'quarantined records of a fill taken for those of the object around it',
    file: CURATE_OBJECT,
    find: 'if (isHeld(header.held, offset)) found.push(key);',
    replace: 'if (isHeld([{ first: header.start, last: header.last }], offset)) found.push(key);',
    tests: [FILL_IN_RANGE],
  },
  {
    name: 'day of the event off by one',
    file: 'core/columns/curate-columns.ts',
    find: 'Math.floor((columns.eventTimes[row] as number) / DAY_MS)',
    replace: 'Math.ceil((columns.eventTimes[row] as number) / DAY_MS)',
    tests: ['schedules'],
  },
  {
    name: 'trading date by UTC',
    file: 'core/parquet-file.ts',
    find: 'eventTime.numbers.map(newYorkEpochDay)',
    replace: 'eventTime.numbers.map((ms) => newYorkEpochDay(0) + 1 + Math.floor(ms / 86_400_000))',
    tests: ['test/unit/pipeline/trading-date.test.ts'],
  },
  {
    name: 'column plan takes bytes behind the quote',
    file: 'core/columns/column-plan.ts',
    find: 'return cursor.position === end;',
    replace: 'return cursor.position <= end;',
    tests: ['test/unit/core/columns/curate-columns.test.ts'],
  },
  {
    name: 'columns sorted by symbol alone',
    file: 'core/columns/sort-rows.ts',
    find: '(eventTimes[a] as number) - (eventTimes[b] as number) || a - b',
    replace: 'a - b',
    tests: ['test/unit/core/columns/curate-columns.test.ts'],
  },
];
