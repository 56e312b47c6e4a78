/**
 * What PostgreSQL keeps of a password. Made here, so that the password itself is in no statement, and so in no log.
 * Their form: https://www.postgresql.org/docs/17/catalog-pg-authid.html
 */
import { createHmac, hash, pbkdf2Sync } from 'node:crypto';
import type { StoredLogin } from '../../adapters/database-login.ts';
import { TickerlakeError } from '../../core/errors.ts';

/** PostgreSQL's own: https://www.postgresql.org/docs/17/runtime-config-connection.html#GUC-SCRAM-ITERATIONS */
const ITERATIONS = 4096;
const KEY_BYTES = 32;
export const SALT_BYTES = 16;

/**
 * https://www.rfc-editor.org/rfc/rfc5803. Holds nothing but base64, $ and colons, so that it can be quoted in SQL as it is.
 * @throws TickerlakeError SECRET_UNAVAILABLE if the password has characters that would have to be normalized first
 */
export function scramVerifier(password: string, salt: Uint8Array): string {
  requireAscii(password);
  const salted = pbkdf2Sync(password, salt, ITERATIONS, KEY_BYTES, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = hash('sha256', clientKey, 'base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${Buffer.from(salt).toString('base64')}$${storedKey}:${serverKey}`;
}

/**
 * For a client whose driver is too old for SCRAM, as QuickSight's is ("authentication type 10 is not supported"):
 * https://github.com/ministryofjustice/analytical-platform/issues/6094. Only for a long random password that goes over TLS.
 * @throws TickerlakeError SECRET_UNAVAILABLE likewise
 */
export function md5Verifier({ user, password }: StoredLogin): string {
  requireAscii(password);
  return `md5${hash('md5', `${password}${user}`)}`;
}

function requireAscii(password: string): void {
  if (/^[\x20-\x7e]+$/.test(password)) return;
  throw new TickerlakeError('SECRET_UNAVAILABLE', 'the password is empty or not of printable ASCII alone', {
    hint: 'have Secrets Manager generate a new one',
  });
}
