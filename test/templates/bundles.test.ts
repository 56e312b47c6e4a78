/** The functions' bundles as they are shipped. */
import { globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FUNCTIONS } from '../../core/names.ts';
import { PROJECT_ROOT } from '../../lib/project-root.ts';
import { allResources, synthesize } from './synthesize.ts';

/** Measured: 0.4 to 1.2 MB. A bundle that doubles has taken in something that it should not. */
const LARGEST_BYTES = 2_000_000;

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

  test('is small', () => {
    expect(statSync(file).size).toBeLessThan(LARGEST_BYTES);
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
