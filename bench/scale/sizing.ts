/**
 * What a load needs. The rule behind every size: five minutes of outage are made good in a quarter of an hour, so that whatever
 * works must be able to do a third more than comes in. Each size is the least rung of a ladder that can.
 */
import { cpuShare } from '../../cli/cost/flow.ts';
import type { Figures } from './figures.ts';
import { LIMITS } from './limits.ts';

/** An outage of landing, and how long after it the lag may last, seconds. */
export const OUTAGE_SECONDS = 300;
export const RECOVERY_SECONDS = 900;
/** Work that must be possible for each second of load. */
export const HEADROOM = 1 + OUTAGE_SECONDS / RECOVERY_SECONDS;

/** Sizes that somebody would choose between. */
export const LADDER = [
  1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1000,
] as const;

/** One vCPU. */
const MEMORY_MIB = 1769;
const MB = 1e6;

export interface Sizing {
  readonly quotesPerSecond: number;
  readonly partitions: number;
  /** Event pollers of landing. */
  readonly pollers: number;
  readonly batchRecords: number;
  readonly batchWindowSeconds: number;
  /** Of land-quotes and curate-quotes. */
  readonly memoryMiB: number;
  /** Messages of one invocation of curate-quotes. */
  readonly messagesEach: number;
  /** Invocations of curate-quotes at once. */
  readonly curateConcurrency: number;
}

/** What flows then, beside the sizes. */
export interface Flow {
  readonly objectsPerSecond: number;
  readonly recordsPerObject: number;
  readonly landSecondsPerBatch: number;
  readonly landConcurrency: number;
  readonly curateSecondsPerInvocation: number;
}

/** Of one invocation: curate-quotes works on so many messages at once. lambdas/curate-quotes/curate-quotes.ts */
export const MESSAGES_AT_ONCE = 4;

/** The least rung that is as large. @throws RangeError beyond the ladder */
export function rungFor(needed: number): number {
  const rung = LADDER.find((size) => size >= needed);
  if (rung === undefined)
    throw new RangeError(`${needed} is beyond the ladder: several lakes, each with a part of the symbols`);
  return rung;
}

/** The next smaller one; undefined below the smallest. */
export function rungBelow(rung: number): number | undefined {
  return LADDER[LADDER.indexOf(rung as (typeof LADDER)[number]) - 1];
}

/** As stage prod has it, where nothing forces another. */
export const BATCH = { records: 10_000, windowSeconds: 30, messagesEach: 5 } as const;

export function sizeFor(quotesPerSecond: number, figures: Figures): Sizing {
  const bytesPerSecond = quotesPerSecond * figures.recordBytes;
  const batchRecords = Math.min(BATCH.records, Math.floor((LIMITS.payload.value * MB) / figures.eventBytes));
  const pollers = rungFor((HEADROOM * bytesPerSecond) / (LIMITS.poller.value * MB));
  const sized = {
    quotesPerSecond,
    // A poller reads whole partitions; one for each makes all of them alike.
    partitions: pollers,
    pollers,
    batchRecords,
    batchWindowSeconds: BATCH.windowSeconds,
    memoryMiB: MEMORY_MIB,
    messagesEach: BATCH.messagesEach,
    curateConcurrency: 1,
  };
  const { objectsPerSecond, curateSecondsPerInvocation } = flowOf(sized, figures);
  const invocations = (HEADROOM * objectsPerSecond) / sized.messagesEach;
  return {
    ...sized,
    curateConcurrency: rungFor(Math.max(LEAST_QUEUE_CONCURRENCY, invocations * curateSecondsPerInvocation)),
  };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_ScalingConfig.html */
const LEAST_QUEUE_CONCURRENCY = 2;

export function flowOf(sizing: Sizing, figures: Figures): Flow {
  const perPoller = sizing.quotesPerSecond / sizing.pollers;
  const recordsPerBatch = Math.max(1, Math.min(sizing.batchRecords, perPoller * sizing.batchWindowSeconds));
  const partitionsEach = sizing.partitions / sizing.pollers;
  const recordsPerObject = recordsPerBatch / partitionsEach;
  const objectsPerSecond = sizing.quotesPerSecond / recordsPerObject;
  const landSecondsPerBatch = landSeconds(recordsPerBatch, partitionsEach, sizing, figures);
  return {
    objectsPerSecond,
    recordsPerObject,
    landSecondsPerBatch,
    landConcurrency: (sizing.quotesPerSecond / recordsPerBatch) * landSecondsPerBatch,
    curateSecondsPerInvocation: curateSeconds(
      sizing.messagesEach,
      recordsPerObject * sizing.messagesEach,
      sizing,
      figures,
    ),
  };
}

/** Computing and one PUT, all partitions at once. */
function landSeconds(records: number, objects: number, { memoryMiB }: Sizing, figures: Figures): number {
  return landCpuSeconds(records, objects, figures) / cpuShare(memoryMiB) + meanLatencySeconds(figures);
}

export function landCpuSeconds(records: number, objects: number, { land }: Figures): number {
  return (records * land.cpuSecondsPerMillion) / 1e6 + (objects * land.cpuMsPerObject) / 1000;
}

/** Either the waits of one message after the other are what takes long, or the computing of all of them in one thread. */
function curateSeconds(objects: number, records: number, { memoryMiB }: Sizing, figures: Figures): number {
  const [least, most] = figures.s3LatencyMs;
  // Of two drawn evenly, the later one.
  const readSeconds = (least + ((most - least) * 2) / 3) / 1000;
  const waitSeconds = readSeconds + 2 * meanLatencySeconds(figures);
  const computing = curateCpuSeconds(records, objects, figures) / cpuShare(memoryMiB);
  const rounds = Math.ceil(objects / MESSAGES_AT_ONCE);
  return Math.max(rounds * (waitSeconds + computing / objects), waitSeconds + computing);
}

export function curateCpuSeconds(records: number, objects: number, { curate }: Figures): number {
  return (records * curate.cpuSecondsPerMillion) / 1e6 + (objects * curate.cpuMsPerObject) / 1000;
}

function meanLatencySeconds({ s3LatencyMs: [least, most] }: Figures): number {
  return (least + most) / 2000;
}
