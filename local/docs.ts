/** Keeps the table of CloudFormation types in docs/local.md: `node local/docs.ts` writes it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RESOURCE_TYPES } from './resources/registry.ts';
import type { ResourceType } from './resources/resource-type.ts';

export const LOCAL_DOCS_FILE = join(import.meta.dirname, '../docs/local.md');
const BEGIN = '<!-- types: written by `node local/docs.ts` -->';
const END = '<!-- /types -->';

/** The document with its table as the registry says now. Throws when it has no place for one. */
export function withTypeTable(document: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/local.md has no lines ${BEGIN} and ${END}`);
  return `${document.slice(0, begin)}${BEGIN}\n${typeTable(RESOURCE_TYPES)}\n${document.slice(end)}`;
}

function typeTable(types: readonly ResourceType[]): string {
  const rows = types.map(({ type, level, behind, inert = [] }) => {
    const name = type.endsWith('::') ? `${type}*` : type;
    return `| \`${name}\` | ${level} | ${behind} | ${inert.map((property) => (property === '*' ? 'all' : property)).join(', ')} |`;
  });
  return [
    '| type | level | what stands behind it | properties without effect |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

if (import.meta.main) writeFileSync(LOCAL_DOCS_FILE, withTypeTable(readFileSync(LOCAL_DOCS_FILE, 'utf8')));
