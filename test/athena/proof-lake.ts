/** A lake with all that can be queried in it: history and newer curated files, a listing, quarantined records. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compactTopic } from '../../cli/compact/compact-topic.ts';
import { dirtyListing } from '../../cli/demo/dirty-listing.ts';
import { connectToTopic, LakeClients } from '../../cli/lake/clients.ts';
import { outputOf } from '../../cli/lake/connection.ts';
import { TOPIC_NAMES } from '../../cli/lake/stations.ts';
import { readTopicOffsets } from '../../cli/lake/topic-offsets.ts';
import { waitUntilServed } from '../../cli/lake/wait-until-served.ts';
import { dropListing } from '../../cli/listing/load-listing.ts';
import { stageSource } from '../../cli/produce/produce-into-lake.ts';
import { producePoison } from '../../cli/produce/produce-poison.ts';
import { produceQuotes } from '../../cli/produce/produce-quotes.ts';
import { AUDIENCES, type Audience, queryPolicyName, workgroupName } from '../../core/names.ts';
import type { Quote } from '../../core/quote.ts';
import type { Lake } from '../../local/lake.ts';
import { expireCovered } from '../helpers/expire-covered.ts';
import {
  assemblyOf,
  changedAssembly,
  type EditableTemplate,
  startTestLake,
  type TestFolders,
} from '../helpers/local-lake.ts';
import { simulateMarket } from './market.ts';

/** Bytes that one query may scan in each workgroup of the lake: near Athena's least, so that a few files pass them. */
export const CUTOFF_BYTES: Readonly<Record<Audience, number>> = {
  analysts: 10_000_000,
  dashboards: 12_000_000,
  etl: 14_000_000,
};

const LISTED = 400;

export interface ProofLake {
  readonly lake: Lake;
  /** The operator's. */
  readonly clients: LakeClients;
  /** Of a role that has the workgroup's managed policy, and nothing else. */
  readonly clientsOf: (audience: Audience) => LakeClients;
  stop(): Promise<void>;
}

/** Starts the templates with smaller cutoffs, and a role for each policy that they leave to be attached, and fills the lake as a market and its operators would. */
export async function startProofLake(
  folders: TestFolders,
  signal: AbortSignal,
  report: (text: string) => void,
): Promise<ProofLake> {
  report('starting the lake');
  const assembly = changedAssembly(folders, await assemblyOf('dev'), 'dev', (template) => {
    const { Resources: resources } = template('query');
    for (const { Type, Properties } of Object.values(resources))
      if (Type === 'AWS::Athena::WorkGroup') lowerCutoff(Properties);
    for (const audience of AUDIENCES) attachPolicy(resources, audience);
  });
  const lake = await startTestLake(folders, 'dev', assembly, { signal });
  const clients = new LakeClients(lake);
  const own = new Map(
    AUDIENCES.map((audience) => [
      audience,
      new LakeClients(lake, lake.gateway.issueCredentials(roleNameOf(audience))),
    ]),
  );
  const clientsOf = (audience: Audience): LakeClients => own.get(audience) ?? clients;
  const stop = async (): Promise<void> => {
    for (const each of [clients, ...own.values()]) each.close();
    await lake.stop();
  };
  try {
    const { history, lastDay } = simulateMarket();
    report(`producing ${history.length} quotes of 61 days`);
    await produce(folders, lake, clients, history, signal);
    await untilServed(lake, clients, signal);
    report('loading a listing');
    const listing = join(folders.create('listing'), 'nasdaqlisted.csv');
    writeFileSync(listing, dirtyListing(LISTED, new Date()).text);
    await dropListing(lake, clients, listing, { signal });
    for (const topic of TOPIC_NAMES) {
      report(`compacting ${topic}`);
      await compactTopic(lake, clients, { topic, signal });
      await expireCovered(clients.s3, outputOf(lake, 'lake', 'LakeBucketName'), topic);
    }
    report(`producing ${lastDay.length} quotes of the last day, above the cut, and poison`);
    await produce(folders, lake, clients, lastDay, signal);
    await producePoison(lake, clients);
    await untilServed(lake, clients, signal);
    return { lake, clients, clientsOf, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const roleNameOf = (audience: Audience): string => `proof-${audience}`;

/** As whoever deploys the lake does for their people. */
function attachPolicy(resources: EditableTemplate['Resources'], audience: Audience): void {
  const logicalId = `Proof${audience}`;
  const policy = Object.values(resources).find(
    ({ Properties }) => Properties['ManagedPolicyName'] === queryPolicyName('dev', audience),
  );
  if (policy === undefined) throw new Error(`there is no policy for ${audience}`);
  policy.Properties['Roles'] = [{ Ref: logicalId }];
  resources[logicalId] = {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: roleNameOf(audience),
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ec2.amazonaws.com' } },
        ],
      },
    },
  };
}

function lowerCutoff(properties: Record<string, unknown>): void {
  const audience = AUDIENCES.find((each) => workgroupName('dev', each) === properties['Name']);
  const configuration = properties['WorkGroupConfiguration'] as Record<string, unknown>;
  if (audience === undefined || configuration['BytesScannedCutoffPerQuery'] === undefined)
    throw new Error(`workgroup ${String(properties['Name'])} has no cutoff`);
  configuration['BytesScannedCutoffPerQuery'] = CUTOFF_BYTES[audience];
}

async function produce(
  folders: TestFolders,
  lake: Lake,
  clients: LakeClients,
  quotes: readonly Quote[],
  signal: AbortSignal,
): Promise<void> {
  const tape = join(folders.create('tape'), 'market.ndjson');
  writeFileSync(tape, quotes.map((quote) => `${JSON.stringify(quote)}\n`).join(''));
  const { produced } = await produceQuotes(clients.lambda, {
    functionName: outputOf(lake, 'pipeline', 'ProduceQuotesFunctionName'),
    ...(await stageSource(lake, clients, { tape }, signal)),
    signal,
  });
  if (produced !== quotes.length) throw new Error(`${produced} of ${quotes.length} quotes were produced`);
}

async function untilServed(lake: Lake, clients: LakeClients, signal: AbortSignal): Promise<void> {
  const kafka = await connectToTopic(lake, clients.msk);
  const ends = await readTopicOffsets(kafka, outputOf(lake, 'stream', 'QuotesTopicName'));
  await waitUntilServed(lake, clients, ends, { signal });
}
