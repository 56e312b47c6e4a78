/** An engine's own certificate, made once by the JDK's keytool and trusted by whoever is given its PEM file. */
import { execFile } from 'node:child_process';
import { randomUUID, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TickerlakeError } from '../../../core/errors.ts';

const execute = promisify(execFile);
// Under the plain C locale Java refuses file names beyond ASCII.
const run = (command: string, args: string[]) =>
  execute(command, args, { env: { ...process.env, LC_ALL: 'C.UTF-8' } });

/** Guards nothing that the folder's own permissions do not: a PKCS12 file has to have one. */
export const KEYSTORE_PASSWORD = 'tickerlake';

const VALID_DAYS = 3650;
const RENEW_BEFORE_MS = 24 * 60 * 60 * 1000;

export interface Certificate {
  readonly keystore: string;
  /** PEM, for NODE_EXTRA_CA_CERTS and its like. */
  readonly caFile: string;
}

/** The certificate for 127.0.0.1 and localhost in `folder`; made when absent, unreadable or about to expire. */
export async function ensureCertificate(
  folder: string,
  keytool: string,
  engine: 'broker' | 'database' = 'broker',
): Promise<Certificate> {
  const certificate = { keystore: join(folder, 'keystore.p12'), caFile: join(folder, 'ca.pem') };
  if (await isUsable(certificate)) return certificate;
  const partial = `${folder}.${String(process.pid)}`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true, mode: 0o700 });
  const store = ['-storetype', 'PKCS12', '-storepass', KEYSTORE_PASSWORD, '-alias', engine];
  const keystore = join(partial, 'keystore.p12');
  // Each has a subject of its own: who trusts two of one subject finds the wrong one.
  const subject = `CN=tickerlake local ${engine} ${randomUUID()}`;
  try {
    await run(keytool, [
      ...['-genkeypair', '-keystore', keystore, ...store, '-dname', subject],
      ...['-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', String(VALID_DAYS)],
      ...['-ext', 'san=ip:127.0.0.1,dns:localhost', '-ext', 'bc:critical=ca:true'],
    ]);
    const exported = [
      '-exportcert',
      '-rfc',
      '-keystore',
      keystore,
      ...store,
      '-file',
      join(partial, 'ca.pem'),
    ];
    await run(keytool, exported);
    await chmod(keystore, 0o600);
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
  } catch (cause) {
    await rm(partial, { recursive: true, force: true });
    // Somebody else who started at the same time may have put theirs in place.
    if (await isUsable(certificate)) return certificate;
    throw new TickerlakeError(
      'ENGINE_FAILED',
      `keytool cannot make the ${engine}'s certificate in ${folder}`,
      {
        cause,
        hint: 'npm run doctor',
      },
    );
  }
  return certificate;
}

async function isUsable({ keystore, caFile }: Certificate): Promise<boolean> {
  try {
    await readFile(keystore);
    const certificate = new X509Certificate(await readFile(caFile));
    const isFresh = Date.parse(certificate.validTo) - Date.now() > RENEW_BEFORE_MS;
    return isFresh && certificate.checkIP('127.0.0.1') !== undefined;
  } catch {
    return false;
  }
}
