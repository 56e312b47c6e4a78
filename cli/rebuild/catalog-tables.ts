/** The catalog's tables as the template declares them, for those that are gone: CloudFormation does not make them again by itself. */
import {
  AlreadyExistsException,
  CreateDatabaseCommand,
  CreateTableCommand,
  type DatabaseInput,
  EntityNotFoundException,
  GetDatabaseCommand,
  GetTableCommand,
  type GlueClient,
  type TableInput,
} from '@aws-sdk/client-glue';
import { TickerlakeError } from '../../core/errors.ts';

/** A database and its tables, as Glue takes them. */
export interface CatalogDefinition {
  readonly database: DatabaseInput;
  readonly tables: readonly TableInput[];
}

interface Template {
  readonly Resources?: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
  >;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

/**
 * Reads tables out of a stack's template. What they refer to are buckets, whose names are outputs of the same stack.
 * @param outputs of the stack, as it is deployed
 * @throws TickerlakeError TEMPLATE_UNSUPPORTED for an intrinsic that it does not know
 */
export function readCatalogDefinition(
  template: string,
  outputs: Readonly<Record<string, string>>,
): CatalogDefinition {
  const { Resources: resources = {}, Outputs: declared = {} } = JSON.parse(template) as Template;
  const names = new Map<string, string>();
  for (const [id, { Value: value }] of Object.entries(declared)) {
    const { Ref: ref } = (typeof value === 'object' && value !== null ? value : {}) as { Ref?: unknown };
    const name = outputs[id];
    if (typeof ref === 'string' && name !== undefined) names.set(ref, name);
  }
  const ofType = (type: string, property: string): unknown[] =>
    Object.values(resources)
      .filter((resource) => resource.Type === type)
      .map((resource) => resolve(resource.Properties?.[property], names));
  const [database] = ofType('AWS::Glue::Database', 'DatabaseInput') as DatabaseInput[];
  if (database === undefined) throw unsupported('it has no database');
  return { database, tables: ofType('AWS::Glue::Table', 'TableInput') as TableInput[] };
}

function resolve(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((each) => resolve(each, names));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[key, argument] = ['', undefined]] = entries;
  if (key === 'Ref') {
    const name = names.get(String(argument));
    if (name === undefined) throw unsupported(`no output has the name of ${String(argument)}`);
    return name;
  }
  if (key === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map((part) => String(resolve(part, names))).join(separator);
  }
  if (key.startsWith('Fn::')) throw unsupported(`${key} is not known here`);
  return Object.fromEntries(entries.map(([name, each]) => [name, resolve(each, names)]));
}

function unsupported(why: string): TickerlakeError {
  return new TickerlakeError('TEMPLATE_UNSUPPORTED', `the catalog cannot be read from the template: ${why}`, {
    hint: 'the revision that is deployed, or a new deployment of stack lake',
  });
}

/** Which of these tables the catalog lacks. */
export async function missingTables(
  glue: GlueClient,
  database: string,
  tables: readonly string[],
): Promise<readonly string[]> {
  const found = await Promise.all(
    tables.map(async (Name) =>
      isThere(() => glue.send(new GetTableCommand({ DatabaseName: database, Name }))),
    ),
  );
  return tables.filter((_, index) => found[index] !== true);
}

/** Creates those of the tables that are named, and the database where it is gone as well. */
export async function createTables(
  glue: GlueClient,
  { database, tables }: CatalogDefinition,
  names: readonly string[],
): Promise<void> {
  const DatabaseName = database.Name ?? '';
  if (!(await isThere(() => glue.send(new GetDatabaseCommand({ Name: DatabaseName }))))) {
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: database }));
  }
  for (const name of names) {
    const TableInput = tables.find(({ Name }) => Name === name);
    if (TableInput === undefined) throw unsupported(`it has no table ${name}`);
    try {
      await glue.send(new CreateTableCommand({ DatabaseName, TableInput }));
    } catch (error) {
      // Somebody else was first: it is the same one.
      if (!(error instanceof AlreadyExistsException)) throw error;
    }
  }
}

async function isThere(look: () => Promise<unknown>): Promise<boolean> {
  try {
    await look();
    return true;
  } catch (error) {
    if (error instanceof EntityNotFoundException) return false;
    throw error;
  }
}
