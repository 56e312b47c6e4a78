/** A consumer written by hand: see consume.py. */
import { join } from 'node:path';
import type { Rival } from '../rival.ts';
import type { RivalTools } from '../tools.ts';

export const pythonRival = ({ python }: RivalTools): Rival => ({
  name: 'python',
  title: 'Python: librdkafka, fastavro, pyarrow',
  prepare: ({ bootstrap, topic, schemaFile, folder, ends }) =>
    Promise.resolve({
      command: python,
      args: [
        ...['-I', join(import.meta.dirname, 'consume.py'), bootstrap, topic, schemaFile],
        ...[join(folder, 'out'), ends.join(',')],
      ],
    }),
  files: ({ folder }) => join(folder, 'out/dt=*/hour=*/*.parquet'),
  volumeColumn: 'latestVolume',
});
