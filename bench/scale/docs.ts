/** Keeps the tables of docs/scale.md: `npm run bench:scale -- --docs` writes them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TickerlakeError } from '../../core/errors.ts';
import type { CheckedLoad } from './checks.ts';

export const SCALE_DOCS_FILE = join(import.meta.dirname, '../../docs/scale.md');
export const SCALE_RESULTS_FILE = join(import.meta.dirname, '../results/scale.json');

/** The document with the tables as they are now. @throws TickerlakeError CONFIG_INVALID where it has no place for one */
export function withScaleTables(document: string, tables: Readonly<Record<string, string>>): string {
  return Object.entries(tables).reduce((text, [name, table]) => {
    const begin = `<!-- scale ${name}: written by \`npm run bench:scale -- --docs\` -->`;
    const end = `<!-- /scale ${name} -->`;
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) {
      throw new TickerlakeError('CONFIG_INVALID', `docs/scale.md has no place for the table ${name}`, {
        hint: `putting these two lines where it belongs: ${begin} and ${end}`,
      });
    }
    return `${text.slice(0, from)}${begin}\n\n${table}\n\n${text.slice(to)}`;
  }, document);
}

/** What the last run of bench:scale wrote. */
export function readChecks(): readonly CheckedLoad[] {
  return (JSON.parse(readFileSync(SCALE_RESULTS_FILE, 'utf8')) as { readonly loads: readonly CheckedLoad[] })
    .loads;
}
