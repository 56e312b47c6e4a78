/** Requests the raw objects of a range. */
import { chainStartsFrom } from '../../adapters/chain-starts.ts';
import type { CurationRequestResult, ReplaySelection } from '../../core/curation-request.ts';
import { type LogPartition, locations, parseRawKey, rawKey, rawPrefix } from '../../core/layout.ts';
import { CurationRequests } from './curation-requests.ts';
import { inGroups, logPartitions } from './log-partitions.ts';
import { READS_AT_ONCE, type RequestOptions, type RequestPorts } from './ports.ts';

export async function replay(
  ports: RequestPorts,
  selection: ReplaySelection,
  options: RequestOptions,
): Promise<CurationRequestResult> {
  const requests = new CurationRequests(ports, options, 'replay');
  let examined = 0;
  const result = (): CurationRequestResult => ({ action: 'replay', examined, requested: requests.count });
  const fromMs = selection.fromTime === undefined ? 0 : Date.parse(selection.fromTime);
  const chosen = rawObjects(ports, selection, options.topic);
  for await (const group of inGroups(chosen, READS_AT_ONCE)) {
    for (const { key, writtenMs } of group) {
      examined += 1;
      if (writtenMs >= fromMs) await requests.add(key);
    }
    const last = group.at(-1);
    if (!requests.canGoOn && last !== undefined) {
      await requests.flush();
      return { ...result(), next: last.key };
    }
  }
  await requests.flush();
  return result();
}

/** Raw objects that hold offsets from `fromOffset` on, in the order of their keys. */
async function* rawObjects(
  { raw }: RequestPorts,
  { fromOffset = 0, after = '', ...choice }: ReplaySelection,
  topic: string,
): AsyncIterable<{ readonly key: string; readonly writtenMs: number }> {
  for await (const log of logPartitions(raw, locations.raw(topic), choice)) {
    const prefix = rawPrefix(log);
    const start = await coveringStart(raw, log, fromOffset);
    const before = start === 0 ? prefix : rawKey(log, start - 1);
    for await (const listed of raw.listWritten(prefix, before < after ? after : before)) {
      const object = parseRawKey(listed.key);
      if (object?.kind === 'chain' || (object?.kind === 'fill' && object.start >= fromOffset)) yield listed;
    }
  }
}

/** Start of the chain object that covers an offset: the last one that starts at or before it. */
async function coveringStart(raw: RequestPorts['raw'], log: LogPartition, offset: number): Promise<number> {
  let covering = 0;
  for await (const start of chainStartsFrom(raw, log, offset)) {
    if (start > offset) break;
    covering = start;
  }
  return covering;
}
