/** Ports on 127.0.0.1, for engines that must be told theirs. */
import { type AddressInfo, createServer } from 'node:net';
import { TickerlakeError } from '../../core/errors.ts';

/**
 * Finds ports that are free now, all different. Somebody else may take one before the engine does: callers start
 * again with other ports when an engine finds its port taken.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const held = await Promise.all(Array.from({ length: count }, () => listen(0)));
  await Promise.all(held.map(({ close }) => close()));
  return held.map(({ port }) => port);
}

/**
 * Says early that a port which somebody asked for is taken.
 * @throws TickerlakeError USAGE
 */
export async function requireFreePort(port: number): Promise<void> {
  const held = await listen(port).catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === 'EACCES' ? 'may not be used by you' : 'is taken by another program';
    throw new TickerlakeError('USAGE', `port ${port} ${reason}`, {
      cause,
      hint: 'another port, or none: then a free one is found',
    });
  });
  await held.close();
}

function listen(port: number): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((done) => {
            server.close(() => {
              done();
            });
          }),
      });
    });
  });
}
