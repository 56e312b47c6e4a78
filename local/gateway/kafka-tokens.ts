/**
 * MSK IAM tokens: base64url of a presigned kafka-cluster:Connect URL, as aws-msk-iam-sasl-signer makes them.
 * https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control.html
 */
import type { Authorizer } from './authorizer.ts';
import type { Identities } from './identity.ts';
import { type TokenRefusal, verifyPresigned } from './presigned-tokens.ts';

/** Who a token stands for: the role's name is the Kafka principal. */
export interface VerifiedToken {
  readonly principal: string;
  /** Epoch ms at which the broker asks for a new one. */
  readonly lifetimeMs: number;
}

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
  const verified = verifyPresigned(url, 'kafka-cluster', identities);
  if ('message' in verified) return verified;
  const { caller, expiresMs } = verified;
  const refused = authorizer.decide(
    caller,
    { action: 'kafka-cluster:Connect', resource: clusterArn },
    { userAgent: undefined, sourceIp: undefined },
  );
  return refused === undefined ? { principal: caller.role, lifetimeMs: expiresMs } : { message: refused };
}
