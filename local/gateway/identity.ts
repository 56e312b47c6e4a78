/** Roles, the sessions that were opened for them, and the operator. */
import { randomBytes } from 'node:crypto';
import { deriveSigningKey } from './http/sigv4.ts';
import { managedPolicy } from './policy/managed.ts';
import type { Principal } from './policy/principals.ts';
import type { CompiledStatement } from './policy/statements.ts';
import { compilePolicy } from './policy/statements.ts';
import type { AwsCredentials, Role } from './types.ts';

const SESSION_SECONDS = 12 * 60 * 60;
const MAX_SESSIONS_KEPT = 10_000;
export const OPERATOR = 'operator';

/** Someone who signed a request. */
export class Caller {
  readonly role: string;
  readonly roleArn: string;
  readonly sessionName: string;
  readonly credentials: AwsCredentials;
  readonly principal: Principal & { readonly type: 'role' };
  /** `AROA…:session`, as GetCallerIdentity and aws:userid have it. */
  readonly userId: string;
  readonly issuedAt = new Date();
  readonly #signingKeys = new Map<string, Buffer>();

  constructor(
    role: string,
    roleArn: string,
    account: string,
    sessionName: string,
    credentials: AwsCredentials,
  ) {
    this.role = role;
    this.roleArn = roleArn;
    this.sessionName = sessionName;
    this.credentials = credentials;
    const partition = roleArn.split(':')[1] ?? 'aws';
    this.principal = {
      type: 'role',
      account,
      roleArn,
      sessionArn: `arn:${partition}:sts::${account}:assumed-role/${role}/${sessionName}`,
    };
    this.userId = `${uniqueId('AROA', role)}:${sessionName}`;
  }

  get arn(): string {
    return this.principal.sessionArn;
  }

  signingKey(date: string, region: string, service: string): Buffer {
    const scope = `${date}/${region}/${service}`;
    let key = this.#signingKeys.get(scope);
    if (key === undefined) {
      key = deriveSigningKey(this.credentials.secretAccessKey, date, region, service);
      this.#signingKeys.set(scope, key);
    }
    return key;
  }
}

/** A stable id of the shape IAM gives its principals. */
function uniqueId(prefix: string, name: string): string {
  return prefix + Buffer.from(name).toString('hex').toUpperCase().padEnd(17, '0').slice(-17);
}

interface KnownRole {
  readonly role: Role;
  readonly statements: readonly CompiledStatement[];
  readonly trust: readonly CompiledStatement[];
}

/** Who there is, and with which policies. */
export class Identities {
  readonly operator: Caller;
  readonly #account: string;
  readonly #roles = new Map<string, KnownRole>();
  readonly #callers = new Map<string, Caller>();
  /** By the access key of whom they stand for. */
  readonly #lent = new Map<string, Caller>();
  readonly #serviceSessions = new Map<string, Caller>();

  constructor(account: string) {
    this.#account = account;
    const everything = { Effect: 'Allow', Action: '*', Resource: '*' } as const;
    this.putRole({
      name: OPERATOR,
      arn: `arn:aws:iam::${account}:role/${OPERATOR}`,
      trust: { Statement: [] },
      policies: [{ name: 'everything', document: { Version: '2012-10-17', Statement: everything } }],
    });
    this.operator = this.open(OPERATOR, 'local', 365 * 24 * 60 * 60);
  }

  /** Registers or replaces a role; throws before anything changes when a policy is not modelled. */
  putRole(role: Role): void {
    const policies = [...role.policies, ...(role.managedPolicyArns ?? []).map(managedPolicy)];
    this.#roles.set(role.name, {
      role,
      statements: policies.flatMap(({ name, document }) => compilePolicy(name, document, 'identity')),
      trust: compilePolicy(`${role.name} trust`, role.trust, 'trust'),
    });
  }

  removeRole(name: string): void {
    this.#roles.delete(name);
  }

  role(name: string): KnownRole | undefined {
    return this.#roles.get(name);
  }

  /** Everybody's roles but the operator's. */
  roles(): readonly Role[] {
    return [...this.#roles.values()].map(({ role }) => role).filter(({ name }) => name !== OPERATOR);
  }

  statementsOf(caller: Caller): readonly CompiledStatement[] {
    return this.#roles.get(caller.role)?.statements ?? [];
  }

  /** Opens a session of a role. Throws when there is no such role. */
  open(roleName: string, sessionName: string, seconds = SESSION_SECONDS): Caller {
    const known = this.#roles.get(roleName);
    if (known === undefined)
      throw new Error(`role ${roleName} is not registered with the local gateway: putRole it first`);
    const credentials: AwsCredentials = {
      accessKeyId: `ASIA${randomBytes(10).toString('hex').toUpperCase().slice(0, 16)}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(96).toString('base64'),
      expiration: new Date(Date.now() + seconds * 1000),
    };
    const caller = new Caller(roleName, known.role.arn, this.#account, sessionName, credentials);
    if (this.#callers.size >= MAX_SESSIONS_KEPT) this.#forgetExpired();
    this.#callers.set(credentials.accessKeyId, caller);
    return caller;
  }

  /** A session through which services act with the role; it has no end and its keys are nobody's. */
  serviceSession(roleName: string): Caller {
    const known = this.#serviceSessions.get(roleName);
    if (known !== undefined) return known;
    const session = this.open(roleName, 'service');
    this.#callers.delete(session.credentials.accessKeyId);
    this.#serviceSessions.set(roleName, session);
    return session;
  }

  /** Keys of the same caller that come without a token, as long-term keys do: for clients that cannot send one. They end when its own do. */
  lend(accessKeyId: string): Caller | undefined {
    const caller = this.#callers.get(accessKeyId);
    if (caller === undefined) return undefined;
    const known = this.#lent.get(accessKeyId);
    if (known !== undefined) return known;
    const lent = new Caller(caller.role, caller.roleArn, this.#account, caller.sessionName, {
      accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: '',
      expiration: caller.credentials.expiration,
    });
    this.#callers.set(lent.credentials.accessKeyId, lent);
    this.#lent.set(accessKeyId, lent);
    return lent;
  }

  caller(accessKeyId: string): Caller | undefined {
    return this.#callers.get(accessKeyId);
  }

  #forgetExpired(): void {
    for (const [id, { credentials }] of this.#callers)
      if (credentials.expiration.getTime() < Date.now()) {
        this.#callers.delete(id);
        this.#lent.delete(id);
      }
  }
}
