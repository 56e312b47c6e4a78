import type { ApiError } from '../../api.ts';

/** An answer that is no success, or none at all. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly code: string;
  readonly hint: string | undefined;
  /** HTTP status; 0 where nothing answered. */
  readonly status: number;

  constructor(
    message: string,
    { code, hint, status }: { readonly code: string; readonly hint?: string; readonly status: number },
  ) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.status = status;
  }
}

/** Asks the lake. Rejects with ApiFailure alone, but for an abort. */
export async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(path, init).catch((error: unknown) => {
    if (init.signal?.aborted === true) throw error;
    throw new ApiFailure('The lake does not answer.', {
      code: 'UNREACHABLE',
      hint: 'See whether `npm run up` still runs in its terminal; start it again if not.',
      status: 0,
    });
  });
  if (!response.ok) throw await readFailure(response);
  // What is deleted has no answer.
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export async function askWithBody<T>(path: string, body: object): Promise<T> {
  return ask<T>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function readFailure(response: Response): Promise<ApiFailure> {
  const { status } = response;
  const body = (await response.json().catch(() => undefined)) as Partial<ApiError> | undefined;
  if (body?.error === undefined)
    return new ApiFailure(`The lake answered with status ${status} and no reason.`, {
      code: 'UNEXPECTED_ANSWER',
      hint: 'Reload the page: it may be older than the lake.',
      status,
    });
  return new ApiFailure(body.error.message, { ...body.error, status });
}

/** `/api/logs/kafka/broker?search=x`: what is undefined or empty is left out. */
export function apiPath(
  segments: readonly (string | number)[],
  search: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  const path = segments
    .flatMap((segment) => String(segment).split('/'))
    .map((segment) => encodeURIComponent(segment))
    .join('/');
  return `/api/${path}${query === '' ? '' : `?${query}`}`;
}
