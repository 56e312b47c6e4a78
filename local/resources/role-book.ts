/** Roles and the policies that templates attach to them, in whatever order they come. */
import { TickerlakeError } from '../../core/errors.ts';
import { nameFromArn } from '../arn.ts';
import type { Gateway, NamedPolicy, PolicyDocument, Role } from '../gateway/index.ts';

/** Called after every change of a role's policies. */
export type RoleListener = (role: Role) => Promise<void>;

export class RoleBook {
  private readonly gateway: Gateway;
  private readonly roles = new Map<string, Role>();
  private listener: RoleListener = () => Promise.resolve();

  constructor(gateway: Gateway) {
    this.gateway = gateway;
  }

  onChange(listener: RoleListener): void {
    this.listener = listener;
  }

  all(): readonly Role[] {
    return [...this.roles.values()];
  }

  /** Role with this name or ARN. */
  get(nameOrArn: string): Role {
    const role = this.roles.get(nameFromArn(nameOrArn));
    if (role !== undefined) return role;
    throw new TickerlakeError('RESOURCE_FAILED', `there is no role ${nameOrArn} in these stacks`);
  }

  async put(role: Role): Promise<void> {
    this.roles.set(role.name, role);
    this.gateway.putRole(role);
    await this.listener(role);
  }

  async attach(roleName: string, policy: NamedPolicy): Promise<void> {
    const role = this.get(roleName);
    await this.put({
      ...role,
      policies: [...role.policies.filter(({ name }) => name !== policy.name), policy],
    });
  }

  async attachManaged(roleName: string, arn: string): Promise<void> {
    const role = this.get(roleName);
    await this.put({ ...role, managedPolicyArns: [...(role.managedPolicyArns ?? []), arn] });
  }
}

/** Whether a service may act with the role, as far as the statement that names it says. */
export function trustsService({ trust }: Role, service: string): boolean {
  return [trust.Statement].flat().some(({ Effect, Principal: principal }) => {
    if (Effect !== 'Allow' || principal === undefined || principal === '*') return false;
    return [principal['Service'] ?? []].flat().includes(service);
  });
}

/** A policy document of a template, as the gateway takes it. */
export function policyDocument(value: unknown): PolicyDocument {
  return value as PolicyDocument;
}
