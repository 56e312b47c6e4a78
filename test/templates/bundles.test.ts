/** The functions' bundles as they are shipped. */
import { globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FUNCTIONS, type FunctionPart } from '../../core/names.ts';
import { bundleHandlers } from '../../lib/constructs/compute/handler-code.ts';
import { PROJECT_ROOT } from '../../lib/project-root.ts';
import { allResources, synthesize } from './synthesize.ts';

/** No bundle may be larger, whatever its own limit says: each cold start compiles all of it. */
const LARGEST_BYTES = 1_000_000;
const LIMITS_FILE = 'gates/bundle-sizes.json';
const limits = JSON.parse(readFileSync(join(PROJECT_ROOT, LIMITS_FILE), 'utf8')) as Readonly<
  Record<string, number>
>;

/** What is heavy, and the functions that need it. */
const HEAVY: Readonly<Record<string, readonly FunctionPart[]>> = {
  kafkajs: ['filter-quotes', 'manage-topics', 'produce-quotes'],
  pg: ['migrate-database', 'serve-quotes'],
  avsc: ['curate-quotes', 'filter-quotes', 'produce-quotes', 'serve-quotes'],
  hyparquet: ['curate-quotes', 'produce-quotes'],
  'hyparquet-writer': ['curate-quotes'],
  '@aws-sdk/client-s3': [
    'curate-quotes',
    'filter-quotes',
    'land-quotes',
    'produce-quotes',
    'request-curation',
    'serve-quotes',
  ],
  '@aws-sdk/client-athena': ['probe-freshness'],
  // Lambda gives a function its credentials: see adapters/function-credentials.ts.
  '@aws-sdk/credential-provider-node': [],
  '@aws-sdk/credential-provider-ini': [],
  '@aws-sdk/credential-provider-sso': [],
  '@smithy/credential-provider-imds': [],
  '@aws-sdk/nested-clients': [],
  '@aws-sdk/client-sts': [],
  'aws-msk-iam-sasl-signer-js': [],
  bowser: [],
};

/** The SDK looks for the one only to sign for several regions at once, pg for the other only where its native client is asked for. */
const OPTIONAL = new Set(['@aws-sdk/signature-v4-crt', 'pg-native']);

const lake = synthesize('dev', { bundles: true });
const bundles = new Map(
  [...allResources(lake).values()].flatMap(({ Type, Properties, Metadata }) =>
    Type === 'AWS::Lambda::Function'
      ? [
          [
            // Of another topic it is the same bundle.
            String(Properties?.['FunctionName']).replace(/^tickerlake-dev-|-filtered$/g, ''),
            join(lake.directory, String(Metadata?.['aws:asset:path'])),
          ] as const,
        ]
      : [],
  ),
);

test('each function has its bundle', () => {
  expect([...bundles.keys()].sort()).toEqual([...FUNCTIONS].sort());
});

test(`${LIMITS_FILE} has a limit for each, of a megabyte at most`, () => {
  expect(Object.keys(limits)).toEqual([...FUNCTIONS].sort());
  expect(Object.entries(limits).filter(([, bytes]) => bytes > LARGEST_BYTES)).toEqual([]);
});

test('migrations go with the function that applies them, each as it stands', () => {
  const shipped = join(bundles.get('migrate-database') ?? '', 'migrations');
  const source = join(PROJECT_ROOT, 'sql/migrations');
  const files = globSync('*.sql', { cwd: source });
  expect(files).not.toEqual([]);
  expect(globSync('*.sql', { cwd: shipped }).sort()).toEqual(files.sort());
  for (const file of files)
    expect(readFileSync(join(shipped, file))).toEqual(readFileSync(join(source, file)));
});

describe.each(FUNCTIONS)('the bundle of %s', (name) => {
  const folder = bundles.get(name) ?? '';
  const file = join(folder, 'index.js');

  test('is one file of JavaScript: no native code, which would run on one architecture alone', () => {
    const beside = name === 'migrate-database' ? ['migrations'] : [];
    expect(readdirSync(folder)).toEqual(['index.js', ...beside]);
    expect(readFileSync(file, 'utf8')).not.toMatch(/require\("[^"]+\.node"\)/);
  });

  test('is no larger than its limit', () => {
    const { size } = statSync(file);
    const limit = limits[name] ?? 0;
    const found =
      size <= limit
        ? 'within its limit'
        : `${size} bytes, over ${limit}: look what came in by \`npm run bench:cold\`; if it has to, raise ${name} in ${LIMITS_FILE}`;
    expect(found).toBe('within its limit');
  });

  test('has no heavy package that it does not need', () => {
    const packages = new Set([...(bundleHandlers().inputs.get(name)?.keys() ?? [])].map(packageOf));
    expect(packages).toContain('@aws-lambda-powertools/logger');
    const unneeded = Object.keys(HEAVY).filter(
      (heavy) => packages.has(heavy) && !HEAVY[heavy]?.includes(name),
    );
    expect(unneeded).toEqual([]);
  });

  test('needs nothing but Node, not even the SDK of the runtime', () => {
    const required = [...readFileSync(file, 'utf8').matchAll(/\brequire\("([^"]+)"\)/g)].map(
      ([, id]) => id ?? '',
    );
    expect(required.filter((id) => !isBuiltin(id) && !OPTIONAL.has(id))).toEqual([]);
  });

  test('names no path of the machine that made it', () => {
    expect(readFileSync(file, 'utf8')).not.toContain(process.cwd());
  });
});

/** The npm package that a file belongs to, wherever it is nested; undefined for the project's own. */
function packageOf(path: string): string | undefined {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
}
