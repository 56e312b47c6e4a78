/**
 * Curation on request: what function request-curation is asked for and answers, and the message that it sends to
 * curate-quotes for each raw object.
 */
import { TickerlakeError } from './errors.ts';
import { QUALITY_RULES, type QualityCode } from './quality.ts';

/** Which raw objects to curate again. */
export type CurationSelection = SweepSelection | RedriveSelection | ReplaySelection;

/** Those without a receipt of today's curation version: what an event was lost for, or an older version curated. */
export interface SweepSelection {
  readonly action: 'sweep';
  /** Younger raw objects are left alone, since their events may be on their way. @default 600 */
  readonly minimumAgeSeconds?: number;
}

/** Those that quarantined records come from; a record must match all that is given. */
export interface RedriveSelection extends Place {
  readonly action: 'redrive';
  readonly codes?: readonly QualityCode[];
  /** Only with a partition. */
  readonly offset?: number;
}

/** Those of a range of offsets, of days, or since a time; of everything if none is given. */
export interface ReplaySelection extends Place, RawRange {
  readonly action: 'replay';
  /** ISO 8601. Raw objects written at or after it, so everything landed since, and what lay in the same objects. */
  readonly fromTime?: string;
}

/** Raw objects by what they hold, in each partition asked for. Days and offsets exclude each other. */
export interface RawRange {
  /** From the raw object on that covers this offset. */
  readonly fromOffset?: number;
  /** Up to the raw object that covers this offset. */
  readonly toOffset?: number;
  /**
   * `2026-11-20`: first UTC day of event time, by the curated files that receipts name. What has no receipt counts to every
   * day, since nobody knows its days; what was quarantined whole counts to none: `redrive` is for it.
   */
  readonly fromDay?: string;
  /** Last day, included. */
  readonly toDay?: string;
  /**
   * ISO 8601. Without those whose receipt was written at or after it: a request that is repeated with the time when it
   * was begun goes on where it stopped. A listing knows whole seconds only, so a few may be curated once more.
   */
  readonly curatedBefore?: string;
}

interface Place {
  readonly logId?: string;
  readonly partition?: number;
  /** `next` of the answer before: goes on behind it. */
  readonly after?: string;
}

export interface CurationRequestResult {
  readonly action: CurationSelection['action'];
  /** Raw objects looked at; with `redrive`, quarantined records. */
  readonly examined: number;
  /** Raw objects sent to be curated again. */
  readonly requested: number;
  /** Sweep: outputs that no receipt names; their raw objects were requested. */
  readonly strays?: number;
  /** Sweep: messages in the queue, if they are so many that nothing was requested. */
  readonly backlog?: number;
  /** There is more: ask again with `after` set to it. A sweep keeps its own place and needs none. */
  readonly next?: string;
}

export type CurationReason = CurationSelection['action'];

/** A raw object to be curated again, as if an earlier try had died. */
export interface CurationRequest {
  readonly bucket: string;
  /** Of the raw object. */
  readonly key: string;
  readonly reason: CurationReason;
  /** Keys of outputs of this raw object that no receipt names. @default - none */
  readonly strays?: readonly string[];
}

export const CURATION_SOURCE = 'tickerlake.curation';
export const CURATION_REQUESTED = 'Curation Requested';

/** The message of a request: shaped as EventBridge's about a created object, so that one queue carries both. */
export function formatCurationRequest({ bucket, key, reason, strays = [] }: CurationRequest): string {
  return JSON.stringify({
    source: CURATION_SOURCE,
    'detail-type': CURATION_REQUESTED,
    detail: { bucket: { name: bucket }, object: { key }, reason, ...(strays.length > 0 && { strays }) },
  });
}

type Check = readonly [is: (value: unknown) => boolean, allowed: string];

const NATURAL: Check = [
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  'a whole number of 0 or more',
];
const TEXT: Check = [(value) => typeof value === 'string' && value !== '', 'text'];
const TIME: Check = [
  (value) =>
    typeof value === 'string' && /^\d{4}-\d{2}-\d{2}/.test(value) && !Number.isNaN(Date.parse(value)),
  'an ISO 8601 time, such as 2026-11-20T14:30:00Z',
];
const DAY: Check = [(value) => typeof value === 'string' && isDay(value), 'a day, such as 2026-11-20'];
const CODES: Check = [
  (value) =>
    Array.isArray(value) &&
    value.every((code) => typeof code === 'string' && Object.hasOwn(QUALITY_RULES, code)),
  `a list of ${Object.keys(QUALITY_RULES).join(', ')}`,
];
/** `2026-11-20`, and no 30th of February: Date.parse rolls such a day over. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = Date.parse(text);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

const PLACE = { logId: TEXT, partition: NATURAL, after: TEXT } as const;

const PROPERTIES: Readonly<Record<CurationSelection['action'], Readonly<Record<string, Check>>>> = {
  sweep: { minimumAgeSeconds: NATURAL },
  redrive: { ...PLACE, codes: CODES, offset: NATURAL },
  replay: {
    ...PLACE,
    fromOffset: NATURAL,
    toOffset: NATURAL,
    fromDay: DAY,
    toDay: DAY,
    fromTime: TIME,
    curatedBefore: TIME,
  },
};

/**
 * Reads the function's event.
 * @throws TickerlakeError EVENT_MALFORMED naming the property and what is allowed
 */
export function parseCurationSelection(event: unknown): CurationSelection {
  if (typeof event !== 'object' || event === null) throw malformed('it is not an object');
  const { action, ...given } = event as Record<string, unknown>;
  const actions = Object.keys(PROPERTIES);
  if (typeof action !== 'string' || !actions.includes(action)) {
    throw malformed(`action is ${JSON.stringify(action)}; allowed is ${actions.join(', ')}`);
  }
  const checks = PROPERTIES[action as CurationSelection['action']];
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) {
      throw malformed(`${action} has no property ${name}; it has ${Object.keys(checks).join(', ')}`);
    }
    const [is, allowed] = check;
    if (!is(value)) throw malformed(`${name} is ${JSON.stringify(value)}; allowed is ${allowed}`);
  }
  if (given['offset'] !== undefined && given['partition'] === undefined) {
    throw malformed('offset is given without partition');
  }
  const selection = event as CurationSelection;
  if (selection.action === 'replay') checkRange(selection);
  return selection;
}

/** @throws TickerlakeError EVENT_MALFORMED for a range that is none */
export function checkRange(range: RawRange & Pick<ReplaySelection, 'fromTime'>): void {
  const { fromOffset, toOffset, fromDay, toDay, fromTime } = range;
  const kinds = Object.entries({
    offsets: fromOffset ?? toOffset,
    days: fromDay ?? toDay,
    fromTime,
  }).filter(([, value]) => value !== undefined);
  if (kinds.length > 1) {
    throw malformed(`${kinds.map(([kind]) => kind).join(' and ')} are both given; allowed is one`);
  }
  if (fromOffset !== undefined && toOffset !== undefined && fromOffset > toOffset) {
    throw malformed(`fromOffset is ${fromOffset}; allowed is at most toOffset, ${toOffset}`);
  }
  if (fromDay !== undefined && toDay !== undefined && fromDay > toDay) {
    throw malformed(`fromDay is ${fromDay}; allowed is at most toDay, ${toDay}`);
  }
}

function malformed(what: string): TickerlakeError {
  return new TickerlakeError('EVENT_MALFORMED', `the curation request cannot be read: ${what}`, {
    hint: 'send {"action":"sweep"}, {"action":"redrive"} or {"action":"replay"}, with the properties it names',
  });
}
