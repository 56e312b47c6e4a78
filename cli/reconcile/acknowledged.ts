import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { HashSum } from '../../core/hash.ts';
import type { ProduceResult } from '../../core/produce-contract.ts';

/** What the producers' logs say the broker acknowledged in one partition. */
export interface Acknowledged {
  readonly records: number;
  /** Sum of the accepted quotes' hashes mod 2^64, as 16 hex digits. */
  readonly acceptedHash: string;
}

/**
 * Sums the `produced` lines of producers' logs, per partition of a topic. A producer writes such a line for every
 * attempt, also one that fails halfway, so the sum is what was acknowledged whatever happened since.
 */
export async function readAcknowledged(
  logFiles: readonly string[],
  topic: string,
): Promise<ReadonlyMap<number, Acknowledged>> {
  const sums = new Map<number, { records: number; readonly hash: HashSum }>();
  const at = (partition: number): { records: number; readonly hash: HashSum } => {
    const sum = sums.get(partition) ?? { records: 0, hash: new HashSum() };
    sums.set(partition, sum);
    return sum;
  };
  for (const file of logFiles) {
    for await (const line of linesOf(file)) {
      const entry = parseLedgerLine(line);
      if (entry?.topic !== topic) continue;
      for (const { partition, records } of entry.partitions) at(partition).records += records;
      for (const [partition, hash] of Object.entries(entry.accepted.hashes)) {
        at(Number(partition)).hash.add(HashSum.parse(hash));
      }
    }
  }
  return new Map(
    [...sums].map(([partition, { records, hash }]) => [
      partition,
      { records, acceptedHash: hash.toString() },
    ]),
  );
}

type LedgerLine = Pick<ProduceResult, 'topic' | 'partitions' | 'accepted'>;

/** A log's `produced` line, or undefined for any other line. */
export function parseLedgerLine(line: string): LedgerLine | undefined {
  if (!line.includes('"produced"')) return undefined;
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isLedgerLine(entry) ? entry : undefined;
}

function isLedgerLine(entry: unknown): entry is LedgerLine {
  return (
    typeof entry === 'object' &&
    entry !== null &&
    'message' in entry &&
    entry.message === 'produced' &&
    'topic' in entry &&
    typeof entry.topic === 'string' &&
    'partitions' in entry &&
    Array.isArray(entry.partitions) &&
    'accepted' in entry
  );
}

/** Lines of a file; none where there is no such file, since a producer that never ran left no log. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const stream = createReadStream(file, 'utf8');
  try {
    yield* createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    stream.destroy();
  }
}
