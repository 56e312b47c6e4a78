import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { TickerlakeError } from '../core/errors.ts';

/** A secret's text, as often as it is needed. */
export type SecretReader = () => Promise<string>;

/** How long a value is used before it is read again: a rotated key is taken up without a new deployment. */
export const DEFAULT_SECRET_AGE_MS = 5 * 60_000;

/**
 * Reads a secret of Secrets Manager at first use and keeps it for a while. A secret that is a JSON object gives its field
 * `apiKey`; any other is the text itself.
 * @throws TickerlakeError SECRET_UNAVAILABLE, never with the value
 */
export function cachedSecret(
  client: SecretsManagerClient,
  secretArn: string,
  { now = Date.now, maxAgeMs = DEFAULT_SECRET_AGE_MS }: { now?: () => number; maxAgeMs?: number } = {},
): SecretReader {
  let kept: { readonly value: string; readonly readMs: number } | undefined;
  return async () => {
    if (kept === undefined || now() - kept.readMs >= maxAgeMs) {
      kept = { value: await readSecret(client, secretArn), readMs: now() };
    }
    return kept.value;
  };
}

async function readSecret(client: SecretsManagerClient, secretArn: string): Promise<string> {
  let text: string | undefined;
  try {
    ({ SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: secretArn })));
  } catch (error) {
    throw new TickerlakeError('SECRET_UNAVAILABLE', `cannot read secret ${secretArn}`, { cause: error });
  }
  const value = apiKeyOf(text ?? '');
  if (value === '') {
    throw new TickerlakeError('SECRET_UNAVAILABLE', `secret ${secretArn} holds no API key`, {
      hint: 'store the key as text or as {"apiKey": "…"}',
    });
  }
  return value;
}

function apiKeyOf(text: string): string {
  if (!text.trimStart().startsWith('{')) return text.trim();
  try {
    const { apiKey } = JSON.parse(text) as { apiKey?: unknown };
    return typeof apiKey === 'string' ? apiKey : '';
  } catch {
    return '';
  }
}
