/** The same rows as history: the very job compacts the curated files, in a lake of its own, and what it wrote is taken out of it. */
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { createDayPartitions } from '../../adapters/catalog.ts';
import { compactTopic } from '../../cli/compact/compact-topic.ts';
import type { CommandContext } from '../../cli/context.ts';
import { fetchEngine } from '../../cli/jobs/fetch-engine.ts';
import { outputOf } from '../../cli/lake/connection.ts';
import { withLocalLake } from '../../cli/lake/local-lake.ts';
import { Progress } from '../../cli/terminal/progress.ts';
import { Terminal } from '../../cli/terminal/terminal.ts';
import { locations } from '../../core/layout.ts';
import { tableNames } from '../../core/names.ts';
import { BENCH_DAYS } from '../data/records.ts';

const PUTS_AT_ONCE = 16;

/**
 * @param lakeFiles folder with the keys of the lake bucket
 * @param target takes the data files of history under their keys
 * @returns seconds that the job took
 */
export async function compactIntoHistory(lakeFiles: string, target: string): Promise<number> {
  const terminal = new Terminal(process.stdout, process.stderr, process.env);
  const progress = new Progress(terminal);
  const { signal } = new AbortController();
  const context: CommandContext = { terminal, env: process.env, signal, fail: () => undefined };
  await fetchEngine('spark', context);
  const options = { stage: 'dev', progress, withSchedules: false } as const;
  return withLocalLake(context, options, async (lake, clients) => {
    const Bucket = outputOf(lake, 'lake', 'LakeBucketName');
    const { s3, glue } = clients;
    const keys = globSync('**/*.{parquet,json}', { cwd: lakeFiles });
    await progress.step(`${keys.length} curated files and receipts`, async (report) => {
      for (let done = 0; done < keys.length; done += PUTS_AT_ONCE) {
        const some = keys.slice(done, done + PUTS_AT_ONCE);
        await Promise.all(
          some.map((Key) =>
            s3.send(new PutObjectCommand({ Bucket, Key, Body: readFileSync(join(lakeFiles, Key)) })),
          ),
        );
        report(`${done + some.length} of ${keys.length}`);
      }
    });
    const partitions = createDayPartitions(glue, {
      database: outputOf(lake, 'lake', 'DatabaseName'),
      table: tableNames('quotes').curated,
      locationOf: (day) => `s3://${Bucket}/${locations.curatedDay('quotes', day)}`,
    });
    await partitions.register(BENCH_DAYS);
    const { seconds } = await progress.step('compact', (report) =>
      compactTopic(lake, clients, { topic: 'quotes', signal, report }),
    );
    const Prefix = `${locations.history('quotes')}data/`;
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix })) {
      for (const { Key = '' } of Contents) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        const file = join(target, Key.slice(Prefix.length));
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, (await Body?.transformToByteArray()) ?? '');
      }
    }
    return seconds;
  });
}
