/** Copies of this checkout whose source is changed as a person would change it: what a later release would deploy. */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import { ASSEMBLY_INPUTS } from '../../cli/assembly/fingerprint.ts';
import { type FunctionPart, functionName } from '../../core/names.ts';
import type { Lake } from '../../local/lake.ts';
import type { TestFolders } from './local-lake.ts';

const CHECKOUT = join(import.meta.dirname, '../..');

/** Text that stands once in a file, by the text to put in its place; a file that is not there is made of the last one. */
export type SourceChanges = Readonly<
  Record<string, readonly (readonly [string | RegExp, string])[] | string>
>;

/** The changed copy's folder; it shares the installed packages. */
export function changedCheckout(folders: TestFolders, changes: SourceChanges): string {
  const copy = folders.create('checkout');
  for (const part of [...ASSEMBLY_INPUTS, 'cli', 'local', 'scripts']) {
    cpSync(join(CHECKOUT, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(CHECKOUT, 'node_modules'), join(copy, 'node_modules'));
  for (const [path, change] of Object.entries(changes)) {
    const file = join(copy, path);
    writeFileSync(file, typeof change === 'string' ? change : changedText(file, change));
  }
  return copy;
}

function changedText(file: string, replacements: readonly (readonly [string | RegExp, string])[]): string {
  return replacements.reduce(
    (text, [from, to]) => {
      if (text.split(from).length !== 2) throw new Error(`${String(from)} does not stand once in ${file}`);
      return text.replace(from, to);
    },
    readFileSync(file, 'utf8'),
  );
}

/** Gives a running function the code of another checkout, as UpdateFunctionCode would: its next instances run that. */
export async function deployFunction(lake: Lake, part: FunctionPart, checkout: string): Promise<void> {
  // Loads the CDK, which few want.
  const { BUNDLE_OPTIONS } = await import('../../lib/constructs/compute/handler-code.ts');
  const name = functionName(lake.stage, part);
  buildSync({
    ...BUNDLE_OPTIONS,
    absWorkingDir: checkout,
    entryPoints: [join(checkout, 'lambdas', part, 'handler.ts')],
    outfile: join(dirname(lake.logsDir), 'functions', name, 'index.js'),
  });
  lake.functions.pool(name).killInstances();
}
