/** EventBridge's API: events in, rules to look at. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
import { randomUUID } from 'node:crypto';
import { text } from '../actions/call.ts';
import { amzJson } from '../http/answer.ts';
import { AwsError, notImplemented } from '../http/errors.ts';
import type { LocalService } from '../services/service.ts';
import type { EventBus } from './bus.ts';

const MAX_ENTRIES = 10;

export function putEventsService(bus: EventBus, account: string, region: string): LocalService {
  return ({ call }) => {
    if (call.operation === 'ListRules') return amzJson({ Rules: bus.rules().map((rule) => describe(rule)) });
    if (call.operation !== 'PutEvents')
      throw notImplemented(
        'json',
        `EventBridge operation ${call.operation} is not modelled by the local gateway`,
      );
    const entries = call.parameters['Entries'];
    if (!Array.isArray(entries) || entries.length === 0 || entries.length > MAX_ENTRIES)
      throw new AwsError(400, 'ValidationException', `Entries must hold 1 to ${MAX_ENTRIES} events`);
    const results = (entries as Record<string, unknown>[]).map((entry) => {
      const detail = parseDetail(text(entry, 'Detail'));
      const [source, detailType] = [text(entry, 'Source'), text(entry, 'DetailType')];
      if (detail === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
      if (source === undefined || detailType === undefined)
        return { ErrorCode: 'InvalidArgument', ErrorMessage: 'Source and DetailType are required.' };
      const id = randomUUID();
      bus.publish(
        {
          version: '0',
          id,
          'detail-type': detailType,
          source,
          account,
          time: `${new Date().toISOString().slice(0, 19)}Z`,
          region,
          resources: Array.isArray(entry['Resources']) ? entry['Resources'].map(String) : [],
          detail,
        },
        text(entry, 'EventBusName')?.split('/').at(-1),
      );
      return { EventId: id };
    });
    return amzJson({
      FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length,
      Entries: results,
    });
  };
}

function parseDetail(detail: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(detail ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function describe(rule: ReturnType<EventBus['rules']>[number]): Readonly<Record<string, unknown>> {
  return {
    Name: rule.name,
    Arn: rule.arn,
    State: rule.state ?? 'ENABLED',
    EventBusName: rule.eventBusName ?? 'default',
    EventPattern: JSON.stringify(rule.eventPattern),
  };
}
