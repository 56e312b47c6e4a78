/**
 * What one caller's queries share: AWS clients with the caller's credentials and a DuckDB of its own. DuckDB keeps secrets and
 * cached bytes per instance, so another caller can neither borrow the grants nor read what they fetched.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { AwsCredentials } from '../gateway/types.ts';
import { AvroCopies } from './avro-copies.ts';
import { MetadataFiles } from './iceberg/metadata-files.ts';
import { ParquetFooters } from './parquet-footers.ts';
import { literal } from './sql-text.ts';

export interface DuckDbLimits {
  /** Folder of <name>.duckdb_extension files of the embedded DuckDB's version. */
  readonly extensions: string;
  /** Where what does not fit in memory is spilt. */
  readonly tempDirectory: string;
  /** DuckDB size, such as 2GB. */
  readonly memoryLimit: string;
  readonly threads: number;
}

export interface Caller {
  readonly credentials: AwsCredentials;
  readonly endpoint: string;
  readonly region: string;
}

const EXTENSIONS = ['httpfs', 'avro'];

export class Session {
  readonly glue: GlueClient;
  readonly s3: S3Client;
  readonly footers = new ParquetFooters();
  readonly icebergMetadata: MetadataFiles;
  readonly avroCopies: AvroCopies;
  readonly #duckdb: DuckDBInstance;

  private constructor(
    duckdb: DuckDBInstance,
    { credentials, endpoint, region }: Caller,
    tempDirectory: string,
  ) {
    this.#duckdb = duckdb;
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const client = { endpoint, region, credentials: { accessKeyId, secretAccessKey, sessionToken } };
    this.glue = new GlueClient(client);
    this.s3 = new S3Client({ ...client, forcePathStyle: true });
    this.icebergMetadata = new MetadataFiles(this.s3);
    this.avroCopies = new AvroCopies(this.s3, tempDirectory);
  }

  static async open(caller: Caller, limits: DuckDbLimits): Promise<Session> {
    const duckdb = await DuckDBInstance.create(':memory:', {
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      memory_limit: limits.memoryLimit,
      temp_directory: limits.tempDirectory,
      threads: String(limits.threads),
    });
    const connection = await duckdb.connect();
    try {
      for (const name of EXTENSIONS)
        await connection.run(`LOAD ${literal(join(limits.extensions, `${name}.duckdb_extension`))}`);
      await connection.run("SET GLOBAL TimeZone = 'UTC'; SET GLOBAL integer_division = true");
      await connection.run(secret(caller));
      await connection.run(await readFile(join(import.meta.dirname, 'functions.sql'), 'utf8'));
    } finally {
      connection.closeSync();
    }
    return new Session(duckdb, caller, limits.tempDirectory);
  }

  /** A connection for one query; the caller closes it. */
  async connect(): Promise<DuckDBConnection> {
    return this.#duckdb.connect();
  }

  close(): void {
    this.glue.destroy();
    this.s3.destroy();
    this.avroCopies.close();
    this.#duckdb.closeSync();
  }
}

function secret({ credentials, endpoint, region }: Caller): string {
  const { host, protocol } = new URL(endpoint);
  const settings = {
    KEY_ID: credentials.accessKeyId,
    SECRET: credentials.secretAccessKey,
    SESSION_TOKEN: credentials.sessionToken,
    REGION: region,
    ENDPOINT: host,
    URL_STYLE: 'path',
  };
  const list = Object.entries(settings).map(([name, value]) => `${name} ${literal(value)}`);
  return `CREATE SECRET lake (TYPE s3, ${list.join(', ')}, USE_SSL ${protocol === 'https:'})`;
}
