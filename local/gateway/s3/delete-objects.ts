/** DeleteObjects: authorised object by object, as S3 does. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
import { createHash } from 'node:crypto';
import { XMLParser } from 'fast-xml-parser';
import type { ApiCall } from '../actions/call.ts';
import { deriveDelete } from '../actions/s3.ts';
import { AwsError, escapeXml } from '../http/errors.ts';
import type { Exchange } from '../http/exchange.ts';
import { type Reply, replyOf } from '../http/reply.ts';
import type { Caller } from '../identity.ts';
import type { S3ServiceOptions } from './options.ts';
import { type Body, readWhole } from './request-body.ts';

const MAX_BODY_BYTES = 4 * 1024 * 1024;
const MAX_OBJECTS = 1000;
const XML = { headers: { 'content-type': 'application/xml' } };

const parser = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  isArray: (name) => name === 'Object' || name === 'Deleted' || name === 'Error',
});

interface ObjectId {
  readonly Key: string;
  readonly VersionId?: string;
}

interface DeletedObject extends ObjectId {
  readonly DeleteMarker?: string;
  readonly DeleteMarkerVersionId?: string;
}

/** Deletes what the caller may delete and reports the rest as errors in the same answer. */
export async function deleteObjects(
  exchange: Exchange,
  call: ApiCall,
  bucket: string,
  caller: Caller,
  body: Body,
  { authorizer, around, upstream, events }: S3ServiceOptions,
): Promise<Reply> {
  const { request, requestId, facts, rawQuery, path } = exchange;
  const { objects, quiet } = parse((await readWhole(body, MAX_BODY_BYTES))?.toString('utf8') ?? '');
  const denied: string[] = [];
  const allowed = objects.filter(({ Key, VersionId }) => {
    const refused = authorizer.decide(caller, deriveDelete(call, bucket, Key, VersionId, around), facts);
    if (refused !== undefined)
      denied.push(
        `<Error><Key>${escapeXml(Key)}</Key><Code>AccessDenied</Code><Message>${escapeXml(refused)}</Message></Error>`,
      );
    return refused === undefined;
  });
  let inner = '';
  if (allowed.length > 0) {
    const forwarded = Buffer.from(renderRequest(allowed));
    const md5 = createHash('md5').update(forwarded).digest('base64');
    const headers = { host: request.headers.host, 'content-type': 'application/xml', 'content-md5': md5 };
    const answer = await upstream.call({
      method: 'POST',
      path: `${path}?${rawQuery}`,
      headers,
      service: 's3',
      body: forwarded,
    });
    if (answer.status !== 200)
      return replyOf({ ...XML, status: answer.status, body: answer.body }, requestId);
    const result = parseResult(answer.body.toString('utf8'));
    for (const { Key, DeleteMarker, DeleteMarkerVersionId, VersionId } of result.deleted)
      events.deleted(bucket, Key, DeleteMarkerVersionId ?? VersionId, DeleteMarker === 'true', requestId);
    inner = (quiet ? '' : result.deleted.map(renderDeleted).join('')) + result.errors;
  }
  const answer = `<?xml version="1.0" encoding="UTF-8"?>\n<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}${denied.join('')}</DeleteResult>`;
  return replyOf({ ...XML, status: 200, body: answer }, requestId);
}

function parse(text: string): { readonly objects: readonly ObjectId[]; readonly quiet: boolean } {
  const document = parser.parse(text) as { Delete?: { Object?: ObjectId[]; Quiet?: string } };
  const objects = document.Delete?.Object ?? [];
  if (
    objects.length === 0 ||
    objects.length > MAX_OBJECTS ||
    objects.some(({ Key }) => typeof Key !== 'string')
  )
    throw new AwsError(
      400,
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  return { objects, quiet: document.Delete?.Quiet === 'true' };
}

function parseResult(text: string): { readonly deleted: readonly DeletedObject[]; readonly errors: string } {
  const { DeleteResult } = parser.parse(text) as {
    DeleteResult?: { Deleted?: DeletedObject[]; Error?: Record<string, string>[] };
  };
  const errors = (DeleteResult?.Error ?? [])
    .map((error) => `<Error>${renderMembers(error)}</Error>`)
    .join('');
  return { deleted: DeleteResult?.Deleted ?? [], errors };
}

const renderMembers = (members: Readonly<Record<string, unknown>>): string =>
  Object.entries(members)
    .filter(([, value]) => typeof value === 'string')
    .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
    .join('');

const renderDeleted = (deleted: DeletedObject): string =>
  `<Deleted>${renderMembers({ ...deleted })}</Deleted>`;

const renderRequest = (objects: readonly ObjectId[]): string =>
  `<Delete>${objects.map(({ Key, VersionId }) => `<Object>${renderMembers({ Key, VersionId })}</Object>`).join('')}</Delete>`;
