/** How somebody proves to the database who they are. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Signer } from '@aws-sdk/rds-signer';
import { TickerlakeError } from '../core/errors.ts';
import type { DatabaseAddress, PasswordSource } from './database.ts';

/** A user and password as RDS keeps its master user's, and as Glue's connections read them. */
export interface StoredLogin {
  readonly user: string;
  readonly password: string;
}

/**
 * Tokens of IAM database authentication, each made for one connection: a token opens connections for 15 minutes, and
 * names the host, port and user that it is for, so that one made for an instance is refused by a proxy before it.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html
 * By the Region and credentials of the process, unless others are given.
 */
export function iamTokens(
  { host, port }: DatabaseAddress,
  user: string,
  options: Pick<ConstructorParameters<typeof Signer>[0], 'region' | 'credentials'> = {},
): PasswordSource {
  const signer = new Signer({ ...options, hostname: host, port, username: user });
  return () => signer.getAuthToken();
}

/**
 * Reads `{"username":…,"password":…}` from Secrets Manager.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
 * @throws TickerlakeError SECRET_UNAVAILABLE, never with the value
 */
export async function readStoredLogin(client: SecretsManagerClient, secretArn: string): Promise<StoredLogin> {
  let text: string | undefined;
  try {
    ({ SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: secretArn })));
  } catch (error) {
    throw new TickerlakeError('SECRET_UNAVAILABLE', `cannot read secret ${secretArn}`, { cause: error });
  }
  const { username, password } = fieldsOf(text ?? '');
  if (typeof username === 'string' && typeof password === 'string') return { user: username, password };
  throw new TickerlakeError('SECRET_UNAVAILABLE', `secret ${secretArn} holds no username and password`, {
    hint: 'store them as {"username": "…", "password": "…"}',
  });
}

function fieldsOf(text: string): { readonly username?: unknown; readonly password?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
