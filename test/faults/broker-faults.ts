/** Faults of the broker and of the event source's group. */
import { DeleteFunctionConcurrencyCommand, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { functionName } from '../../core/names.ts';
import { until } from '../helpers/until.ts';
import type { Fault, FaultReport } from './fault.ts';
import type { FaultStand } from './stand.ts';

const brokerRestart: Fault = {
  number: 26,
  name: 'broker restarted mid-batch',
  lake: 'dev',
  run: async (stand): Promise<FaultReport> => {
    await stand.control();
    const name = functionName(stand.lake.stage, 'land-quotes');
    const release = Promise.withResolvers<undefined>();
    // A batch is under way: its PUT waits for the broker to be gone and back.
    const held = stand.intercept(
      ({ operation, session }) => operation === 'PutObject' && session === name,
      async ({ forward }) => {
        await release.promise;
        await forward();
      },
    );
    await stand.produceForeign(await stand.quotes(1, 30));
    await until('a batch to be under way', () => held.fired > 0);
    const { pid } = stand.lake.broker;
    await stand.lake.broker.restart({ signal: 'SIGKILL' });
    if (stand.lake.broker.pid === pid) throw new Error('the broker was not restarted');
    release.resolve(undefined);
    held.remove();
    await stand.produce(60);
    return stand.report(held.fired);
  },
};

/** Joins the group of the event source, takes partitions away from it, and leaves without a commit. */
async function joinGroup(stand: FaultStand, groupId: string): Promise<{ leave: () => Promise<void> }> {
  const consumer = stand.kafka().consumer({ groupId, retry: { retries: 2 } });
  const joined = Promise.withResolvers<undefined>();
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    if (Object.values(payload.memberAssignment).flat().length > 0) joined.resolve(undefined);
  });
  consumer.on(consumer.events.CRASH, ({ payload: { error } }) => {
    joined.reject(error);
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [stand.topic], fromBeginning: true });
  await consumer.run({ autoCommit: false, eachMessage: () => Promise.resolve() });
  await joined.promise;
  return { leave: () => consumer.disconnect() };
}

const rebalanceAndThrottle: Fault = {
  number: 30,
  name: 'rebalance and concurrency 0 for a while under load',
  lake: 'dev',
  run: async (stand): Promise<FaultReport> => {
    await stand.control();
    const { lambda } = stand.clients;
    const FunctionName = functionName(stand.lake.stage, 'land-quotes');
    const raw = stand.client.output('lake', 'RawBucketName');
    const objects = async (): Promise<number> => (await stand.client.keys(raw, 'quotes/')).length;
    let injected = 0;

    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
    const before = await objects();
    await stand.produce(100);
    const member = await joinGroup(stand, FunctionName);
    injected += 1;
    await stand.produce(100);
    if ((await objects()) !== before) throw new Error('something was landed with a concurrency of 0');
    injected += 1;
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    await stand.produce(100);
    // The other member holds partitions that nobody lands; they come back when it leaves.
    await member.leave();
    await stand.produce(60);
    return stand.report(injected);
  },
};

export const faults: readonly Fault[] = [brokerRestart, rebalanceAndThrottle];
