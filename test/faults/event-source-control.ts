/** Stops and starts the event source of land-quotes through Lambda's API, and rewinds its consumer group in between. */
import {
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { until } from '../helpers/until.ts';
import { landQuotes } from './landing-probe.ts';
import type { FaultStand } from './stand.ts';

/**
 * Disables the mapping, does the work while nobody polls, and enables it again.
 * https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html
 */
export async function whileNobodyPolls(stand: FaultStand, work: () => Promise<void>): Promise<void> {
  const { endpoint, region, operator: credentials } = stand.lake;
  const lambda = new LambdaClient({ endpoint, region, credentials });
  try {
    const { EventSourceMappings: [mapping] = [] } = await lambda.send(
      new ListEventSourceMappingsCommand({ FunctionName: landQuotes(stand) }),
    );
    const UUID = mapping?.UUID;
    if (UUID === undefined) throw new Error('land-quotes has no event source mapping');
    const turn = async (Enabled: boolean, state: string): Promise<void> => {
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
      const current = async (): Promise<string | undefined> =>
        (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State;
      await until(`the event source to be ${state}`, async () => (await current()) === state);
    };
    await turn(false, 'Disabled');
    try {
      await work();
    } finally {
      await turn(true, 'Enabled');
    }
  } finally {
    lambda.destroy();
  }
}

/** Commits an earlier offset in the name of the group, so that everything from there on comes again; nobody may be polling. */
export async function rewind(stand: FaultStand, partition: number, offset: number): Promise<void> {
  const admin = stand.kafka().admin();
  await admin.connect();
  try {
    const partitions = [{ partition, offset: String(offset) }];
    await admin.setOffsets({ groupId: landQuotes(stand), topic: stand.topic, partitions });
  } finally {
    await admin.disconnect();
  }
}
