/** Answers that the gateway makes itself. */

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** For the X-Amz-Target protocols; dates are epoch seconds there. */
export function amzJson(value: unknown): Answer {
  return json(value, 200, { 'content-type': 'application/x-amz-json-1.1' });
}

export function xml(body: string): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}

export const epochSeconds = (date: Date): number => date.getTime() / 1000;
