const LAND_PARTITION = 'lambdas/land-quotes/land-partition.ts';
const LAND_QUOTES = 'lambdas/land-quotes/land-quotes.ts';
const BATCH_RESPONSE = 'core/kafka-batch-response.ts';
const EXAMPLES = 'test/unit/land-quotes/land-partition.test.ts';
const LOG_SCHEDULES = 'test/unit/land-quotes/schedules.test.ts';

export const landing = [
  {
    name: 'unconditional PUT in landing',
    file: LAND_PARTITION,
    find: '\n    const outcome = await store.putIfAbsent(key, { body, metadata, contentType: CONTENT_TYPE });',
    replace:
      "\n    await store.put(key, { body, metadata, contentType: CONTENT_TYPE });\n    const outcome = 'created';",
    tests: [LOG_SCHEDULES],
  },
  {
    name: 'condition not sent to S3',
    file: 'adapters/objects.ts',
    find: "{ IfNoneMatch: '*' }",
    replace: '{}',
    tests: ['test/unit/adapters/objects.test.ts'],
  },
  {
    name: 'a 200 without ETag taken for done',
    file: 'adapters/objects.ts',
    find: 'return answer.ETag !== undefined;',
    replace: 'return answer !== undefined;',
    tests: ['test/unit/adapters/objects.test.ts'],
  },
  {
    name: "key from the first record's offset",
    file: LAND_PARTITION,
    find: 'const key = rawKey(delivered, nextStart(end));',
    replace: 'const key = rawKey(delivered, beyond[0].offset);',
    tests: [LOG_SCHEDULES],
  },
  {
    name: 'trim one record too few',
    file: 'core/raw-log.ts',
    find: 'record.offset > chainEnd',
    replace: 'record.offset >= chainEnd',
    tests: [LOG_SCHEDULES],
  },
  {
    name: 'trim one record too many',
    file: 'core/raw-log.ts',
    find: 'record.offset > chainEnd',
    replace: 'record.offset > chainEnd + 1',
    tests: [LOG_SCHEDULES],
  },
  {
    name: 'covered records end one too early',
    file: 'core/raw-log.ts',
    find: 'offset <= extent.last',
    replace: 'offset < extent.last',
    tests: ['test/unit/core/raw-log.test.ts'],
  },
  {
    name: 'trim without comparing',
    file: LAND_PARTITION,
    find: 'else if (!isSameRecord(record, other)) throw overlapDiffers(delivered, record.offset);',
    replace: '',
    tests: [EXAMPLES],
  },
  {
    name: 'a 412 taken for landed where a hint was given',
    file: LAND_PARTITION,
    find: "if (outcome === 'created') {",
    replace: "if (outcome === 'created' || hint !== undefined) {",
    tests: [LOG_SCHEDULES],
  },
  {
    name: 'hint trusted after a 412',
    file: LAND_PARTITION,
    find: '    end = undefined;\n  }',
    replace: '  }',
    tests: [EXAMPLES],
  },
  {
    name: 'fills not landed',
    file: LAND_PARTITION,
    find: 'index < state.missing.length',
    replace: 'index < 0',
    tests: [LOG_SCHEDULES],
  },
  {
    name: 'fills unconditional',
    file: LAND_PARTITION,
    find: '\n  const outcome = await store.putIfAbsent(key, { body, metadata, contentType: CONTENT_TYPE });',
    replace:
      "\n  await store.put(key, { body, metadata, contentType: CONTENT_TYPE });\n  const outcome = 'created';",
    tests: [EXAMPLES],
  },
  {
    name: 'acknowledge before the PUT: its error swallowed',
    file: LAND_QUOTES,
    find: 'return { delivered, error };',
    replace: 'return { delivered, landing: { end: undefined, landed: 0, trimmed: 0, filled: 0, bytes: 0 } };',
    tests: ['schedules'],
  },
  {
    name: 'failed partition not named in batchItemFailures',
    file: BATCH_RESPONSE,
    find: 'batchItemFailures: failed.flatMap(',
    replace: 'batchItemFailures: failed.slice(1).flatMap(',
    tests: ['schedules'],
  },
  {
    name: 'partial answer where it counts as success',
    file: BATCH_RESPONSE,
    find: 'if (!takesPartial || isNothingDone) throw first.error;',
    replace: 'if (isNothingDone) throw first.error;',
    tests: ['schedules'],
  },
];
