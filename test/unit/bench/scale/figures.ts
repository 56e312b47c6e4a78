import type { Figures } from '../../../../bench/scale/figures.ts';
import type { Sizing } from '../../../../bench/scale/sizing.ts';

/** Round figures, so that a test does not follow what a bench measures. */
export const FIGURES: Figures = {
  land: { cpuSecondsPerMillion: 4, cpuMsPerObject: 0.5, bytesPerRecord: 34 },
  curate: { cpuSecondsPerMillion: 6, cpuMsPerObject: 4, bytesPerRecord: 23 },
  compactCoreSecondsPerMillion: 68,
  recordBytes: 200,
  eventBytes: 400,
  historyBytes: 16,
  s3LatencyMs: [100, 200],
  notificationMs: 500,
};

export const SIZING: Sizing = {
  quotesPerSecond: 2000,
  partitions: 2,
  pollers: 2,
  batchRecords: 2000,
  batchWindowSeconds: 5,
  memoryMiB: 1769,
  messagesEach: 5,
  curateConcurrency: 4,
};
