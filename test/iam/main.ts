/**
 * `npm run iam`: lets a lake do everything its functions and jobs can do, and says for each role what it is allowed, what of that was
 * needed, and why it has the rest. Ends with one line of counts; 1 if anything has no reason.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { STACKS, STAGES, type Stage, stackName } from '../../core/names.ts';
import { statementsUsed } from '../../local/gateway/call-log.ts';
import { assemblyOf, TestFolders } from '../helpers/local-lake.ts';
import { runCommand, unlessAborted } from '../helpers/run-command.ts';
import { type RecordedRun, recordRun } from './record-run.ts';
import { byAction, type Excuse } from './unneeded-actions.ts';
import {
  compareWildcards,
  type ExplainedWildcard,
  policiesOf,
  type TemplateResource,
  wildcardGrants,
} from './wildcard-resources.ts';

const HELP = `Usage: npm run iam [-- options]

Runs everything that the functions and jobs of stage dev can do on a local lake, under their own roles, and compares what they
asked for with what the templates allow them. Takes some five minutes.

Options:
  --role <text>   only roles whose name holds this text
  --json          machine-readable
  --help

Examples:
  npm run iam
  npm run iam -- --role LandQuotes`;

const GATES = join(import.meta.dirname, '../../gates');

/** What one role is allowed, action by action. */
interface RoleReport {
  readonly role: string;
  /** Some recorded call would be refused without it. */
  readonly needed: readonly string[];
  /** Allowed without need, with the reason of gates/unused-statements.json. */
  readonly excused: readonly { readonly action: string; readonly reason: string }[];
  readonly unexplained: readonly string[];
}

async function main(signal: AbortSignal): Promise<number> {
  const options = readOptions();
  if (options === undefined) return 0;
  const folders = new TestFolders();
  try {
    const wildcards = await reportWildcards();
    if (!options.json) console.error('iam: running everything once, under the roles of the templates …');
    const run = await unlessAborted(signal, recordRun(folders));
    const roles = reportRoles(run, readGate('unused-statements.json') as readonly Excuse[]);
    const refused = run.calls.filter(({ allowed }) => !allowed);
    const ok =
      refused.length === 0 &&
      wildcards.unexplained.length === 0 &&
      wildcards.stale.length === 0 &&
      roles.every(({ unexplained }) => unexplained.length === 0);
    const shown = roles.filter(({ role }) => role.includes(options.role));
    if (options.json) console.log(JSON.stringify({ ok, roles: shown, wildcards, refused }, undefined, 2));
    else print(shown, wildcards);
    if (!options.json) {
      for (const { role, action, resource } of refused)
        console.log(`REFUSED ${role}: ${action} on ${resource}`);
      console.log(summarize(roles, wildcards));
    }
    return ok ? 0 : 1;
  } finally {
    folders.remove();
  }
}

function readOptions(): { readonly role: string; readonly json: boolean } | undefined {
  try {
    const { values } = parseArgs({
      options: {
        role: { type: 'string', default: '' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (!values.help) return values;
    console.log(HELP);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(`error: ${message} — try: npm run iam -- --help`);
    process.exit(2);
  }
}

const readGate = (file: string): unknown => JSON.parse(readFileSync(join(GATES, file), 'utf8'));

function reportRoles({ calls, roles }: RecordedRun, excuses: readonly Excuse[]): RoleReport[] {
  const uses = statementsUsed(calls, roles.map(byAction)).map(({ role, statement, use }) => ({
    role,
    use,
    action: statement.slice(statement.indexOf(' ') + 1),
  }));
  return [...Map.groupBy(uses, ({ role }) => role)]
    .map(([role, actions]) => {
      const reasonOf = (action: string): string | undefined =>
        excuses.find((each) => each.roles.includes(role) && each.actions.includes(action))?.reason;
      const idle = actions.filter(({ use }) => use !== 'needed').map(({ action }) => action);
      return {
        role,
        needed: actions.filter(({ use }) => use === 'needed').map(({ action }) => action),
        excused: idle.flatMap((action) => {
          const reason = reasonOf(action);
          return reason === undefined ? [] : [{ action, reason }];
        }),
        unexplained: idle.filter((action) => reasonOf(action) === undefined),
      };
    })
    .sort((left, right) => (left.role < right.role ? -1 : 1));
}

interface WildcardReport {
  readonly found: readonly string[];
  readonly unexplained: readonly string[];
  readonly stale: readonly string[];
}

/** Of the templates that the stages are deployed from, without a dashboard: test/templates/wildcards.test.ts sees that too. */
async function reportWildcards(): Promise<WildcardReport> {
  const found = new Set<string>();
  for (const stage of STAGES)
    for (const grant of wildcardGrants(policiesOf(await readResources(stage)), stage)) found.add(grant);
  const grants = [...found].toSorted();
  const explained = (readGate('wildcard-resources.json') as readonly ExplainedWildcard[]).filter(
    ({ roles }) => roles.some((role) => !role.startsWith('dashboard/')),
  );
  const { unexplained, stale } = compareWildcards(grants, explained);
  return { found: grants, unexplained, stale: stale.filter((line) => !line.startsWith('dashboard/')) };
}

async function readResources(stage: Stage): Promise<ReadonlyMap<string, TemplateResource>> {
  const directory = await assemblyOf(stage);
  return new Map(
    STACKS.filter((part) => part !== 'dashboard').flatMap((part) => {
      const file = join(directory, `${stackName(stage, part)}.template.json`);
      const { Resources } = JSON.parse(readFileSync(file, 'utf8')) as {
        readonly Resources: Record<string, TemplateResource>;
      };
      return Object.entries(Resources).map(([id, resource]) => [`${part}/${id}`, resource] as const);
    }),
  );
}

function print(roles: readonly RoleReport[], wildcards: WildcardReport): void {
  for (const { role, needed, excused, unexplained } of roles) {
    console.log(`\n${role}`);
    console.log(`  needed     ${needed.join(' ') || '—'}`);
    for (const [reason, same] of Map.groupBy(excused, (each) => each.reason))
      console.log(`  not used   ${same.map(({ action }) => action).join(' ')}: ${reason}`);
    if (unexplained.length > 0) console.log(`  NO REASON  ${unexplained.join(' ')}`);
  }
  console.log('');
  for (const grant of wildcards.unexplained) console.log(`WILDCARD WITHOUT A REASON ${grant}`);
  for (const line of wildcards.stale) console.log(`STALE LINE IN gates/wildcard-resources.json ${line}`);
}

function summarize(roles: readonly RoleReport[], { found, unexplained }: WildcardReport): string {
  const count = (of: (role: RoleReport) => number): number => roles.reduce((sum, role) => sum + of(role), 0);
  const idle = count((role) => role.unexplained.length);
  return `iam: ${roles.length} roles; ${count(({ needed }) => needed.length)} actions needed, ${count(({ excused }) => excused.length)} not used here and explained, ${idle} unexplained; ${found.length} grants on wildcards, ${unexplained.length} unexplained`;
}

await runCommand('npm run iam -- --help', main);
