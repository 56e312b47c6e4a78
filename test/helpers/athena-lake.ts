/** A lake's catalog and objects behind the gateway, made by hand, and the real Athena engine over them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AthenaClient, CreateWorkGroupCommand } from '@aws-sdk/client-athena';
import {
  BatchCreatePartitionCommand,
  CreateDatabaseCommand,
  CreateTableCommand,
  GlueClient,
  type TableInput,
} from '@aws-sdk/client-glue';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { CuratedRow } from '../../core/curation.ts';
import type { Quote } from '../../core/quote.ts';
import { createDuckDbEngine } from '../../local/athena/index.ts';
import type {
  AthenaEngine,
  AthenaQuery,
  AthenaQueryResult,
  AwsCredentials,
} from '../../local/gateway/index.ts';
import { type Guard, startGuard } from '../../local/supervisor/index.ts';
import { toolPaths } from '../../local/tools.ts';
import { REGION, startTestEndpoint, type TestEndpoint } from './aws-endpoint.ts';

export const SERDES = {
  parquet: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
  avro: 'org.apache.hadoop.hive.serde2.avro.AvroSerDe',
  json: 'org.openx.data.jsonserde.JsonSerDe',
  csv: 'org.apache.hadoop.hive.serde2.OpenCSVSerde',
  text: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe',
} as const;

export interface TableOptions {
  /** name -> Hive type */
  readonly columns: Readonly<Record<string, string>>;
  readonly keys?: Readonly<Record<string, string>>;
  readonly location: string;
  readonly format?: keyof typeof SERDES;
  readonly properties?: Readonly<Record<string, string>>;
  readonly serdeProperties?: Readonly<Record<string, string>>;
}

export type Rows = (string | null)[][];

export class AthenaLake {
  readonly endpoint: TestEndpoint;
  readonly engine: AthenaEngine;
  readonly s3: S3Client;
  readonly glue: GlueClient;
  private readonly guard: Guard;
  private readonly dir: string;

  private constructor(endpoint: TestEndpoint, guard: Guard, dir: string) {
    this.endpoint = endpoint;
    this.guard = guard;
    this.dir = dir;
    this.s3 = new S3Client({ ...endpoint.as(), forcePathStyle: true });
    this.glue = new GlueClient(endpoint.as());
    this.engine = createDuckDbEngine({
      guard,
      tools: toolPaths(),
      logs: dir,
      tempDirectory: join(dir, 'spill'),
    });
  }

  /** With bucket and database `lake`. */
  static async start(): Promise<AthenaLake> {
    const endpoint = await startTestEndpoint();
    const dir = await mkdtemp(join(tmpdir(), 'tickerlake-athena-'));
    const lake = new AthenaLake(endpoint, await startGuard(), dir);
    await lake.s3.send(new CreateBucketCommand({ Bucket: 'lake' }));
    await lake.glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'lake' } }));
    return lake;
  }

  async put(key: string, body: Uint8Array | string): Promise<void> {
    await this.s3.send(new PutObjectCommand({ Bucket: 'lake', Key: key, Body: body }));
  }

  async createTable(name: string, options: TableOptions): Promise<void> {
    const {
      columns,
      keys = {},
      location,
      format = 'parquet',
      properties = {},
      serdeProperties = {},
    } = options;
    const list = (types: Readonly<Record<string, string>>): { Name: string; Type: string }[] =>
      Object.entries(types).map(([Name, Type]) => ({ Name, Type }));
    await this.addTable({
      Name: name,
      TableType: 'EXTERNAL_TABLE',
      Parameters: { EXTERNAL: 'TRUE', ...properties },
      PartitionKeys: list(keys),
      StorageDescriptor: {
        Columns: list(columns),
        Location: location,
        SerdeInfo: { SerializationLibrary: SERDES[format], Parameters: { ...serdeProperties } },
      },
    });
  }

  async addTable(input: TableInput): Promise<void> {
    await this.glue.send(new CreateTableCommand({ DatabaseName: 'lake', TableInput: input }));
  }

  /** location -> key values */
  async register(table: string, partitions: Readonly<Record<string, readonly string[]>>): Promise<void> {
    await this.registerIn('lake', table, partitions);
  }

  /** Likewise, in another database. */
  async registerIn(
    database: string,
    table: string,
    partitions: Readonly<Record<string, readonly string[]>>,
  ): Promise<void> {
    const list = Object.entries(partitions).map(([Location, Values]) => ({
      Values: [...Values],
      StorageDescriptor: { Location },
    }));
    const command = new BatchCreatePartitionCommand({
      DatabaseName: database,
      TableName: table,
      PartitionInputList: list,
    });
    await this.glue.send(command);
  }

  private query(sql: string, options: Partial<AthenaQuery> = {}): Promise<AthenaQueryResult> {
    return this.engine.execute({
      sql,
      database: 'lake',
      credentials: this.endpoint.gateway.operator,
      endpoint: this.endpoint.gateway.endpoint,
      region: REGION,
      signal: new AbortController().signal,
      ...options,
    });
  }

  /** The whole answer. */
  async answer(
    sql: string,
    options: Partial<AthenaQuery> = {},
  ): Promise<Omit<AthenaQueryResult, 'rows'> & { readonly rows: Rows }> {
    const result = await this.query(sql, options);
    const rows: Rows = [];
    for await (const batch of result.rows) rows.push(...batch.map((row) => [...row]));
    return { ...result, rows };
  }

  async rows(sql: string, options: Partial<AthenaQuery> = {}): Promise<Rows> {
    return (await this.answer(sql, options)).rows;
  }

  /** The failure's message, or that there was none. */
  async failure(sql: string, options: Partial<AthenaQuery> = {}): Promise<string> {
    return this.rows(sql, options).then(
      () => 'it succeeded',
      (error: unknown) => (error as Error).message,
    );
  }

  /** Has the endpoint's Athena API run queries here, in a workgroup whose results are below s3://results/<workgroup>/. */
  async serve(workgroup: string): Promise<void> {
    this.endpoint.gateway.registerAthena(this.engine);
    await this.s3.send(new CreateBucketCommand({ Bucket: 'results' }));
    const athena = new AthenaClient(this.endpoint.as());
    const ResultConfiguration = { OutputLocation: `s3://results/${workgroup}/` };
    await athena.send(
      new CreateWorkGroupCommand({ Name: workgroup, Configuration: { ResultConfiguration } }),
    );
    athena.destroy();
  }

  /** Credentials of a new role with these statements. */
  role(name: string, statements: Parameters<TestEndpoint['role']>[1]): AwsCredentials {
    return this.endpoint.role(name, statements).credentials;
  }

  async stop(): Promise<void> {
    this.s3.destroy();
    this.glue.destroy();
    await this.engine.close();
    await this.guard.stopAll();
    await this.endpoint.stop();
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** A curated row of a symbol at a time; what is not stated is null. */
export function curatedRow(
  symbol: string,
  at: string,
  offset: number,
  fields: Partial<Quote> = {},
): CuratedRow {
  const eventTime = Date.parse(at);
  const nothing = {
    companyName: null,
    primaryExchange: null,
    sector: null,
    calculationPrice: null,
    open: null,
    openTime: null,
    close: null,
    closeTime: null,
    high: null,
    low: null,
    latestPrice: null,
    latestSource: null,
    latestTime: null,
    latestVolume: null,
    week52High: null,
    week52Low: null,
  };
  const quote: Quote = { symbol, ...nothing, latestUpdate: eventTime, ...fields };
  return { quote, offset, timestamp: eventTime, eventTime };
}
