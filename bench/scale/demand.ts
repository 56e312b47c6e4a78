/** What a load makes of everything else: requests, files, messages, workers, brokers, bytes. */

import { SESSION_SECONDS } from './binding.ts';
import type { Figures } from './figures.ts';
import { LIMITS } from './limits.ts';
import { flowOf, HEADROOM, type Sizing } from './sizing.ts';

const MB = 1e6;
const GB = 1e9;
const GIB = 2 ** 30;
const RETENTION_SESSIONS = 5;
/** Of a broker's disk: at more, the alarm goes. */
const FULL_SHARE = 0.85;
/** Both topics over topic quotes: the watchlist keeps a few hundredths. */
const DERIVED_SHARE = 1.05;
const READERS = 2;
const COPIES = 3;
const SAFE_SHARE = 0.8;
/** One broker a zone at least, and as many in each. */
const ZONES = 3;
/** G.1X: https://docs.aws.amazon.com/glue/latest/dg/worker-types.html */
export const WORKER_CORES = 4;
/** Compaction runs every hour; of that, Spark may compute so long. */
const COMPACTION_SECONDS = 1800;
const HOUR_SECONDS = 3600;

export interface Demand {
  readonly megabytesIn: number;
  readonly megabytesOut: number;
  readonly isServerlessEnough: boolean;
  /** m7g.xlarge, and express.m7g.xlarge. */
  readonly standardBrokers: number;
  readonly expressBrokers: number;
  readonly landInvocationsAtOnce: number;
  readonly curateInvocationsAtOnce: number;
  readonly recordsPerObject: number;
  readonly objectsPerSecond: number;
  readonly rawPutsPerSecond: { readonly total: number; readonly perPrefix: number };
  readonly lakePutsPerSecond: { readonly total: number; readonly perDayPrefix: number };
  readonly getsPerSecond: number;
  readonly filesPerDay: number;
  /** When all environments of curate-quotes are new. */
  readonly glueCallsPerGeneration: number;
  /** Disk of each standard broker, GiB. */
  readonly brokerStorageGiB: number;
  readonly eventsPerSecond: number;
  readonly queueRequestsPerSecond: number;
  readonly compactionWorkers: number;
  readonly gigabytesPerDay: { readonly raw: number; readonly curated: number; readonly history: number };
}

export function demandOf(sizing: Sizing, figures: Figures): Demand {
  const { quotesPerSecond, partitions } = sizing;
  const flow = flowOf(sizing, figures);
  const { objectsPerSecond } = flow;
  const megabytesIn = (quotesPerSecond * figures.recordBytes) / MB;
  const perDay = (bytes: number): number => (quotesPerSecond * SESSION_SECONDS * bytes) / GB;
  const byDisk = (megabytesIn * COPIES) / (SAFE_SHARE * LIMITS.standardDisk.value);
  const byNetwork = (megabytesIn * (READERS + COPIES - 1)) / (SAFE_SHARE * LIMITS.standardNetwork.value);
  const byStorage = (COPIES * keptBytes(sizing, figures)) / (FULL_SHARE * LIMITS.standardStorage.value * GIB);
  const standardBrokers = inZones(Math.max(byDisk, byNetwork, byStorage));
  const invocationsPerSecond = objectsPerSecond / sizing.messagesEach;
  const coreSeconds = (quotesPerSecond * HOUR_SECONDS * figures.compactCoreSecondsPerMillion) / 1e6;
  return {
    megabytesIn,
    megabytesOut: megabytesIn * READERS,
    isServerlessEnough:
      megabytesIn * HEADROOM <= LIMITS.serverlessIn.value &&
      megabytesIn * READERS * HEADROOM <= LIMITS.serverlessOut.value,
    standardBrokers,
    brokerStorageGiB: Math.ceil((COPIES * keptBytes(sizing, figures)) / (FULL_SHARE * standardBrokers * GIB)),
    expressBrokers: inZones(
      Math.max(megabytesIn / LIMITS.expressIn.value, (megabytesIn * READERS) / LIMITS.expressOut.value),
    ),
    landInvocationsAtOnce: flow.landConcurrency,
    curateInvocationsAtOnce: invocationsPerSecond * flow.curateSecondsPerInvocation,
    recordsPerObject: flow.recordsPerObject,
    objectsPerSecond,
    rawPutsPerSecond: { total: objectsPerSecond, perPrefix: objectsPerSecond / partitions },
    // A file and a receipt.
    lakePutsPerSecond: { total: 2 * objectsPerSecond, perDayPrefix: objectsPerSecond },
    // The raw object and its receipt, if there is one.
    getsPerSecond: 2 * objectsPerSecond,
    filesPerDay: objectsPerSecond * SESSION_SECONDS,
    // Each environment describes the table and registers the day once.
    glueCallsPerGeneration: 2 * sizing.curateConcurrency,
    eventsPerSecond: objectsPerSecond,
    // Sent by EventBridge; received and deleted a batch at a time.
    queueRequestsPerSecond: objectsPerSecond + 2 * invocationsPerSecond,
    // One is the driver's.
    compactionWorkers: 1 + Math.ceil(coreSeconds / (WORKER_CORES * COMPACTION_SECONDS)),
    gigabytesPerDay: {
      raw: perDay(figures.land.bytesPerRecord),
      curated: perDay(figures.curate.bytesPerRecord),
      history: perDay(figures.historyBytes),
    },
  };
}

/** One copy of what a week holds, with some more for the derived topic. */
function keptBytes({ quotesPerSecond }: Sizing, { recordBytes }: Figures): number {
  return quotesPerSecond * SESSION_SECONDS * RETENTION_SESSIONS * recordBytes * DERIVED_SHARE;
}

function inZones(brokers: number): number {
  return ZONES * Math.max(1, Math.ceil(brokers / ZONES));
}
