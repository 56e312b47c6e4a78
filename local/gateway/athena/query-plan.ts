/** What becomes of a statement: prepared ones are kept, dropped and looked up here, so that every engine has them. */
import type { AthenaEngine } from '../types.ts';
import { invalidRequest } from './errors.ts';
import { isExpression } from './parameter-value.ts';
import { type PreparedSql, readPreparedSql } from './prepared-sql.ts';
import { type PreparedStatements, STATEMENT_NAME } from './prepared-statements.ts';
import { QueryFailure } from './query-failure.ts';
import { kindOf, type StatementKind } from './statement-kind.ts';

type Execute = AthenaEngine['execute'];

export interface QueryPlan {
  /** With a `?` for each of the values. */
  readonly sql: string;
  readonly values: readonly string[];
  readonly kind: StatementKind | undefined;
  /** What an engine has to be able to parse, at the places at which it was written. */
  readonly written?: string;
  readonly execute: Execute;
}

export interface PlanRequest {
  readonly sql: string;
  readonly parameters: readonly string[];
  readonly workGroup: string;
  readonly catalog: string | undefined;
}

/** @throws AwsError InvalidRequestException for SQL of prepared statements that is none */
export function planQuery(
  request: PlanRequest,
  engine: AthenaEngine,
  prepared: PreparedStatements,
): QueryPlan {
  const { sql, parameters, catalog } = request;
  const statement = readPreparedSql(sql);
  if (statement !== undefined) return planPrepared(statement, request, engine, prepared);
  return { sql, values: parameters, kind: kindOf(sql), written: sql, execute: within(catalog, engine) };
}

function planPrepared(
  statement: PreparedSql,
  { sql, parameters, workGroup, catalog }: PlanRequest,
  engine: AthenaEngine,
  prepared: PreparedStatements,
): QueryPlan {
  const { kind, name } = statement;
  const own = { sql: '', values: [], kind: kindOf(sql) };
  if (kind === 'PREPARE') {
    if (!STATEMENT_NAME.test(name)) throw invalidRequest(`PreparedStatement name ${name} is not valid`);
    const put = answerNothing(() => {
      prepared.put(workGroup, name, statement.statement);
    });
    return { ...own, written: statement.placed, execute: put };
  }
  const kept = prepared.sqlOf(workGroup, name);
  if (kept === undefined)
    return { ...own, execute: fail('NOT_FOUND', `Prepared statement not found: ${name}`) };
  if (kind === 'DEALLOCATE') {
    const drop = answerNothing(() => {
      prepared.delete(workGroup, name);
    });
    return { ...own, execute: drop };
  }
  const plan = { sql: kept, kind: kindOf(kept), execute: within(catalog, engine) };
  if (statement.values === undefined) return { ...plan, values: parameters };
  const refused = refuseValues(statement.values, parameters);
  if (refused !== undefined) return { ...own, execute: refused };
  const left = [...parameters];
  return {
    ...plan,
    values: statement.values.flatMap((value) => (value === '?' ? left.splice(0, 1) : value)),
  };
}

/** Undefined if each value after USING is a constant or a `?`, and there is one parameter for each `?`. */
function refuseValues(values: readonly string[], parameters: readonly string[]): Execute | undefined {
  const odd = values.find((value) => value !== '?' && !isExpression(value));
  if (odd !== undefined) return fail('EXPRESSION_NOT_CONSTANT', `a value after USING is no constant: ${odd}`);
  const marks = values.filter((value) => value === '?').length;
  if (marks === parameters.length) return undefined;
  return fail(
    'INVALID_PARAMETER_USAGE',
    `line 1:1: Incorrect number of parameters: expected ${marks} but found ${parameters.length}`,
  );
}

export const isGlueCatalog = (name: string): boolean => name.toLowerCase() === 'awsdatacatalog';

function within(catalog: string | undefined, engine: AthenaEngine): Execute {
  if (catalog !== undefined && !isGlueCatalog(catalog))
    return fail('CATALOG_NOT_FOUND', `Catalog '${catalog}' not found`);
  return (query) => engine.execute(query);
}

const fail =
  (name: string, message: string): Execute =>
  () =>
    Promise.reject(new QueryFailure(name, message));

/** Does it when its turn has come. */
function answerNothing(act: () => void): Execute {
  return async () => {
    await Promise.resolve();
    act();
    return { columns: [], rows: noRows(), scannedBytes: 0, statementType: 'DDL' };
  };
}

async function* noRows(): AsyncGenerator<never> {
  // There are none.
}
