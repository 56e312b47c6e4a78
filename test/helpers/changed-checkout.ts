/** Copies of this checkout whose source is changed as a person would change it: what a later release would deploy. */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import { ASSEMBLY_INPUTS } from '../../cli/assembly/fingerprint.ts';
import { type FunctionPart, functionName } from '../../core/names.ts';
import type { Lake } from '../../local/lake.ts';
import type { TestFolders } from './local-lake.ts';

/** The folder of this checkout. */
export const CHECKOUT = join(import.meta.dirname, '../..');

/** Text that stands once in a file, by the text to put in its place; a file that is not there is made of the last one. */
export type SourceChanges = Readonly<
  Record<string, readonly (readonly [string | RegExp, string])[] | string>
>;

/** A nullable field added to the quote, as docs/adr/0007-a-field-is-appended.md tells it. */
export const FIELD_ADDED: SourceChanges = {
  'core/quote.ts': [
    [
      '] as const satisfies',
      "  { name: 'currency', kind: 'string', nullable: true, doc: 'ISO 4217' },\n] as const satisfies",
    ],
  ],
  'core/schemas/quotes-v2.ts': `import v1 from './quotes-v1.ts';
const currency = { name: 'currency', type: ['null', 'string'], default: null, doc: 'ISO 4217' };
export default { ...v1, fields: [...v1.fields, currency] } as const;
`,
  'core/schemas/index.ts': [
    ['[quotesV1]', '[quotesV1, quotesV2]'],
    ['import quotesV1', "import quotesV2 from './quotes-v2.ts';\nimport quotesV1"],
  ],
  'core/curation-version.ts': [[/CURATION_VERSION = \d+/, 'CURATION_VERSION = 100']],
  'core/simulator.ts': [['symbol: symbol.symbol,', "symbol: symbol.symbol,\n      currency: 'USD',"]],
};

/** The changed copy's folder; it shares the installed packages. */
export function changedCheckout(folders: TestFolders, changes: SourceChanges): string {
  const copy = folders.create('checkout');
  for (const part of [...ASSEMBLY_INPUTS, 'cli', 'local', 'scripts', 'test']) {
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
