/**
 * Tokens of IAM access control, as MSK's brokers take them over SASL/OAUTHBEARER: base64url of a presigned URL.
 * https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control.html
 * By the SDK's own signer, which every client has in its bundle anyhow. AWS's package for it (aws-msk-iam-sasl-signer-js) gives the
 * same token, a test holds the two together, and takes the whole client of STS with it: 300 KB that each cold start would compile.
 */
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

/** What the SDK's credential providers give. */
export interface TokenCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** A broker lets a connection go on for as long as its token lives. */
const LIFETIME_SECONDS = 900;

/** @returns a token for one connection, which lives 15 minutes or as long as the credentials do */
export async function makeKafkaToken(
  region: string,
  credentials: TokenCredentials,
  now = new Date(),
): Promise<string> {
  const hostname = `kafka.${region}.amazonaws.com`;
  const request = new HttpRequest({
    method: 'GET',
    protocol: 'https:',
    hostname,
    path: '/',
    headers: { host: hostname },
    query: { Action: 'kafka-cluster:Connect' },
  });
  const signer = new SignatureV4({
    service: 'kafka-cluster',
    region,
    credentials,
    sha256: Sha256,
    applyChecksum: false,
  });
  const leftMs = (credentials.expiration?.getTime() ?? Number.POSITIVE_INFINITY) - now.getTime();
  const { query } = await signer.presign(request, {
    signingDate: now,
    expiresIn: Math.min(LIFETIME_SECONDS, Math.floor(leftMs / 1000)),
  });
  // The name is not signed: it is for the broker's log.
  const parameters = Object.entries({ ...(query as Record<string, string>), 'User-Agent': 'tickerlake' });
  const search = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return Buffer.from(`https://${hostname}/?${search}`).toString('base64url');
}
