/** Requests the raw objects that quarantined records come from: newer code or schemas may read them. */

import { inGroups, logPartitions } from '../../adapters/log-partitions.ts';
import type { CurationRequestResult, RedriveSelection } from '../../core/curation-request.ts';
import {
  type LogPartition,
  locations,
  parseQuarantineKey,
  parseRawKey,
  quarantineKey,
  quarantinePrefix,
} from '../../core/layout.ts';
import { CurationRequests } from './curation-requests.ts';
import { READS_AT_ONCE, type RequestOptions, type RequestPorts } from './ports.ts';

/** A raw object is requested once a call, whatever the number of its records. */
export async function redrive(
  ports: RequestPorts,
  selection: RedriveSelection,
  options: RequestOptions,
): Promise<CurationRequestResult> {
  const { after, codes } = selection;
  const requests = new CurationRequests(ports, options, 'redrive');
  const requested = new Set<string>();
  let examined = 0;
  const result = (): CurationRequestResult => ({ action: 'redrive', examined, requested: requests.count });
  for await (const group of inGroups(quarantined(ports, selection, options.topic, after), READS_AT_ONCE)) {
    const sources = await Promise.all(group.map((key) => readSource(ports, key)));
    examined += group.length;
    for (const source of sources) {
      if (source === undefined || codes?.some((code) => code === source.code) === false) continue;
      if (requested.has(source.rawKey)) continue;
      requested.add(source.rawKey);
      await requests.add(source.rawKey);
    }
    const last = group.at(-1);
    if (!requests.canGoOn && last !== undefined) {
      await requests.flush();
      return { ...result(), next: last };
    }
  }
  await requests.flush();
  return result();
}

/** Keys of quarantined records in the chosen place, in order. */
async function* quarantined(
  { raw }: RequestPorts,
  { offset, ...choice }: RedriveSelection,
  topic: string,
  after = '',
): AsyncIterable<string> {
  for await (const log of logPartitions(raw, locations.quarantine(topic), choice)) {
    const prefix = quarantinePrefix(log);
    const place = offset === undefined ? prefix : quarantineKey(log, offset);
    for await (const key of raw.list(place, after === '' ? undefined : after)) {
      if (belongsTo(log, parseQuarantineKey(key))) yield key;
    }
  }
}

function belongsTo(log: LogPartition, found: LogPartition | undefined): boolean {
  return found?.logId === log.logId && found.partition === log.partition;
}

/** What a quarantined record says of itself; undefined if it is gone, or is none of ours. */
async function readSource(
  { raw }: RequestPorts,
  key: string,
): Promise<{ readonly code: unknown; readonly rawKey: string } | undefined> {
  const stored = await raw.get(key);
  if (stored === undefined) return undefined;
  try {
    const { code, raw_key: rawKey } = JSON.parse(stored.body.toString()) as Record<string, unknown>;
    return typeof rawKey === 'string' && parseRawKey(rawKey) !== undefined ? { code, rawKey } : undefined;
  } catch {
    return undefined;
  }
}
