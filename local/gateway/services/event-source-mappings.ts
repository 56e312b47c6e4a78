/**
 * Event source mappings through the Lambda API: looked at, and switched off and on.
 * https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html
 */
import { functionNameOf } from '../actions/rest.ts';
import { type Answer, json } from '../http/answer.ts';
import { AwsError, notImplemented } from '../http/errors.ts';
import type { EventSourceMapping, EventSourcePort } from '../types.ts';
import type { ServiceCall } from './service.ts';

const MAX_ITEMS = 100;

export const MAPPING_OPERATIONS: ReadonlySet<string> = new Set([
  'GetEventSourceMapping',
  'ListEventSourceMappings',
  'UpdateEventSourceMapping',
]);

/** Answers one of `MAPPING_OPERATIONS`. */
export function answerMappings(
  { call, argument, body }: ServiceCall,
  sources: EventSourcePort | undefined,
): Answer {
  const all = sources?.list() ?? [];
  if (call.operation === 'ListEventSourceMappings') return json(list(all, call.query));
  const mapping = all.find(({ UUID }) => UUID === argument);
  if (sources === undefined || mapping === undefined)
    throw new AwsError(404, 'ResourceNotFoundException', 'The resource you requested does not exist.', {
      Type: 'User',
    });
  if (call.operation === 'GetEventSourceMapping') return json(mapping);
  return update(mapping, body, sources);
}

function list(all: readonly EventSourceMapping[], query: URLSearchParams): object {
  const functionName = query.get('FunctionName');
  const sourceArn = query.get('EventSourceArn');
  const wanted = all.filter(
    ({ FunctionArn, EventSourceArn }) =>
      (functionName === null || functionNameOf(FunctionArn) === functionNameOf(functionName)) &&
      (sourceArn === null || EventSourceArn === sourceArn),
  );
  const start = Number(query.get('Marker') ?? 0);
  const end = start + Math.min(Number(query.get('MaxItems') ?? MAX_ITEMS), MAX_ITEMS);
  return {
    EventSourceMappings: wanted.slice(start, end),
    ...(end < wanted.length ? { NextMarker: String(end) } : {}),
  };
}

function update({ UUID }: EventSourceMapping, body: Buffer, sources: EventSourcePort): Answer {
  const { Enabled: enabled, ...others } = JSON.parse(body.toString('utf8') || '{}') as {
    Enabled?: unknown;
  };
  const unknown = Object.keys(others);
  if (unknown.length > 0 || typeof enabled !== 'boolean')
    throw notImplemented(
      'rest-json',
      `UpdateEventSourceMapping of ${unknown.join(', ') || 'nothing'} is not modelled by the local gateway, which only takes Enabled`,
    );
  const updated = sources.setEnabled(UUID, enabled);
  if (updated === 'busy')
    throw new AwsError(
      400,
      'ResourceInUseException',
      'The operation conflicts with the resource’s availability: another change of its state is under way.',
      { Type: 'User' },
    );
  return json(updated, 202);
}
