/**
 * Glue, whose answers are moto's but for one thing that moto leaves out: a new schema version is checked against those there
 * are. Glue keeps and numbers a version that it refuses, in status FAILURE, and goes on calling the one before the latest.
 * https://docs.aws.amazon.com/glue/latest/webapi/API_RegisterSchemaVersion.html and, for the refused version,
 * https://github.com/hashicorp/terraform-provider-aws/issues/35152
 */
import avsc from 'avsc';
import { findBackwardIncompatibility, type SchemaIncompatibility } from '../../../core/schema-compat.ts';
import { record, text } from '../actions/call.ts';
import type { Answer } from '../http/answer.ts';
import { AwsError, notImplemented } from '../http/errors.ts';
import type { Upstream } from '../http/upstream.ts';
import type { ServiceCall } from './service.ts';

type Members = Readonly<Record<string, unknown>>;

/** Operations whose answers tell of a version's status or of the latest one. */
const VERSION_OPERATIONS = new Set([
  'GetSchema',
  'GetSchemaByDefinition',
  'GetSchemaVersion',
  'RegisterSchemaVersion',
]);

export class SchemaRegistryService {
  readonly #upstream: Upstream;
  readonly #onWarning: (line: string) => void;
  /** Ids of versions in status FAILURE. */
  readonly #refused = new Set<string>();
  /** Ends when the last registration has: a version is never seen before it is judged. */
  #registered: Promise<unknown> = Promise.resolve();

  constructor(upstream: Upstream, onWarning: (line: string) => void) {
    this.#upstream = upstream;
    this.#onWarning = onWarning;
  }

  readonly answer = async (request: ServiceCall): Promise<Answer> => {
    const { operation, parameters } = request.call;
    if (!VERSION_OPERATIONS.has(operation)) return this.#forward(request, request.body);
    if (operation === 'RegisterSchemaVersion') {
      const registered = this.#registered.then(() => this.#register(request));
      this.#registered = registered.catch(() => undefined);
      return registered;
    }
    await this.#registered;
    if (operation === 'GetSchemaVersion') return this.#getVersion(request);
    const answer = await this.#forward(request, request.body);
    if (operation !== 'GetSchema') return this.#tellRefused(answer);
    return change(answer, async () => ({
      LatestSchemaVersion: await this.#latest(record(parameters, 'SchemaId')),
    }));
  };

