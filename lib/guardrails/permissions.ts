/** What roles of a deployment are allowed. */
import { type Deployment, dig, listOf, nodes, type Resource } from './deployment.ts';

export interface Permission {
  /** `kafka-cluster:ReadData`, or with a wildcard. */
  readonly action: string;
  /** As Deployment.text tells it. */
  readonly resource: string;
}

/** Asked for each role by several guardrails, and the same each time. */
const known = new WeakMap<Deployment, Map<Resource, readonly Permission[]>>();

/** Policies inside the role, attached to it, and those that name it: of any stack. */
export function permissionsOf(deployment: Deployment, role: Resource): readonly Permission[] {
  const ofRoles = known.get(deployment) ?? new Map<Resource, readonly Permission[]>();
  known.set(deployment, ofRoles);
  const permissions = ofRoles.get(role) ?? readPermissions(deployment, role);
  ofRoles.set(role, permissions);
  return permissions;
}

function readPermissions(deployment: Deployment, role: Resource): readonly Permission[] {
  const documents = [
    ...nodes(role.properties['Policies']).map((policy) => ({
      document: policy['PolicyDocument'],
      stack: role.stack,
    })),
    ...deployment
      .ofType('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy')
      .filter((policy) => isAttached(deployment, policy, role))
      .map(({ properties, stack }) => ({ document: properties['PolicyDocument'], stack })),
  ];
  return documents.flatMap(({ document, stack }) =>
    nodes(dig(document, 'Statement'))
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap(({ Action, Resource: on }) =>
        listOf(Action).flatMap((action) =>
          listOf(on).map((each) => ({ action: String(action), resource: deployment.text(each, stack) })),
        ),
      ),
  );
}

function isAttached(deployment: Deployment, policy: Resource, role: Resource): boolean {
  return (
    listOf(policy.properties['Roles']).some((each) => deployment.target(each, policy.stack) === role) ||
    listOf(role.properties['ManagedPolicyArns']).some((arn) => deployment.target(arn, role.stack) === policy)
  );
}

/** Whether one of the permissions allows the action, on a resource that `fits`. */
export function isAllowed(
  permissions: readonly Permission[],
  action: string,
  fits: (resource: string) => boolean = () => true,
): boolean {
  return permissions.some((permission) => glob(permission.action).test(action) && fits(permission.resource));
}

/** Whether a resource of a policy, wildcards and all, covers an ARN. */
export function covers(arn: string): (resource: string) => boolean {
  return (resource) => glob(resource).test(arn);
}

function glob(pattern: string): RegExp {
  const literal = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*');
  return new RegExp(`^${literal}$`, 'i');
}
