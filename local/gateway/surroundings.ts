/** What deriving permissions looks up: encryption keys of buckets, queues and secrets, and names that the emulator resolves. */
import type { Surroundings } from './actions/call.ts';
import type { Upstream } from './http/upstream.ts';

export interface AthenaLookup {
  workgroupOf(queryExecutionId: string): string | undefined;
  workgroupOfNamedQuery(namedQueryId: string): string | undefined;
  hasPreparedStatement(workGroup: string, name: string): boolean;
}

export class LocalSurroundings implements Surroundings {
  readonly account: string;
  readonly region: string;
  readonly #upstream: Upstream;
  readonly #athena: AthenaLookup;
  readonly #bucketKeys = new Map<string, string>();
  readonly #queueKeys = new Map<string, string>();
  readonly #secretKeys = new Map<string, string>();
  /** ARNs that names were resolved to; both kinds of name never change their ARN while a lake runs. */
  readonly #resolved = new Map<string, string>();

  constructor(account: string, region: string, upstream: Upstream, athena: AthenaLookup) {
    this.account = account;
    this.region = region;
    this.#upstream = upstream;
    this.#athena = athena;
  }

  setBucketKey(bucket: string, keyArn: string | undefined): void {
    set(this.#bucketKeys, bucket, keyArn);
  }

  setQueueKey(queueArn: string, keyArn: string | undefined): void {
    set(this.#queueKeys, queueArn, keyArn);
  }

  setSecretKey(secretArn: string, keyArn: string | undefined): void {
    set(this.#secretKeys, secretArn, keyArn);
  }

  bucketKey(bucket: string): string | undefined {
    return this.#bucketKeys.get(bucket);
  }

  queueKey(queueArn: string): string | undefined {
    return this.#queueKeys.get(queueArn);
  }

  secretKey(secretArn: string): string | undefined {
    return this.#secretKeys.get(secretArn);
  }

  workgroupOf(queryExecutionId: string): string | undefined {
    return this.#athena.workgroupOf(queryExecutionId);
  }

  workgroupOfNamedQuery(namedQueryId: string): string | undefined {
    return this.#athena.workgroupOfNamedQuery(namedQueryId);
  }

  hasPreparedStatement(workGroup: string, name: string): boolean {
    return this.#athena.hasPreparedStatement(workGroup, name);
  }

  async secretArn(secretId: string): Promise<string> {
    if (secretId.startsWith('arn:')) return secretId;
    const unresolved = `arn:aws:secretsmanager:${this.region}:${this.account}:secret:${secretId}-??????`;
    return await this.#resolve(unresolved, async () => {
      const secret = await this.#upstream.callJson('secretsmanager', 'secretsmanager.DescribeSecret', {
        SecretId: secretId,
      });
      return secret['ARN'];
    });
  }

  async keyArn(keyId: string): Promise<string> {
    if (/^arn:[^:]+:kms:[^:]*:\d+:key\//.test(keyId)) return keyId;
    const unresolved = `arn:aws:kms:${this.region}:${this.account}:key/${keyId}`;
    return await this.#resolve(unresolved, async () => {
      const key = await this.#upstream.callJson('kms', 'TrentService.DescribeKey', { KeyId: keyId });
      return (key['KeyMetadata'] as Record<string, unknown> | undefined)?.['Arn'];
    });
  }

  /** A name that stands for nothing keeps its unresolved ARN: the emulator will say that it is not there. */
  async #resolve(unresolved: string, lookUp: () => Promise<unknown>): Promise<string> {
    const known = this.#resolved.get(unresolved);
    if (known !== undefined) return known;
    const found = await lookUp().catch(() => undefined);
    if (typeof found !== 'string') return unresolved;
    this.#resolved.set(unresolved, found);
    return found;
  }
}

function set(map: Map<string, string>, key: string, value: string | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
