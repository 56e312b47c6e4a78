/**
 * Reads a function's partial batch response.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html and
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */

export type PartialResponse =
  /** Null, empty, or no failures named: everything succeeded. */
  | { readonly kind: 'success' }
  /** Not of the form: everything failed. */
  | { readonly kind: 'malformed' }
  | { readonly kind: 'failures'; readonly identifiers: readonly unknown[] };

/** What the payload says; identifiers are as the function gave them, none of them null or empty. */
export function readPartialResponse(payload: Buffer): PartialResponse {
  let response: unknown;
  try {
    response = payload.length === 0 ? null : JSON.parse(payload.toString('utf8'));
  } catch {
    return { kind: 'malformed' };
  }
  if (response === null || response === '') return { kind: 'success' };
  if (typeof response !== 'object') return { kind: 'malformed' };
  const failures: unknown = (response as Record<string, unknown>)['batchItemFailures'];
  if (failures === undefined || failures === null) return { kind: 'success' };
  if (!Array.isArray(failures)) return { kind: 'malformed' };
  const identifiers = failures.map((failure: unknown) =>
    typeof failure === 'object' && failure !== null
      ? (failure as Record<string, unknown>)['itemIdentifier']
      : undefined,
  );
  if (identifiers.length === 0) return { kind: 'success' };
  if (
    identifiers.some((identifier) => identifier === undefined || identifier === null || identifier === '')
  ) {
    return { kind: 'malformed' };
  }
  return { kind: 'failures', identifiers };
}
