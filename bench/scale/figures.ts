/** What the derivation stands on: figures that benches wrote to bench/results/, and what AWS says of latencies. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SPARK_CORE_SECONDS_PER_MILLION } from '../../cli/cost/measured.ts';
import { DEFAULT_PROFILE } from '../../cli/cost/profile.ts';
import { TickerlakeError } from '../../core/errors.ts';

export interface StageFigures {
  /** One vCPU. */
  readonly cpuSecondsPerMillion: number;
  /** Beside that of its records. */
  readonly cpuMsPerObject: number;
  /** Written, of one record in objects of some thousand. */
  readonly bytesPerRecord: number;
}

export interface Figures {
  readonly land: StageFigures;
  readonly curate: StageFigures;
  /** Spark's, for a million rows compacted. */
  readonly compactCoreSecondsPerMillion: number;
  /** In Kafka: key and value. */
  readonly recordBytes: number;
  /** In the event that Lambda hands over. */
  readonly eventBytes: number;
  readonly historyBytes: number;
  /** Between these an S3 request takes, ms, drawn evenly. */
  readonly s3LatencyMs: readonly [least: number, most: number];
  /** From an object's creation to its message, ms. Estimated. */
  readonly notificationMs: number;
}

const RESULTS = join(import.meta.dirname, '../results');

/** "roughly 100–200 milliseconds": https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html */
const S3_LATENCY_MS = [100, 200] as const;
const NOTIFICATION_MS = 500;
/** As cli/cost/flow.ts has it: base64 of key and value, among names and numbers. */
const EVENT_OVERHEAD_BYTES = 139;

/** @throws TickerlakeError CONFIG_INVALID if a result is missing or is not what its bench writes */
export function readFigures(folder = RESULTS): Figures {
  const stages = readResult(folder, 'stages');
  const growth = readResult(folder, 'growth');
  const stage = (name: 'land' | 'curate'): StageFigures => ({
    cpuSecondsPerMillion: numberAt(stages, 'stages', name, 'cpuSecondsPerMillion', 'median'),
    cpuMsPerObject: Math.max(0, numberAt(growth, 'growth', 'perObject', name, 'cpuMsPerObject')),
    bytesPerRecord: bytesAt(growth, name),
  });
  const { recordBytes, historyBytes } = DEFAULT_PROFILE;
  return {
    land: stage('land'),
    curate: stage('curate'),
    compactCoreSecondsPerMillion: SPARK_CORE_SECONDS_PER_MILLION,
    recordBytes,
    eventBytes: (recordBytes * 4) / 3 + EVENT_OVERHEAD_BYTES,
    historyBytes,
    s3LatencyMs: S3_LATENCY_MS,
    notificationMs: NOTIFICATION_MS,
  };
}

/** Of the largest size that was run. */
function bytesAt(growth: unknown, stage: 'land' | 'curate'): number {
  const sizes = (growth as { readonly sizes?: readonly unknown[] }).sizes ?? [];
  return numberAt(sizes.at(-1), 'growth', 'bytesPerRecord', stage);
}

function readResult(folder: string, name: string): unknown {
  const file = join(folder, `${name}.json`);
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new TickerlakeError('CONFIG_INVALID', `bench/results/${name}.json cannot be read`, {
      cause,
      hint: `npm run bench:${name}, which writes it`,
    });
  }
}

function numberAt(document: unknown, name: string, ...path: readonly string[]): number {
  const value = path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
    document,
  );
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TickerlakeError(
    'CONFIG_INVALID',
    `bench/results/${name}.json has no number at ${path.join('.')}`,
    {
      hint: `npm run bench:${name}, which writes it`,
    },
  );
}
