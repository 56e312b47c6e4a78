/** Keeps the tables of docs/cost.md: `node cli/cost/docs.ts` writes what `tickerlake cost --markdown` prints of each stage. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STAGES, type Stage } from '../../core/names.ts';
import { Terminal } from '../terminal/terminal.ts';
import { costMarkdown } from './print.ts';
import { DEFAULT_PROFILE, USUAL_LOADS } from './profile.ts';
import { reportCost } from './report.ts';
import type { Resource } from './resources.ts';
import { synthesizedResources } from './run-cost.ts';

export const COST_DOCS_FILE = join(import.meta.dirname, '../../docs/cost.md');

/** The document with the tables of a stage as its templates say now. Throws when it has no place for them. */
export function withCostTables(document: string, stage: Stage, resources: readonly Resource[]): string {
  const begin = `<!-- cost ${stage}: written by \`node cli/cost/docs.ts\` -->`;
  const end = `<!-- /cost ${stage} -->`;
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/cost.md has no lines ${begin} and ${end}`);
  const tables = costMarkdown(reportCost(stage, resources, DEFAULT_PROFILE, USUAL_LOADS));
  return `${document.slice(0, from)}${begin}\n\n${tables}\n\n${document.slice(to)}`;
}

if (import.meta.main) {
  const context = {
    terminal: new Terminal(process.stdout, process.stderr, process.env),
    env: process.env,
    signal: new AbortController().signal,
    fail: () => undefined,
  };
  let document = readFileSync(COST_DOCS_FILE, 'utf8');
  for (const stage of STAGES) {
    document = withCostTables(document, stage, await synthesizedResources(context, stage));
  }
  writeFileSync(COST_DOCS_FILE, document);
}
