/** The dashboard stack as a deployment would see it: synthesized with somebody who may see it, its references resolved. */
import { evaluate } from '../../local/template/intrinsics.ts';
import { staticScope } from '../../local/template/plan.ts';
import type { Json, JsonObject } from '../../local/template/template.ts';
import { isObject, parseTemplate } from '../../local/template/template.ts';
import { ACCOUNT, REGION } from './aws-endpoint.ts';

export interface DeployedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
}

export interface Values {
  /** Outputs of other stacks, by what their names contain. @default - each is its own name */
  readonly outputs?: Readonly<Record<string, string>>;
  /** Physical ids, by what logical ids contain. @default - each is its own logical id */
  readonly refs?: Readonly<Record<string, string>>;
}

export function resolveStack(template: object, { outputs = {}, refs = {} }: Values = {}): DeployedResource[] {
  const stack = { name: 'dashboard', template: parseTemplate(template), dependsOn: [] };
  const scope = {
    ...staticScope(stack, { name: REGION, account: ACCOUNT }),
    ref: (logicalId: string) => valueOf(logicalId, refs),
    getAtt: (logicalId: string, attribute: string) => `${logicalId}.${attribute}`,
    stackOutput: (_stack: string, name: string) => valueOf(name, outputs),
  };
  return Object.entries(stack.template.Resources).map(([logicalId, { Type, Properties = {} }]) => {
    const properties: Json | undefined = evaluate(Properties, scope, logicalId);
    return { logicalId, type: Type, properties: isObject(properties) ? properties : {} };
  });
}

function valueOf(name: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).find(([part]) => name.includes(part))?.[1] ?? name;
}

export interface DeployedDataSet {
  readonly logicalId: string;
  /** Logical id of its data source. */
  readonly source: string;
  readonly importMode: string;
  readonly sql: string;
  readonly columns: readonly { readonly Name: string; readonly Type: string; readonly SubType?: string }[];
}

export function dataSetsOf(resources: readonly DeployedResource[]): DeployedDataSet[] {
  return resources
    .filter(({ type }) => type === 'AWS::QuickSight::DataSet')
    .map(({ logicalId, properties }) => {
      const [table] = Object.values(properties['PhysicalTableMap'] as object) as {
        CustomSql: { DataSourceArn: string; SqlQuery: string; Columns: DeployedDataSet['columns'] };
      }[];
      if (table === undefined) throw new Error(`${logicalId} has no table`);
      const { DataSourceArn, SqlQuery, Columns } = table.CustomSql;
      return {
        logicalId,
        source: DataSourceArn.replace(/\.Arn$/, ''),
        importMode: properties['ImportMode'] as string,
        sql: SqlQuery,
        columns: Columns,
      };
    });
}
