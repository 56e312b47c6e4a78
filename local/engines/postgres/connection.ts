/** Bytes of a connection that is not yet a session: read piece by piece, and handed over once it is one. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Parsed } from './messages.ts';

/** Throws when the other side goes before it has said a whole thing. */
export async function take<T>(stream: Duplex, parse: (bytes: Buffer) => Parsed<T> | undefined): Promise<T> {
  let bytes: Buffer = Buffer.alloc(0);
  for (;;) {
    const more = stream.read() as Buffer | null;
    if (more !== null) {
      bytes = Buffer.concat([bytes, more]);
      const parsed = parse(bytes);
      if (parsed !== undefined) {
        if (bytes.length > parsed.length) stream.unshift(bytes.subarray(parsed.length));
        return parsed.value;
      }
    } else await moreOf(stream);
  }
}

/** Resolves when there may be something to read. */
function moreOf(stream: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = (): void => {
      settle(() => {
        reject(new Error('the connection ended'));
      });
    };
    const readable = (): void => {
      settle(resolve);
    };
    const settle = (then: () => void): void => {
      stream.off('readable', readable).off('end', gone).off('close', gone).off('error', gone);
      then();
    };
    if (stream.destroyed || stream.readableEnded) gone();
    else stream.on('readable', readable).on('end', gone).on('close', gone).on('error', gone);
  });
}

/** Lets both sides talk to each other until both have ended; an error of one ends the other. */
export function join(client: Duplex, server: Socket): void {
  client.pipe(server);
  server.pipe(client);
}
