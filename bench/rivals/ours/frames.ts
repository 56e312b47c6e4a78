/** Events over a socket: each with its length before it, the next one once the one before is answered. */
import type { Socket } from 'node:net';

const LENGTH_BYTES = 4;

export function writeFrame(socket: Socket, payload: Buffer): void {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(payload.length);
  socket.write(length);
  socket.write(payload);
}

/** The frames that come, until the other side ends. */
export async function* readFrames(socket: Socket): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let held = 0;
  let wanted: number | undefined;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    held += chunk.length;
    while (held >= (wanted ?? LENGTH_BYTES)) {
      const all = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
      if (wanted === undefined) {
        wanted = all.readUInt32BE(0);
        chunks = [all.subarray(LENGTH_BYTES)];
        held -= LENGTH_BYTES;
      } else {
        yield all.subarray(0, wanted);
        chunks = [all.subarray(wanted)];
        held -= wanted;
        wanted = undefined;
      }
    }
  }
}
