/**
 * RDS IAM tokens: a presigned URL of action `connect` without its scheme, as the SDKs' RDS signers make them.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html
 */
import type { Authorizer } from './authorizer.ts';
import type { Identities } from './identity.ts';
import { verifyPresigned } from './presigned-tokens.ts';
import type { DatabaseLogin } from './types.ts';

/** A token may be good for 15 minutes at most. */
const MAX_SECONDS = 15 * 60;

/**
 * Verifies that the token is for this user at this endpoint, its signature and expiry, and the role's rds-db:connect.
 * Gives the reason of a refusal, undefined when the user may come in.
 */
export function checkDatabaseToken(
  token: string,
  { user, host, port, userArn }: DatabaseLogin,
  identities: Identities,
  authorizer: Authorizer,
): string | undefined {
  const url = URL.parse(`https://${token}`);
  if (url?.searchParams.get('Action') !== 'connect') return 'the password is no IAM token';
  if (url.searchParams.get('DBUser') !== user) return 'the token is for another user';
  if (url.host !== `${host}:${port}`) return `the token is for ${url.host}, not for ${host}:${port}`;
  if (!(Number(url.searchParams.get('X-Amz-Expires')) <= MAX_SECONDS))
    return `the token is to hold for more than ${MAX_SECONDS} s`;
  const verified = verifyPresigned(url, 'rds-db', identities);
  if ('message' in verified) return verified.message;
  const region = userArn.split(':')[3] ?? '';
  if (verified.region !== region) return `the token is for ${verified.region}, not for ${region}`;
  return authorizer.decide(
    verified.caller,
    { action: 'rds-db:connect', resource: userArn },
    { userAgent: undefined, sourceIp: undefined },
  );
}
