const SWEEP_PARTITION = 'lambdas/request-curation/sweep-partition.ts';
const WALK = 'lambdas/request-curation/walk.ts';
const AUDIT = 'lambdas/request-curation/audit-outputs.ts';
const SWEEPS = 'test/unit/pipeline/sweeps.test.ts';

export const requesting = [
  {
    name: 'sweep ignores old versions',
    file: SWEEP_PARTITION,
    find: 'version !== undefined && version >= this.#how.curationVersion',
    replace: 'version !== undefined',
    tests: ['schedules'],
  },
  {
    name: 'sweep goes past a young object without remembering it',
    file: WALK,
    find: "if (finding === 'young') return result(true);",
    replace: "if (finding === 'young') {\n        through = listed.key;\n        continue;\n      }",
    tests: ['schedules'],
  },
  {
    name: 'sweep asks once and forgets',
    file: WALK,
    find: '        if (!isHeldUp) open.push(listed.key);\n',
    replace: '',
    tests: [SWEEPS],
  },
  {
    name: 'sweep leaves fills out',
    file: SWEEP_PARTITION,
    find: "if (typeof finding === 'object') await requests.add(finding.rawKey);",
    replace: '',
    tests: [SWEEPS],
  },
  {
    name: 'audit begins while an older version may still run',
    file: AUDIT,
    find: 'settledBeforeMs <= sinceMs || this.#ports.now() < sinceMs + OLDER_VERSION_ENDS_AFTER_MS',
    replace: 'settledBeforeMs <= 0',
    tests: [SWEEPS],
  },
  {
    name: 'audit never begins',
    file: AUDIT,
    find: 'if (isOver && outputs.open.length === 0) return undefined;',
    replace: 'if (isOver || outputs.open.length === 0) return undefined;',
    tests: [SWEEPS],
  },
  {
    name: 'redrive drops its last requests',
    file: 'lambdas/request-curation/redrive.ts',
    find: '  await requests.flush();\n  return result();',
    replace: '  return result();',
    tests: ['schedules'],
  },
];
