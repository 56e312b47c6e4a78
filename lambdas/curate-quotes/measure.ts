import type { FunctionMetrics } from '../../adapters/metrics.ts';
import type { MessageOutcome } from './curate-quotes.ts';

/** Adds what became of the messages of a batch. */
export function measure(
  metrics: Pick<FunctionMetrics, 'add' | 'addByCode'>,
  outcomes: readonly MessageOutcome[],
): void {
  const byCode = new Map<string, number>();
  for (const { outcome } of outcomes) {
    if (outcome?.kind !== 'curated') continue;
    const { receipt, bytes, ages } = outcome;
    metrics.add('RecordsCurated', receipt.records - receipt.quarantined.length);
    metrics.add('BytesCurated', bytes);
    for (const { code } of receipt.quarantined) byCode.set(code, (byCode.get(code) ?? 0) + 1);
    if (ages !== undefined) {
      metrics.add('EndToEndAge', ages.oldestMs);
      metrics.add('EndToEndAge', ages.newestMs);
    }
  }
  for (const [code, records] of byCode) {
    metrics.add('RecordsQuarantined', records);
    metrics.addByCode('RecordsQuarantined', code, records);
  }
}
