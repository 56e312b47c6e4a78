/**
 * MSK IAM tokens: base64url of a presigned kafka-cluster:Connect URL, as aws-msk-iam-sasl-signer makes them.
 * https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control.html
 */
import type { Authorizer } from './authorizer.ts';
import { EMPTY_SHA256, findProblem, readClaim, type SignedRequest, timestampMs } from './http/sigv4.ts';
import { type Identities, OPERATOR } from './identity.ts';

/** Who a token stands for: the role's name is the Kafka principal. */
export interface VerifiedToken {
  readonly principal: string;
  /** Epoch ms at which the broker asks for a new one. */
  readonly lifetimeMs: number;
}

export interface TokenRefusal {
  readonly message: string;
}

/** Signers add it to the URL after signing. */
const UNSIGNED_QUERY = 'User-Agent=';

/** Verifies signature, expiry and the role's kafka-cluster:Connect on the cluster. */
export function verifyToken(
  token: string,
  clusterArn: string | undefined,
  identities: Identities,
  authorizer: Authorizer,
): VerifiedToken | TokenRefusal {
  const url = URL.parse(Buffer.from(token, 'base64url').toString('utf8'));
  if (url?.searchParams.get('Action') !== 'kafka-cluster:Connect')
    return { message: 'the token is no kafka-cluster:Connect URL' };
  if (clusterArn === undefined) return { message: 'no cluster is registered with the local gateway' };
  const signed: SignedRequest = {
    method: 'GET',
    path: url.pathname,
    query: url.search
      .slice(1)
      .split('&')
      .filter((pair) => !pair.startsWith(UNSIGNED_QUERY))
      .join('&'),
    headers: { host: url.host },
  };
  const claim = readClaim(signed);
  if (claim === undefined || claim === 'malformed' || claim.service !== 'kafka-cluster')
    return { message: 'the token is not signed for kafka-cluster' };
  const caller = identities.caller(claim.accessKeyId);
  if (caller === undefined || claim.sessionToken !== caller.credentials.sessionToken)
    return { message: 'the token is signed with unknown credentials' };
  const now = Date.now();
  const credentialsExpire = caller.credentials.expiration.getTime();
  if (credentialsExpire < now) return { message: 'the credentials behind the token have expired' };
  const key = caller.signingKey(claim.date, claim.region, claim.service);
  const problem = findProblem(signed, claim, key, EMPTY_SHA256, now);
  if (problem !== undefined) return { message: `the signature of the token is refused: ${problem}` };
  const refused = authorizer.decide(
    caller,
    { action: 'kafka-cluster:Connect', resource: clusterArn },
    { userAgent: undefined, sourceIp: undefined },
  );
  if (refused !== undefined) return { message: refused };
  const expires = timestampMs(claim.timestamp) + (claim.expiresSeconds ?? 0) * 1000;
  return {
    principal: caller.role === OPERATOR ? OPERATOR : caller.role,
    lifetimeMs: Math.min(expires, credentialsExpire),
  };
}
