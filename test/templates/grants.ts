/** What roles of a template may do, as lines to compare. */
import type { Template } from 'aws-cdk-lib/assertions';
import { readable } from '../helpers/readable.ts';

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Statements of the roles whose logical id begins so; of all with ''. */
export function statements(template: Template, role = ''): Statement[] {
  return Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith(role))
    .flatMap(
      ([, { Properties }]) =>
        (Properties as { PolicyDocument: { Statement: Statement[] } }).PolicyDocument.Statement,
    );
}

/** `action on resource`, a line each. */
export function grants(template: Template, role: string): string[] {
  return statements(template, role).flatMap(({ Action, Resource }) =>
    [Action].flat().flatMap((action) => [Resource].flat().map((each) => `${action} on ${readable(each)}`)),
  );
}

/** Keys of the lake bucket, with wildcards, that a role may use an action on. */
export function lakeKeys(template: Template, role: string, action: string): string[] {
  return grants(template, role)
    .filter((line) => line.startsWith(`${action} on \${StorageLake`))
    .map((line) => line.replace(/^.*?\}\//, ''))
    .sort();
}

/** `database/table` of each table that a role may use an action on. */
export function tables(template: Template, role: string, action: string): string[] {
  return grants(template, role)
    .filter((line) => line.startsWith(`${action} on `))
    .flatMap((line) => /:table\/(.*)$/.exec(line)?.[1] ?? [])
    .sort();
}
