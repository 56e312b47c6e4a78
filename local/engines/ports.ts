/** Ports on 127.0.0.1, for engines that must be told theirs. */
import { type AddressInfo, createServer } from 'node:net';

/**
 * Finds ports that are free now, all different. Somebody else may take one before the engine does: callers start
 * again with other ports when an engine finds its port taken.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    return await Promise.all(
      servers.map(
        (server) =>
          new Promise<number>((resolve, reject) => {
            server.once('error', reject);
            server.listen(0, '127.0.0.1', () => {
              resolve((server.address() as AddressInfo).port);
            });
          }),
      ),
    );
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}
