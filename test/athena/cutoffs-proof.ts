/** Every workgroup's cutoff, at its border: a file less than it allows is read, a file more cancels the query. */
import { randomBytes } from 'node:crypto';
import { BatchCreatePartitionCommand, CreateTableCommand } from '@aws-sdk/client-glue';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { QUERY_ENGINES } from '../../cli/athena/formats.ts';
import { outputOf } from '../../cli/lake/connection.ts';
import { zones } from '../../core/layout.ts';
import { AUDIENCES } from '../../core/names.ts';
import { ask } from './answers.ts';
import { type Finding, finding } from './finding.ts';
import { CUTOFF_BYTES, type ProofLake } from './proof-lake.ts';

const TABLE = 'cutoff_probe';
/** Where all may read. */
const PREFIX = `${zones.curated}${TABLE}/`;
/** One file of so many bytes each, whatever its compression. */
const FILE_BYTES = 1_000_000;
const FILES = 1 + Math.max(...Object.values(CUTOFF_BYTES)) / FILE_BYTES;

export async function* proveCutoffs(proof: ProofLake, signal: AbortSignal): AsyncGenerator<Finding> {
  await createProbe(proof);
  for (const engine of QUERY_ENGINES)
    for (const audience of AUDIENCES) {
      const cutoffBytes = CUTOFF_BYTES[audience];
      yield await finding(`${engine} stops ${audience} at ${cutoffBytes} bytes`, signal, async () => {
        const read = async (files: number): Promise<number> => {
          const sql = `SELECT max(noise) FROM ${TABLE} WHERE part <= ${files}`;
          return (await ask(proof, engine, { sql, audience }, signal)).scannedBytes;
        };
        const allowed = cutoffBytes / FILE_BYTES - 1;
        const scannedBytes = await read(allowed);
        const detail = `${scannedBytes} bytes pass`;
        if (scannedBytes < allowed * FILE_BYTES * 0.99)
          return { detail, problem: 'less was read than asked for' };
        const refusal = await read(allowed + 2).then(
          (bytes) => `${bytes} bytes passed`,
          (error: unknown) => (error as Error).message,
        );
        if (!refusal.includes('Bytes scanned limit was exceeded')) return { detail, problem: refusal };
        return { detail: `${detail}, two files more are cancelled`, problem: undefined };
      });
    }
}

/** A table of noise, which no encoding makes smaller. */
async function createProbe({ lake, clients }: ProofLake): Promise<void> {
  const bucket = outputOf(lake, 'lake', 'LakeBucketName');
  const database = outputOf(lake, 'lake', 'DatabaseName');
  const location = `s3://${bucket}/${PREFIX}`;
  const parts = Array.from({ length: FILES }, (_, index) => index + 1);
  for (const part of parts) {
    const noise = randomBytes(FILE_BYTES);
    const data = Array.from({ length: FILE_BYTES / 8 }, (_, index) => noise.readBigInt64LE(index * 8));
    const body = parquetWriteBuffer({
      columnData: [{ name: 'noise', data, type: 'INT64' }],
      statistics: false,
    });
    await clients.s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: `${PREFIX}part=${part}/noise.parquet`,
        Body: new Uint8Array(body),
      }),
    );
  }
  const storage = {
    Columns: [{ Name: 'noise', Type: 'bigint' }],
    InputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
    OutputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
    SerdeInfo: { SerializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
  };
  await clients.glue.send(
    new CreateTableCommand({
      DatabaseName: database,
      TableInput: {
        Name: TABLE,
        TableType: 'EXTERNAL_TABLE',
        Parameters: { EXTERNAL: 'TRUE' },
        PartitionKeys: [{ Name: 'part', Type: 'int' }],
        StorageDescriptor: { ...storage, Location: location },
      },
    }),
  );
  await clients.glue.send(
    new BatchCreatePartitionCommand({
      DatabaseName: database,
      TableName: TABLE,
      PartitionInputList: parts.map((part) => ({
        Values: [String(part)],
        StorageDescriptor: { ...storage, Location: `${location}part=${part}/` },
      })),
    }),
  );
}
