/** The database behind the templates: one real PostgreSQL at one endpoint, for the instance and its replicas and proxies. */

import { TickerlakeError } from '../../core/errors.ts';
import { type CheckToken, type Postgres, type PostgresGround, startPostgres } from '../engines/postgres.ts';
import type { Gateway } from '../gateway/index.ts';
import type { Guard } from '../supervisor/index.ts';

export interface DatabaseMember {
  readonly identifier: string;
  /** What its IAM tokens are for, but for the user: `arn:aws:rds-db:…:dbuser:<resource id>` */
  readonly usersArn: string;
}

export interface PrimaryInstance extends DatabaseMember {
  readonly iamAuthentication: boolean;
  /** Of its parameter group. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly masterUser: string;
  readonly masterPassword: string;
  readonly database: string;
}

export interface DatabaseServerPorts {
  /** Undefined where no template has an instance. */
  readonly ground: Promise<PostgresGround> | undefined;
  readonly guard: Guard;
  readonly gateway: Pick<Gateway, 'checkDatabaseToken' | 'checkRole'>;
  readonly warn: (line: string) => void;
  /** Is told of the server once it runs. */
  readonly onStarted: (postgres: Postgres) => void;
}

export class DatabaseServer {
  /** Parameters by name of the group. */
  readonly parameterGroups = new Map<string, Readonly<Record<string, string>>>();
  readonly #ports: DatabaseServerPorts;
  readonly #members = new Set<string>();
  /** Ways in by a token, the newest first: who comes to a proxy has no right to what is behind it. */
  #waysIn: readonly CheckToken[] = [];
  #primaryUsersArn: string | undefined;
  #starting: Promise<Postgres> | undefined;
  #postgres: Postgres | undefined;

  constructor(ports: DatabaseServerPorts) {
    this.#ports = ports;
  }

  /** Starts PostgreSQL as the primary instance. There is one in a lake. */
  async start(primary: PrimaryInstance): Promise<Postgres> {
    if (this.#starting !== undefined) {
      throw new TickerlakeError('RESOURCE_FAILED', `a second database instance, ${primary.identifier}`, {
        hint: 'the runner has one PostgreSQL: use one more database of it, or extend local/resources/database-server.ts',
      });
    }
    this.#starting = this.#start(primary);
    this.#postgres = await this.#starting;
    this.#members.add(primary.identifier);
    this.#ports.onStarted(this.#postgres);
    return this.#postgres;
  }

  /** Endpoint of a replica; undefined when there is no such source. */
  addReplica({ identifier, usersArn }: DatabaseMember, source: string): Postgres | undefined {
    if (!this.#members.has(source)) return undefined;
    this.#members.add(identifier);
    this.#addWayIn(this.#tokensFor(usersArn));
    return this.#postgres;
  }

  /** A proxy logs in to the instance by its own role, so that is asked, too. */
  addProxy(usersArn: string, roleName: string): void {
    const ofClient = this.#tokensFor(usersArn);
    this.#addWayIn((token, login) => ofClient(token, login) ?? this.#refusalOfProxy(roleName, login.user));
  }

  hasInstance(identifier: string): boolean {
    return this.#members.has(identifier);
  }

  /** The running server, for faults and questions; undefined where no template has an instance. */
  get postgres(): Postgres | undefined {
    return this.#postgres;
  }

  async stop(): Promise<void> {
    await (await this.#starting?.catch(() => undefined))?.stop();
  }

  async #start(primary: PrimaryInstance): Promise<Postgres> {
    const { guard, warn, ground } = this.#ports;
    if (ground === undefined) throw new Error('a database instance that the plan does not have');
    const { parameters, masterUser, masterPassword, database } = primary;
    if (primary.iamAuthentication) {
      this.#primaryUsersArn = primary.usersArn;
      // Behind the proxies, which may have been there before it.
      this.#waysIn = [...this.#waysIn, this.#tokensFor(primary.usersArn)];
    }
    return startPostgres(guard, {
      ground: await ground,
      parameters,
      masterUser,
      masterPassword,
      database,
      onRefusal: warn,
      ...(primary.iamAuthentication && { checkToken: this.#checkToken }),
    });
  }

  readonly #checkToken: CheckToken = (token, login) => {
    let refusal: string | undefined;
    for (const wayIn of this.#waysIn) {
      refusal = wayIn(token, login);
      if (refusal === undefined) return undefined;
    }
    return refusal;
  };

  #addWayIn(wayIn: CheckToken): void {
    this.#waysIn = [wayIn, ...this.#waysIn];
  }

  #tokensFor(usersArn: string): CheckToken {
    return (token, login) =>
      this.#ports.gateway.checkDatabaseToken(token, { ...login, userArn: `${usersArn}/${login.user}` });
  }

  #refusalOfProxy(roleName: string, user: string): string | undefined {
    if (this.#primaryUsersArn === undefined) return 'the instance behind the proxy has no IAM authentication';
    return this.#ports.gateway.checkRole(roleName, 'rds-db:connect', `${this.#primaryUsersArn}/${user}`);
  }
}
