/** What the policies of the templates let a role do, taken apart: the edges of the pipeline are drawn from it. */
import type { ProvisionedResource } from '../../../local/provision.ts';
import { isObject, type Json } from '../../../local/template/template.ts';

/** One action on one resource that a role is allowed. */
export interface Grant {
  readonly action: string;
  /** ARN, with a wildcard at its end perhaps. */
  readonly resource: string;
}

/** Grants by the name of the role. */
export function grantsByRole(
  resources: readonly ProvisionedResource[],
): ReadonlyMap<string, readonly Grant[]> {
  const grants = new Map<string, Grant[]>();
  const add = (role: string, document: Json | undefined): void => {
    grants.set(role, [...(grants.get(role) ?? []), ...grantsOf(document)]);
  };
  for (const { type, physicalId, properties } of resources) {
    if (type === 'AWS::IAM::Role') {
      for (const policy of listOf(properties['Policies'])) {
        if (isObject(policy)) add(physicalId, policy['PolicyDocument']);
      }
    } else if (type === 'AWS::IAM::Policy') {
      for (const role of textsOf(properties['Roles'])) add(role, properties['PolicyDocument']);
    }
  }
  return grants;
}

function grantsOf(document: Json | undefined): readonly Grant[] {
  if (document === undefined || !isObject(document)) return [];
  return listOf(document['Statement']).flatMap((statement) =>
    isObject(statement) && statement['Effect'] === 'Allow'
      ? textsOf(statement['Action']).flatMap((action) =>
          textsOf(statement['Resource']).map((resource) => ({ action, resource })),
        )
      : [],
  );
}

/** A value of a template that may stand alone or in a list. */
export function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
}

export function textsOf(value: Json | undefined): readonly string[] {
  return listOf(value).filter((each) => typeof each === 'string');
}

/** A value of a template that should be text; nothing where it is not. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
