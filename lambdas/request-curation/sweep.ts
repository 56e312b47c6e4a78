/**
 * Requests every raw object that has no receipt of today's curation version: events are lost, tries die, versions change.
 * Each receipt is read once a version; progress is kept for each partition. Then what tries of older versions left behind is
 * looked for.
 */

import { logPartitions } from '../../adapters/log-partitions.ts';
import type { CurationRequestResult, SweepSelection } from '../../core/curation-request.ts';
import { CURATION_VERSION } from '../../core/curation-version.ts';
import { locations } from '../../core/layout.ts';
import { OutputAudit } from './audit-outputs.ts';
import { CurationRequests } from './curation-requests.ts';
import type { RequestOptions, RequestPorts } from './ports.ts';
import { PartitionSweep } from './sweep-partition.ts';

/** Younger raw objects may have their event on its way. */
const MINIMUM_AGE_SECONDS = 600;

/** With more messages than that in the queue, what an earlier sweep asked for may be among them. */
const MAX_BACKLOG = 1000;

export async function sweep(
  ports: RequestPorts,
  { minimumAgeSeconds = MINIMUM_AGE_SECONDS }: SweepSelection,
  options: RequestOptions,
): Promise<CurationRequestResult> {
  const backlog = await ports.queue.count();
  if (backlog > MAX_BACKLOG) return { action: 'sweep', examined: 0, requested: 0, backlog };
  const { topic, curationVersion = CURATION_VERSION } = options;
  const requests = new CurationRequests(ports, options, 'sweep');
  const youngFromMs = ports.now() - minimumAgeSeconds * 1000;
  const audit = await OutputAudit.open(ports, topic, curationVersion);
  let [examined, settledBeforeMs] = [0, Number.POSITIVE_INFINITY];
  for await (const log of logPartitions(ports.raw, locations.raw(topic))) {
    const swept = await new PartitionSweep(ports, log, { curationVersion, youngFromMs, requests }).run();
    examined += swept.examined;
    settledBeforeMs = Math.min(settledBeforeMs, swept.settledBeforeMs);
  }
  const strays = await audit.goOn(requests, settledBeforeMs);
  return {
    action: 'sweep',
    examined,
    requested: requests.count,
    ...(strays !== undefined && { strays }),
  };
}
