/** Function land-quotes, with folders for buckets. Arguments: socket of the events, topic, folder of the raw bucket. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { parseKafkaEvent } from '../../../core/kafka-event.ts';
import { QuoteLander } from '../../../lambdas/land-quotes/land-quotes.ts';
import { readFrames } from './frames.ts';
import { createFolderStore } from './store.ts';

const [path = '', topic = '', folder = ''] = process.argv.slice(2);
const lander = new QuoteLander(createFolderStore(folder), topic);
const socket = connect(path);
await once(socket, 'connect');
for await (const frame of readFrames(socket)) {
  const outcomes = await lander.land(parseKafkaEvent(JSON.parse(frame.toString())));
  for (const { error } of outcomes) {
    if (error !== undefined) throw new Error('a partition was not landed', { cause: error });
  }
  socket.write('.');
}
