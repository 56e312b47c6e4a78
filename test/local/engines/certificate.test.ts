/** Certificates of the broker, made by the JDK's keytool. */
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type Certificate,
  ensureCertificate,
  KEYSTORE_PASSWORD,
} from '../../../local/engines/kafka/certificate.ts';
import { toolPaths } from '../../../local/tools.ts';

const BROKERS = 6;
const folder = mkdtempSync(join(tmpdir(), 'tickerlake-certificate-'));
let certificates: readonly Certificate[];

beforeAll(async () => {
  const { keytool } = toolPaths();
  certificates = await Promise.all(
    Array.from({ length: BROKERS }, (_, index) => ensureCertificate(join(folder, String(index)), keytool)),
  );
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** OpenSSL looks for an issuer by its subject: brokers of one subject would hide each other. */
test('a client that trusts several brokers reaches each of them', async () => {
  const ca = await Promise.all(certificates.map(({ caFile }) => readFile(caFile, 'utf8')));
  const outcomes = await Promise.all(certificates.map((certificate) => greet(certificate, ca)));
  expect(outcomes).toEqual(Array<string>(BROKERS).fill('authorized'));
}, 30_000);

test('a certificate that is good stays', async () => {
  const { keytool } = toolPaths();
  const before = await readFile(certificates[0]?.caFile ?? '', 'utf8');
  const again = await ensureCertificate(join(folder, '0'), keytool);
  expect(await readFile(again.caFile, 'utf8')).toBe(before);
});

/** What a client that trusts `ca` makes of a server with the certificate. */
async function greet({ keystore }: Certificate, ca: readonly string[]): Promise<string> {
  const server = tls.createServer({ pfx: await readFile(keystore), passphrase: KEYSTORE_PASSWORD });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise<string>((resolve) => {
      const socket = tls.connect({ host: '127.0.0.1', port, ca: [...ca] }, () => {
        resolve('authorized');
        socket.destroy();
      });
      socket.on('error', (error: Error) => {
        resolve(error.message);
      });
    });
  } finally {
    server.close();
  }
}
