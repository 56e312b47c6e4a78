import { TickerlakeError } from '../../core/errors.ts';

/** When the schedule fell due, epoch ms; undefined of an event that does not say. @throws TickerlakeError EVENT_MALFORMED */
export function readTime(event: unknown): number | undefined {
  if (typeof event !== 'object' || event === null || !('time' in event)) return undefined;
  const epochMs = typeof event.time === 'string' ? Date.parse(event.time) : Number.NaN;
  if (Number.isFinite(epochMs)) return epochMs;
  throw new TickerlakeError('EVENT_MALFORMED', `time is ${JSON.stringify(event.time)}, not an ISO time`, {
    hint: 'send {"time":"2026-11-20T15:00:00Z"}, or {} for now',
  });
}
