/** Calls that the emulator answers, once they are authorised. */
import type { Exchange } from '../http/exchange.ts';
import { relay, returnedHeaders, type Upstream } from '../http/upstream.ts';

export async function forward(
  exchange: Exchange,
  service: string,
  body: Buffer,
  upstream: Upstream,
): Promise<void> {
  const { request, response, path, rawQuery } = exchange;
  const answer = await upstream.send({
    method: request.method ?? 'POST',
    path: rawQuery === '' ? path : `${path}?${rawQuery}`,
    headers: request.headers,
    service,
    body,
  });
  response.writeHead(answer.statusCode ?? 502, returnedHeaders(answer.headers));
  await relay(answer, response);
}
