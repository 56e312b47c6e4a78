/**
 * Who may ask: pages of this very address. A page of another site that a browser on this machine shows can send requests here as well,
 * and a name of its own may point here (DNS rebinding): Host and Origin tell them apart.
 */
import { TickerlakeError } from '../../core/errors.ts';

/** @returns why a request is refused, or undefined */
export function refusal(request: {
  readonly method: string;
  readonly path: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly contentType: string | undefined;
  readonly port: number;
}): TickerlakeError | undefined {
  const { method, path, host, origin, fetchSite, contentType, port } = request;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (host === undefined || !hosts.includes(host))
    return refuse(`host ${host ?? 'none'} is not this console's`, port);
  if (origin !== undefined && !hosts.some((each) => origin === `http://${each}`))
    return refuse(`pages of ${origin} may not ask here`, port);
  // A page elsewhere may link here; it may not load from here, not even what it cannot read: each question costs the lake something.
  if (fetchSite === 'cross-site' && (method !== 'GET' || path.startsWith('/api/')))
    return refuse('another site’s page may not ask here', port);
  if (method === 'POST' && contentType?.split(';')[0]?.trim() !== 'application/json')
    return new TickerlakeError('USAGE', 'the body has to be application/json', {
      hint: 'send the header Content-Type: application/json',
    });
  return undefined;
}

function refuse(why: string, port: number): TickerlakeError {
  return new TickerlakeError('USAGE', why, { hint: `open http://127.0.0.1:${port}/ itself` });
}
