/** What tests ask of a running lake, as the operator at its AWS endpoint. */
import { GlueClient } from '@aws-sdk/client-glue';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { locations } from '../../core/layout.ts';
import { type StackPart, stackName } from '../../core/names.ts';
import { TOPICS } from '../../core/topics.ts';
import type { Lake } from '../../local/lake.ts';

interface Produced {
  readonly produced: number;
  readonly partitions: readonly { readonly partition: number; readonly records: number }[];
  readonly rejected: Readonly<Record<string, number>>;
  readonly next?: { readonly tick: number };
}

export class LakeClient {
  readonly lake: Lake;
  readonly s3: S3Client;
  readonly glue: GlueClient;

  constructor(lake: Lake) {
    const { endpoint, region, operator: credentials } = lake;
    this.lake = lake;
    this.s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    this.glue = new GlueClient({ endpoint, region, credentials });
  }

  output(part: StackPart, name: string): string {
    const value = this.lake.outputs[stackName(this.lake.stage, part)]?.[name];
    if (value === undefined) throw new Error(`stack ${part} has no output ${name}`);
    return value;
  }

  /** Invokes a function and gives its result; a failure of the function is an error with its payload. */
  async invoke(functionName: string, event: object): Promise<unknown> {
    const payload = Buffer.from(JSON.stringify(event));
    const result = await this.lake.functions.invoke({ functionName, payload, type: 'RequestResponse' });
    if (result.functionError !== undefined) throw new Error(result.payload.toString());
    return JSON.parse(result.payload.toString());
  }

  /** Produces simulated quotes. */
  async produce(records: number, fromTick = 0): Promise<Produced> {
    const event = { source: 'simulator', simulator: { intervalMs: 60_000, fromTick, records } };
    return (await this.invoke(this.output('pipeline', 'ProduceQuotesFunctionName'), event)) as Produced;
  }

  async keys(bucket: string, prefix = ''): Promise<string[]> {
    const keys: string[] = [];
    for await (const page of paginateListObjectsV2({ client: this.s3 }, { Bucket: bucket, Prefix: prefix })) {
      keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
    }
    return keys;
  }

  async text(bucket: string, key: string): Promise<string> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await Body?.transformToString()) ?? '';
  }

  /** Records of a topic that curate-quotes has receipts for. */
  async recordsWithReceipt(topic: string = TOPICS.quotes.name): Promise<number> {
    const bucket = this.output('lake', 'LakeBucketName');
    const keys = await this.keys(bucket, locations.receipts(topic));
    const texts = await Promise.all(keys.map((key) => this.text(bucket, key)));
    return texts.reduce((sum, text) => sum + (JSON.parse(text) as { records: number }).records, 0);
  }

  close(): void {
    this.s3.destroy();
    this.glue.destroy();
  }
}
