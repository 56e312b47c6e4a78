/** Calls to AWS services at the local endpoint: the deploying operator's, and those that Lambda makes as a function's role. */
import { createHash, createHmac } from 'node:crypto';
import { Agent, type IncomingHttpHeaders, request as openRequest } from 'node:http';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Signing name, header prefix and content type of the services that speak AWS's JSON protocol. */
const JSON_SERVICES = {
  athena: { target: 'AmazonAthena', version: '1.1' },
  glue: { target: 'AWSGlue', version: '1.1' },
  kms: { target: 'TrentService', version: '1.1' },
  secretsmanager: { target: 'secretsmanager', version: '1.1' },
  sqs: { target: 'AmazonSQS', version: '1.0' },
  ssm: { target: 'AmazonSSM', version: '1.1' },
} as const;

export type JsonService = keyof typeof JSON_SERVICES;

/** An error that a service answered with. */
export class AwsCallError extends Error {
  override readonly name = 'AwsCallError';
  /** The service's own code: `EntityNotFoundException`. */
  readonly code: string;

  constructor(service: string, action: string, code: string, message: string) {
    super(`${service} ${action} answered ${code}: ${message}`);
    this.code = code;
  }
}

/** SHA-256 as the signer wants it; with a secret, its HMAC. */
class Sha256 {
  private readonly hash: { update(data: string | Buffer): unknown; digest(): Buffer };

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', textOrBytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(textOrBytes(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }

  reset(): never {
    throw new Error('each hash is made anew');
  }
}

function textOrBytes(data: string | ArrayBuffer | ArrayBufferView): string | Buffer {
  if (typeof data === 'string') return data;
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data);
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const isOk = ({ status }: Answer): boolean => status >= 200 && status < 300;

/** Of all callers in this process. An idle connection does not keep it alive. */
const AGENT = new Agent({ keepAlive: true });

export class AwsApi {
  readonly endpoint: string;
  readonly region: string;
  private readonly credentials: () => Credentials;

  /** `credentials` is asked for each call, since those of a session end. */
  constructor(endpoint: string, region: string, credentials: () => Credentials) {
    this.endpoint = endpoint;
    this.region = region;
    this.credentials = credentials;
  }

  /** One call of a JSON-protocol service; input and output are as the API reference shows them. */
  async json(service: JsonService, action: string, input: object): Promise<Record<string, unknown>> {
    const { target, version } = JSON_SERVICES[service];
    const headers = {
      'content-type': `application/x-amz-json-${version}`,
      'x-amz-target': `${target}.${action}`,
    };
    const response = await this.send(service, 'POST', '/', headers, JSON.stringify(input));
    const { text } = response;
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    if (isOk(response)) return body;
    const code = (textOf(body['__type']) ?? String(response.status)).replace(/^.*#/, '');
    throw new AwsCallError(service, action, code, textOf(body['message']) ?? textOf(body['Message']) ?? text);
  }

  /** One call of a REST service, such as `PUT /bucket?versioning` of S3; gives the body of the answer. */
  async rest(
    service: 'kafka' | 'lambda' | 's3',
    method: string,
    path: string,
    body = '',
    headers: Record<string, string> = {},
  ): Promise<string> {
    const response = await this.send(service, method, path, headers, body);
    const { text } = response;
    if (isOk(response)) return text;
    const code =
      textOf(response.headers['x-amzn-errortype']) ?? xmlText(text, 'Code') ?? String(response.status);
    throw new AwsCallError(service, `${method} ${path}`, code, xmlText(text, 'Message') ?? text);
  }

  private async send(
    service: string,
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string,
  ): Promise<Answer> {
    const url = new URL(path, this.endpoint);
    const signer = new SignatureV4({
      service,
      region: this.region,
      credentials: this.credentials(),
      sha256: Sha256,
      uriEscapePath: service !== 's3',
    });
    const request = new HttpRequest({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      port: Number(url.port),
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { host: url.host, ...headers },
      body,
    });
    const signed = await signer.sign(request);
    return exchange(url, method, signed.headers, body);
  }
}

async function exchange(
  url: URL,
  method: string,
  headers: Record<string, string>,
  body: string,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const length = { 'content-length': Buffer.byteLength(body) };
  const outgoing = openRequest(
    url,
    { method, agent: AGENT, headers: { ...headers, ...length } },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    },
  );
  outgoing.once('error', reject);
  outgoing.end(body);
  return promise;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function xmlText(xml: string, tag: string): string | undefined {
  return new RegExp(`<${tag}>(.*?)</${tag}>`).exec(xml)?.[1];
}
