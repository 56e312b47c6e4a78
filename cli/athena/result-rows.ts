import type { AthenaClient } from '@aws-sdk/client-athena';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { TickerlakeError } from '../../core/errors.ts';
import { type ResultRow, readResultCsv } from './result-csv.ts';
import { type QueryRequest, runQuery } from './run-query.ts';

/** Runs a statement and streams all its rows from where Athena wrote them, the head first, a chunk of the file in memory. */
export async function* queryRows(
  athena: AthenaClient,
  s3: S3Client,
  request: QueryRequest,
): AsyncGenerator<readonly ResultRow[]> {
  const { outputLocation } = await runQuery(athena, request);
  yield* resultRows(s3, outputLocation);
}

/** The rows of a result file, the head first. @param location `s3://…/<id>.csv` */
export async function* resultRows(s3: S3Client, location: string): AsyncGenerator<readonly ResultRow[]> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(location) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new TickerlakeError('QUERY_FAILED', `the query's result is nowhere: "${location}"`);
  }
  const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  if (body === undefined) throw new TickerlakeError('QUERY_FAILED', `${location} is empty`);
  yield* readResultCsv(body as AsyncIterable<Uint8Array>);
}

/** Without the head, whose names the caller knows. */
export async function* withoutHead(
  batches: AsyncIterable<readonly ResultRow[]>,
): AsyncGenerator<readonly ResultRow[]> {
  let isHead = true;
  for await (const batch of batches) {
    yield isHead ? batch.slice(1) : batch;
    isHead = false;
  }
}
