/** Calls that the emulator answers, once they are authorised. */
import type { Exchange } from '../http/exchange.ts';
import { type Reply, relayed } from '../http/reply.ts';
import type { Upstream } from '../http/upstream.ts';

export async function forward(
  { request, path, rawQuery }: Exchange,
  service: string,
  body: Buffer,
  upstream: Upstream,
): Promise<Reply> {
  const answer = await upstream.send({
    method: request.method ?? 'POST',
    path: rawQuery === '' ? path : `${path}?${rawQuery}`,
    headers: request.headers,
    service,
    body,
  });
  return relayed(answer);
}
