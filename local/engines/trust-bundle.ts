/** One PEM file of everything that a client of the local engines has to trust. */
import { readFile, rename, writeFile } from 'node:fs/promises';

/** Writes the certificates of these files into one; clients may read it at any time. */
export async function writeTrustBundle(file: string, caFiles: readonly string[]): Promise<string> {
  const certificates = await Promise.all(caFiles.map((caFile) => readFile(caFile, 'utf8')));
  const partial = `${file}.partial`;
  await writeFile(partial, certificates.map((pem) => `${pem.trim()}\n`).join(''));
  await rename(partial, file);
  return file;
}
