/** What landing costs, S3 itself aside: event text to raw object. `node bench/land.ts` */

import { parseKafkaEvent } from '../core/kafka-event.ts';
import { QuoteLander } from '../lambdas/land-quotes/land-quotes.ts';
import { CLUSTER_ARN } from './data/records.ts';
import { printMachine } from './harness/machine.ts';
import { measure } from './harness/measure.ts';
import { makeRecords } from './quotes.ts';

printMachine();
for (const perPartition of [100, 1000, 2500]) {
  const records = makeRecords(perPartition);
  const event = JSON.stringify({
    eventSource: 'aws:kafka',
    eventSourceArn: CLUSTER_ARN,
    bootstrapServers: 'b-1:9098',
    records: Object.fromEntries(
      [0, 1, 2, 3].map((partition) => [
        `quotes-${partition}`,
        records.map((record) => ({ topic: 'quotes', partition, ...record })),
      ]),
    ),
  });
  let bytes = 0;
  const store = {
    putIfAbsent: (_key: string, { body }: { body: Uint8Array }): Promise<'created'> => {
      bytes += body.length;
      return Promise.resolve('created');
    },
    get: () => Promise.resolve(undefined),
    head: () => Promise.resolve(undefined),
    list: async function* () {
      /* an empty log */
    },
  };
  await measure(`land, 4 x ${perPartition} records an event`, perPartition * 4, async () => {
    bytes = 0;
    const outcomes = await new QuoteLander(store, 'quotes').land(parseKafkaEvent(JSON.parse(event)));
    if (outcomes.some(({ landing }) => landing === undefined)) throw new Error('not all landed');
    return bytes;
  });
}
