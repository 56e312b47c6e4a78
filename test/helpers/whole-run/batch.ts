/** What runs in batches: a listing through its workflow, and both topics into history. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetWorkflowRunsCommand } from '@aws-sdk/client-glue';
import { compactTopic } from '../../../cli/compact/compact-topic.ts';
import { dirtyListing } from '../../../cli/demo/dirty-listing.ts';
import { LakeClients } from '../../../cli/lake/clients.ts';
import { TOPIC_NAMES } from '../../../cli/lake/stations.ts';
import { dropListing } from '../../../cli/listing/load-listing.ts';
import type { LakeClient } from '../lake-client.ts';
import { TestFolders } from '../local-lake.ts';
import { until } from '../until.ts';

const SYMBOLS = 200;
/** On a busy machine, each. */
const DEADLINE_MS = 600_000;

/**
 * Loads a listing over that which the run began with, and compacts twice: the second run finds history and tags as the first
 * left them.
 */
export async function runBatches(client: LakeClient): Promise<void> {
  const { lake } = client;
  const clients = new LakeClients(lake);
  const folders = new TestFolders();
  try {
    await untilListingsLoaded(client);
    const file = join(folders.create('listing'), 'nasdaqlisted.csv');
    writeFileSync(file, dirtyListing(SYMBOLS, new Date()).text);
    await dropListing(lake, clients, file, { signal: AbortSignal.timeout(DEADLINE_MS) });
    for (const topic of [...TOPIC_NAMES, ...TOPIC_NAMES])
      await compactTopic(lake, clients, { topic, signal: AbortSignal.timeout(DEADLINE_MS) });
  } finally {
    folders.remove();
    clients.close();
  }
}

/** The workflow runs once at a time. */
async function untilListingsLoaded(client: LakeClient): Promise<void> {
  const Name = client.output('jobs', 'ListingWorkflowName');
  const isIdle = async (): Promise<boolean> => {
    const { Runs: runs = [] } = await client.glue.send(new GetWorkflowRunsCommand({ Name }));
    return runs.length > 0 && runs.every(({ Status }) => Status !== 'RUNNING');
  };
  await until('the first listing to be loaded', isIdle, DEADLINE_MS);
}
