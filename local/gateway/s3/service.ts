/** S3: authorised here, kept by the emulator, told to EventBridge. */
import type { ApiCall } from '../actions/call.ts';
import { bucketArn, deriveS3 } from '../actions/s3.ts';
import { accessDenied, notImplemented } from '../http/errors.ts';
import { type Admitted, authenticate, type Exchange } from '../http/exchange.ts';
import { type Reply, relayed } from '../http/reply.ts';
import type { Caller } from '../identity.ts';
import { deleteObjects } from './delete-objects.ts';
import { readHead, type S3Head } from './head.ts';
import { readS3Request, type S3Request } from './operation.ts';
import type { S3ServiceOptions } from './options.ts';
import { type Body, forwardedHeaders, openBody, readWhole } from './request-body.ts';

export class S3Service {
  readonly #options: S3ServiceOptions;

  constructor(options: S3ServiceOptions) {
    this.#options = options;
  }

  /** Finds out what is asked and whether it may be. Throws AwsError. */
  admit(exchange: Exchange): Admitted {
    const head = readHead(exchange);
    const caller = authenticate(exchange, head.payloadHash, this.#options.identities);
    const { method, path, query, headers } = head;
    const s3 = readS3Request(method, path, query, headers);
    if (s3.operation === undefined)
      throw notImplemented(
        's3',
        `${method} ${path}?${[...query.keys()].join('&')} is no S3 operation that the local gateway models`,
      );
    const { operation } = s3;
    const call: ApiCall = {
      service: 's3',
      protocol: 's3',
      operation,
      parameters: {},
      method,
      path,
      query,
      headers,
    };
    // Of many objects, each is authorised when its turn comes.
    if (operation !== 'DeleteObjects') this.#authorize(call, s3, caller, exchange);
    const serve = (body: Body): Promise<Reply> =>
      operation === 'DeleteObjects'
        ? deleteObjects(exchange, call, s3.bucket, caller, body, this.#options)
        : this.#forward(exchange, head, s3, caller, body);
    const open = (): Body => openBody(exchange, head.payloadHash, caller);
    return {
      caller,
      service: 's3',
      operation,
      bucket: s3.bucket === '' ? undefined : s3.bucket,
      key: s3.key === '' ? undefined : s3.key,
      serve: async () => serve(open()),
      whole: async () => {
        const body = await readWhole(open());
        return () => serve(body);
      },
    };
  }

  #authorize(call: ApiCall, s3: S3Request, caller: Caller, { facts }: Exchange): void {
    const { authorizer, around } = this.#options;
    const permissions = deriveS3(call, s3, around);
    if (permissions === undefined)
      throw notImplemented(
        's3',
        `S3 operation ${call.operation} has no IAM action in local/gateway/actions/s3.ts`,
      );
    for (const permission of permissions) {
      const refused = authorizer.decide(caller, permission, facts);
      if (refused !== undefined) throw accessDenied('s3', refused);
    }
  }

  async #forward(
    exchange: Exchange,
    { method, path, rawQuery, headers }: S3Head,
    s3: S3Request,
    caller: Caller,
    body: Body,
  ): Promise<Reply> {
    const answer = await this.#options.upstream.send({
      method,
      path: rawQuery === '' ? path : `${path}?${rawQuery}`,
      headers: forwardedHeaders(headers),
      service: 's3',
      ...(body === undefined ? {} : { body }),
    });
    const status = answer.statusCode ?? 502;
    if (status === 404 && this.#hidesAbsence(exchange, s3, caller)) {
      answer.resume();
      throw accessDenied('s3', 'Access Denied');
    }
    if (status < 300) await this.#options.events.changed(s3, answer, headers, exchange.requestId);
    return relayed(answer);
  }

  /** Who may not list a bucket does not learn that a key is absent: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
  #hidesAbsence({ facts }: Exchange, s3: S3Request, caller: Caller): boolean {
    if (s3.operation !== 'GetObject' && s3.operation !== 'HeadObject') return false;
    const permission = { action: 's3:ListBucket', resource: bucketArn(s3.bucket) };
    // Recorded: the grant is what makes the difference between 404 and 403.
    return this.#options.authorizer.decide(caller, permission, facts) !== undefined;
  }
}
