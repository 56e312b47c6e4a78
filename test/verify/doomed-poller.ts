/**
 * A poller in a process of its own, to be killed: `node doomed-poller.ts <address> <topic>`. Its function ends the first two
 * invocations, tells each event on standard output, and hangs in the third.
 */
import { pollerOn, recordsOf, type StandAddress, success } from '../helpers/kafka-stand.ts';

const [address = '', topic = ''] = process.argv.slice(2);
let invocations = 0;
const poller = pollerOn(
  JSON.parse(address) as StandAddress,
  { topic, limits: { maxRecords: 4 } },
  {
    invoke: async (payload) => {
      invocations += 1;
      process.stdout.write(`${recordsOf(payload).length}\n`);
      if (invocations === 3) await new Promise(() => undefined);
      return success;
    },
  },
);
await poller.start();
