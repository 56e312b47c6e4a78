/** Tokens that are presigned URLs, as MSK and RDS take in place of a password: who signed one, if it holds. Pure but for the clock. */
import {
  EMPTY_SHA256,
  findProblem,
  readClaim,
  type SignatureClaim,
  type SignedRequest,
  timestampMs,
} from './http/sigv4.ts';
import type { Caller, Identities } from './identity.ts';

export interface TokenRefusal {
  readonly message: string;
}

/** A token that holds. */
export interface SignedToken {
  readonly caller: Caller;
  /** For which it is signed. */
  readonly region: string;
  /** Epoch ms at which the token, or the credentials behind it, expire. */
  readonly expiresMs: number;
}

/** Signers for MSK add it to the URL after signing. */
const UNSIGNED_QUERY = 'User-Agent=';

/** Verifies the signature of a presigned GET for a service, its time and the credentials behind it. */
export function verifyPresigned(
  url: URL,
  service: string,
  identities: Identities,
): SignedToken | TokenRefusal {
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
  if (claim === undefined || claim === 'malformed' || claim.service !== service)
    return { message: `the token is not signed for ${service}` };
  return verifyClaim(signed, claim, identities, Date.now());
}

function verifyClaim(
  signed: SignedRequest,
  claim: SignatureClaim,
  identities: Identities,
  now: number,
): SignedToken | TokenRefusal {
  const caller = identities.caller(claim.accessKeyId);
  if (caller === undefined || claim.sessionToken !== caller.credentials.sessionToken)
    return { message: 'the token is signed with unknown credentials' };
  const credentialsExpire = caller.credentials.expiration.getTime();
  if (credentialsExpire < now) return { message: 'the credentials behind the token have expired' };
  const key = caller.signingKey(claim.date, claim.region, claim.service);
  const problem = findProblem(signed, claim, key, EMPTY_SHA256, now);
  if (problem !== undefined) return { message: `the signature of the token is refused: ${problem}` };
  const expires = timestampMs(claim.timestamp) + (claim.expiresSeconds ?? 0) * 1000;
  return { caller, region: claim.region, expiresMs: Math.min(expires, credentialsExpire) };
}