  async #register(request: ServiceCall): Promise<Answer> {
    const { parameters } = request.call;
    const schemaId = record(parameters, 'SchemaId');
    const schema = await this.#ask('GetSchema', { SchemaId: schemaId });
    const found = schema && (await this.#judge(schemaId, schema, text(parameters, 'SchemaDefinition') ?? ''));
    const answer = await this.#forward(request, request.body);
    const { SchemaVersionId: id, VersionNumber: number } = membersOf(answer);
    // One that was there before has the status that it has.
    if (found !== undefined && typeof id === 'string' && number === schema?.['NextSchemaVersion']) {
      this.#refused.add(id);
      this.#onWarning(
        `schema ${String(schema?.['SchemaName'])}: version ${String(number)} is refused for field ${found.field}: ${found.why}`,
      );
    }
    return this.#tellRefused(answer);
  }

  /** What stands in the way of a new version, by the schema's compatibility mode. */
  async #judge(
    schemaId: Members,
    schema: Members,
    definition: string,
  ): Promise<SchemaIncompatibility | undefined> {
    const mode = String(schema['Compatibility']);
    // Glue takes no version at all of a disabled schema, and moto says so.
    if (mode === 'NONE' || mode === 'DISABLED') return undefined;
    if (schema['DataFormat'] !== 'AVRO') {
      throw notImplemented(
        'json',
        `The compatibility of ${String(schema['DataFormat'])} schemas is not checked here.`,
      );
    }
    const next = parseAvro(definition);
    for (const previous of await this.#versions(schemaId, mode.endsWith('_ALL'))) {
      const found =
        (mode.startsWith('FORWARD') ? undefined : findBackwardIncompatibility(next, previous)) ??
        (mode.startsWith('BACKWARD') ? undefined : findBackwardIncompatibility(previous, next));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Definitions of the versions that were not refused, newest first; of the latest alone unless `all`. */
  async #versions(schemaId: Members, all: boolean): Promise<unknown[]> {
    const definitions: unknown[] = [];
    for (
      let number = await this.#latest(schemaId);
      number > 0 && (all || definitions.length === 0);
      number -= 1
    ) {
      const version = await this.#version(schemaId, number);
      const definition = version && text(version, 'SchemaDefinition');
      if (definition !== undefined && !this.#isRefused(version ?? {}))
        definitions.push(JSON.parse(definition));
    }
    return definitions;
  }

  async #getVersion(request: ServiceCall): Promise<Answer> {
    const { parameters } = request.call;
    const asked = record(parameters, 'SchemaVersionNumber');
    if (asked['LatestVersion'] !== true) return this.#tellRefused(await this.#forward(request, request.body));
    const latest = await this.#latest(record(parameters, 'SchemaId'));
    if (latest === 0) return this.#forward(request, request.body);
    const body = { ...parameters, SchemaVersionNumber: { VersionNumber: latest } };
    return this.#forward(request, Buffer.from(JSON.stringify(body)));
  }

  /** Number of the latest version that was not refused; 0 for a schema that is not there. */
  async #latest(schemaId: Members): Promise<number> {
    const schema = await this.#ask('GetSchema', { SchemaId: schemaId });
    let number = Number(schema?.['LatestSchemaVersion'] ?? 0);
    while (number > 1 && this.#isRefused((await this.#version(schemaId, number)) ?? {})) number -= 1;
    return number;
  }

  #version(schemaId: Members, number: number): Promise<Members | undefined> {
    return this.#ask('GetSchemaVersion', {
      SchemaId: schemaId,
      SchemaVersionNumber: { VersionNumber: number },
    });
  }

  /** Asks moto; undefined if it knows no such thing or refuses the question, as it will again when the client's is forwarded. */
  async #ask(operation: string, parameters: Members): Promise<Members | undefined> {
    const answer = await this.#upstream.call({
      method: 'POST',
      path: '/',
      service: 'glue',
      headers: { 'x-amz-target': `AWSGlue.${operation}`, 'content-type': 'application/x-amz-json-1.1' },
      body: Buffer.from(JSON.stringify(parameters)),
    });
    return answer.status === 200 ? (JSON.parse(answer.body.toString('utf8')) as Members) : undefined;
  }

  #tellRefused(answer: Answer): Promise<Answer> {
    return change(answer, (members) => (this.#isRefused(members) ? { Status: 'FAILURE' } : {}));
  }

  #isRefused({ SchemaVersionId: id }: Members): boolean {
    return typeof id === 'string' && this.#refused.has(id);
  }

  async #forward({ call }: ServiceCall, body: Buffer): Promise<Answer> {
    const { method, path, headers } = call;
    const answer = await this.#upstream.call({ method, path, headers, service: 'glue', body });
    const contentType = answer.headers['content-type'] ?? 'application/x-amz-json-1.1';
    const errorType = answer.headers['x-amzn-errortype'];
    return {
      status: answer.status,
      headers: {
        'content-type': contentType,
        ...(typeof errorType === 'string' && { 'x-amzn-errortype': errorType }),
      },
      body: answer.body,
    };
  }
}

function membersOf({ status, body }: Answer): Members {
  return status === 200 ? (JSON.parse(body.toString()) as Members) : {};
}

/** A successful answer with other values for some of its members. */
async function change(
  answer: Answer,
  make: (members: Members) => Members | Promise<Members>,
): Promise<Answer> {
  if (answer.status !== 200) return answer;
  const members = membersOf(answer);
  return { ...answer, body: JSON.stringify({ ...members, ...(await make(members)) }) };
}

function parseAvro(definition: string): unknown {
  try {
    const schema: unknown = JSON.parse(definition);
    avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: true });
    return schema;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AwsError(
      400,
      'InvalidInputException',
      `Schema definition of AVRO data format is invalid: ${why}`,
    );
  }
}
