/** docs/query.md's part that is made: each saved query with what it answers on the proof's market. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NEEDS, type QueryParameter } from '../../core/named-query.ts';
import type { ProvenQuery } from './queries-proof.ts';

const FILE = join(import.meta.dirname, '../../docs/query.md');
const BEGIN = '<!-- written by npm run verify:athena -- --write -->';
/** A result is shown by its first rows; a long one, which goes from the earliest time to the latest, by its last. */
const SHOWN_ROWS = 8;
const LONG_ROWS = 40;

/** Puts the queries in place of what follows the mark. */
export function writeQueryPage(queries: readonly ProvenQuery[]): void {
  const [head] = readFileSync(FILE, 'utf8').split(BEGIN);
  writeFileSync(FILE, `${(head ?? '').trimEnd()}\n\n${BEGIN}\n${queries.map(section).join('')}`);
}

function section({ query, answer }: ProvenQuery): string {
  const { name, title, description, needs, parameters } = query;
  const call = [
    `tickerlake query --named ${name}`,
    ...(parameters.length > 0 ? ['--param', ...parameters.map(shellWord)] : []),
  ];
  const lines = [
    `\n### ${title}`,
    '',
    `${description}.${needs.map((need) => ` Needs ${need}: ${NEEDS[need]}.`).join('')}`,
    '',
    `\`${call.join(' ')}\` · [SQL](../sql/queries/${name}.sql)`,
    '',
    ...(answer === undefined ? ['No result.'] : table(answer)),
  ];
  return `${lines.join('\n')}\n`;
}

function shellWord({ example }: QueryParameter): string {
  if (example.kind === 'placeholder') return `<${example.name}>`;
  return /^'[\w.-]+'$/.test(example.sql) ? example.sql.slice(1, -1) : `"${example.sql}"`;
}

function table({ columns, rows }: NonNullable<ProvenQuery['answer']>): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const isLong = rows.length > LONG_ROWS;
  const shown = isLong ? rows.slice(-SHOWN_ROWS) : rows.slice(0, SHOWN_ROWS);
  const some = `${isLong ? 'The last' : 'The first'} ${SHOWN_ROWS} of ${rows.length.toLocaleString('en')} rows.`;
  return [
    line(columns.map(({ name }) => name)),
    line(columns.map(({ type }) => (/int|double|decimal|float/.test(type) ? '--:' : '---'))),
    ...shown.map((row) => line(row.map((value, index) => cell(value, columns[index]?.type)))),
    ...(rows.length > SHOWN_ROWS ? ['', some] : []),
  ];
}

/** Without exponents, for people. */
function cell(value: string | null, type: string | undefined): string {
  if (value === null) return '';
  return type === 'double' ? String(Number(value)) : value.replaceAll('|', String.raw`\|`);
}
