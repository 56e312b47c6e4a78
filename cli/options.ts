import { InvalidArgumentError, Option } from 'commander';
import { isDay } from '../core/curation-request.ts';
import { isStage, STAGES, type Stage } from '../core/names.ts';
import { QUALITY_RULES, type QualityCode } from '../core/quality.ts';
import { TOPICS } from '../core/topics.ts';
import { TOPIC_NAMES } from './lake/stations.ts';
import { closest } from './terminal/closest.ts';

/** `--stage dev`, else TICKERLAKE_STAGE, else dev. */
export function stageOption(): Option {
  return new Option('--stage <stage>', `stage whose templates run: ${STAGES.join(' or ')}`)
    .env('TICKERLAKE_STAGE')
    .default('dev' satisfies Stage)
    .argParser(parseStage);
}

/** `--topic quotes_filtered`: which of the lake's topics is meant. */
export function topicOption(): Option {
  return new Option('--topic <topic>', 'topic that is meant')
    .choices(TOPIC_NAMES)
    .default(TOPICS.quotes.name);
}

export function jsonOption(): Option {
  return new Option('--json', 'print JSON for machines');
}

export function parseStage(text: string): Stage {
  if (isStage(text)) return text;
  throw new InvalidArgumentError(`The stages are ${closest(text, STAGES).join(' and ')}.`);
}

/** A whole number of at least 1; `1_000_000` and `1,000,000` are numbers too. */
export function parseCount(text: string): number {
  const digits = text.replaceAll(/(?<=\d)[_,](?=\d{3})/g, '');
  const count = Number(digits);
  if (/^\d+$/.test(digits) && count >= 1 && count <= MAX_RECORDS) return count;
  throw new InvalidArgumentError(`It has to be a whole number from 1 to ${MAX_RECORDS}.`);
}

const MAX_RECORDS = 1_000_000_000;

export function parseRate(text: string): number {
  const rate = Number(text);
  if (Number.isFinite(rate) && rate > 0) return rate;
  throw new InvalidArgumentError('It has to be a number of records a second above 0.');
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('It has to be a port from 1 to 65535.');
}

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `30s`, `5m`, `2h`, `1d`, in milliseconds. */
export function parseSpan(text: string): number {
  const span = spanMs(text);
  if (span !== undefined && span > 0) return span;
  throw new InvalidArgumentError('It has to be a span such as 30s or 5m.');
}

function spanMs(text: string): number | undefined {
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** `30s`, `5m`, `2h`, `1d` ago, or an instant such as 2026-11-20T14:30:00Z; as epoch ms. */
export function parseSince(text: string, nowMs = Date.now()): number {
  const span = spanMs(text);
  if (span !== undefined) return nowMs - span;
  const instant = Date.parse(text);
  if (!Number.isNaN(instant)) return instant;
  throw new InvalidArgumentError(
    'It has to be a span such as 30s, 5m, 2h or an instant such as 2026-11-20T14:30:00Z.',
  );
}

/** `2026-11-20`: a UTC day. */
export function parseDay(text: string): string {
  if (isDay(text)) return text;
  throw new InvalidArgumentError('It has to be a day such as 2026-11-20.');
}

/** A partition or an offset: a whole number of at least 0. */
export function parseNatural(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError('It has to be a whole number from 0 on.');
}

/** One or more codes of quality rules, gathered from `--code a --code b` as from `--code a b`. */
export function parseCodes(text: string, before: readonly QualityCode[] = []): readonly QualityCode[] {
  if (Object.hasOwn(QUALITY_RULES, text)) return [...before, text as QualityCode];
  throw new InvalidArgumentError(`The codes are ${closest(text, Object.keys(QUALITY_RULES)).join(', ')}.`);
}

/** `2:1250`: a partition and an offset in it. */
export function parseCoordinates(text: string): { readonly partition: number; readonly offset: number } {
  const [, partition, offset] = /^(\d+):(\d+)$/.exec(text) ?? [];
  if (partition !== undefined && offset !== undefined && Number.isSafeInteger(Number(offset))) {
    return { partition: Number(partition), offset: Number(offset) };
  }
  throw new InvalidArgumentError('It has to be a partition and an offset, such as 2:1250.');
}
