/**
 * CloudWatch, whose answers are moto's but for one: the alarms of the templates are evaluated by the runner, so it tells of them.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
 */
import type { AlarmStatus, Alarms } from '../../cloudwatch/index.ts';
import { text, texts } from '../actions/call.ts';
import { amzJson, epochSeconds } from '../http/answer.ts';
import type { Upstream } from '../http/upstream.ts';
import type { LocalService } from './service.ts';

type Told = Pick<AlarmStatus, 'name' | 'description' | 'state' | 'reason' | 'since'>;

export function alarmService(alarms: () => Alarms | undefined, upstream: Upstream): LocalService {
  return async ({ call, body }) => {
    const known = alarms();
    if (call.operation !== 'DescribeAlarms' || known === undefined) {
      const { method, path, headers } = call;
      const answer = await upstream.call({ method, path, headers, service: 'monitoring', body });
      const contentType = answer.headers['content-type'] ?? 'application/x-amz-json-1.0';
      return { status: answer.status, headers: { 'content-type': contentType }, body: answer.body };
    }
    const { parameters } = call;
    const prefix = text(parameters, 'AlarmNamePrefix') ?? '';
    const names = texts(parameters, 'AlarmNames');
    const types = texts(parameters, 'AlarmTypes');
    const chosen = (found: readonly Told[]): object[] =>
      found
        .filter(({ name }) => name.startsWith(prefix) && (names.length === 0 || names.includes(name)))
        .map(({ name, description, state, reason, since }) => ({
          AlarmName: name,
          AlarmDescription: description,
          StateValue: state,
          StateReason: reason,
          StateUpdatedTimestamp: epochSeconds(since),
        }));
    // Composite ones only if asked for.
    const metricAlarms = types.length === 0 || types.includes('MetricAlarm') ? chosen(known.all()) : [];
    const compositeAlarms = types.includes('CompositeAlarm') ? chosen(known.composites()) : [];
    return amzJson({ MetricAlarms: metricAlarms, CompositeAlarms: compositeAlarms });
  };
}
