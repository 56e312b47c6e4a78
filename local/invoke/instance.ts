/** One execution environment: a child process that runs one invocation at a time, and its Runtime API. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { nameFromArn } from '../arn.ts';
import type { Surroundings } from './environment.ts';
import { environmentOf } from './environment.ts';
import type { FunctionDefinition, InvocationResult } from './function-definition.ts';
import { failurePayload, INIT_TIMEOUT_MS, MAX_PAYLOAD_BYTES } from './function-definition.ts';
import type { FunctionLog } from './function-log.ts';
import { reportLine } from './function-log.ts';
import { MemoryLimit } from './memory-limit.ts';
import type { ChildProcess, ProcessPort } from './process-port.ts';
import { RuntimeApi } from './runtime-api.ts';

/** Credentials are renewed by a new environment, well before they end, as Lambda recycles its own. */
const RENEWAL_MARGIN_MS = 5 * 60_000;
const BOOTSTRAP = join(import.meta.dirname, 'bootstrap.ts');

/** As the Lambda service words the signals that a runtime may end by. */
const SIGNAL_NAMES: Readonly<Record<string, string>> = {
  SIGABRT: 'aborted',
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
};

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export interface InstanceContext {
  readonly processes: ProcessPort;
  /** The pinned Node. */
  readonly node: string;
  /** Known once the engines run; no function starts before. */
  readonly surroundings: () => Promise<Surroundings>;
  readonly issueCredentials: (roleName: string, sessionName: string) => SessionCredentials;
}

type Outcome =
  | { readonly kind: 'response' | 'error'; readonly payload: Buffer }
  | { readonly kind: 'exit'; readonly payload: Buffer }
  | { readonly kind: 'timeout'; readonly payload: Buffer };

export class Instance {
  readonly definition: FunctionDefinition;
  private readonly log: FunctionLog;
  private readonly api: RuntimeApi;
  private readonly process: ChildProcess;
  private readonly expiresAtMs: number;
  private readonly startedAtMs = performance.now();
  private dead = false;
  private warm = false;

  private constructor(
    definition: FunctionDefinition,
    log: FunctionLog,
    api: RuntimeApi,
    child: ChildProcess,
    expiration: Date,
  ) {
    this.definition = definition;
    this.log = log;
    this.api = api;
    this.process = child;
    this.expiresAtMs = expiration.getTime();
    void child.exited.then(() => {
      this.dead = true;
      this.api.stop();
    });
  }

  /** Starts the process; its init phase is part of the first invocation. */
  static async start(
    definition: FunctionDefinition,
    log: FunctionLog,
    context: InstanceContext,
  ): Promise<Instance> {
    const surroundings = await context.surroundings();
    const api = await RuntimeApi.start();
    const credentials = context.issueCredentials(nameFromArn(definition.roleArn), definition.name);
    const logStream = `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${randomUUID().replaceAll('-', '')}`;
    const child = await context.processes.spawn({
      name: definition.name,
      command: context.node,
      args: [`--max-old-space-size=${Math.floor(definition.memoryMb * 0.9)}`, BOOTSTRAP],
      env: environmentOf(definition, credentials, surroundings, api.address, logStream),
      cwd: definition.codeDirectory,
      logFile: log.file,
    });
    return new Instance(definition, log, api, child, credentials.expiration);
  }

  /** Whether it can take another invocation. */
  get usable(): boolean {
    return !this.dead && Date.now() < this.expiresAtMs - RENEWAL_MARGIN_MS;
  }

  /** Runs one invocation. A time-out, a crash and an oversized response end as a failure payload, as Lambda words it. */
  async invoke(payload: Buffer, requestId: string = randomUUID()): Promise<InvocationResult> {
    const logStart = this.log.position;
    const memory = new MemoryLimit(this.process.pid, this.definition.memoryMb, () => {
      this.kill();
    });
    const initMs = this.warm ? undefined : await this.initialise();
    this.log.append(`START RequestId: ${requestId} Version: $LATEST`);
    const startMs = performance.now();
    let outcome = await this.run(payload, requestId);
    // What ended too fast to be seen on its way is killed at its end.
    if (memory.end() && outcome.kind !== 'timeout') outcome = await this.exit(requestId);
    if (outcome.kind === 'exit') this.log.append(exitLines(outcome.payload));
    this.log.append(`END RequestId: ${requestId}`);
    const durationMs = performance.now() - startMs;
    this.log.append(
      reportLine({
        requestId,
        durationMs,
        memoryMb: this.definition.memoryMb,
        maxMemoryMb: memory.usedMb,
        initMs: typeof initMs === 'number' ? initMs : undefined,
        status: outcome.kind === 'timeout' ? 'timeout' : outcome.kind === 'response' ? undefined : 'error',
      }),
    );
    return {
      payload: outcome.payload,
      ...(outcome.kind === 'response' ? {} : { functionError: 'Unhandled' }),
      logTail: this.log.tailSince(logStart),
      durationMs,
    };
  }

  /** Ends the process at once; an invocation under way fails. */
  kill(): void {
    this.dead = true;
    this.process.kill('SIGKILL');
  }

  private async run(payload: Buffer, requestId: string): Promise<Outcome> {
    const { timeoutMs, arn } = this.definition;
    const expiry = Promise.withResolvers<Outcome>();
    const seconds = (timeoutMs / 1000).toFixed(2);
    const timer = setTimeout(() => {
      const message = `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`;
      expiry.resolve({ kind: 'timeout', payload: failurePayload('Sandbox.Timedout', message) });
    }, timeoutMs);
    try {
      const outcome = await Promise.race([
        this.api.invoke({ requestId, payload, deadlineMs: Date.now() + timeoutMs, functionArn: arn }),
        expiry.promise,
        this.exit(requestId),
        this.api.initError.then((error): Outcome => ({ kind: 'error', payload: error })),
      ]);
      if (outcome.kind === 'timeout') {
        this.log.append(`${new Date().toISOString()} ${requestId} Task timed out after ${seconds} seconds`);
        this.kill();
      }
      return outcome.kind === 'response' ? withinLimit(outcome.payload) : outcome;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Milliseconds until the runtime asked for work; undefined when it never did (the invocation then tells why). */
  private async initialise(): Promise<number | undefined> {
    this.warm = true;
    const deadline = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => {
      this.kill();
      deadline.resolve(undefined);
    }, INIT_TIMEOUT_MS);
    const failed = Promise.race([this.process.exited, this.api.initError]).then(() => undefined);
    const ready = this.api.ready.then(() => performance.now() - this.startedAtMs);
    try {
      return await Promise.race([ready, failed, deadline.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async exit(requestId: string): Promise<Outcome> {
    const { code, signal } = await this.process.exited;
    const status =
      signal === null ? `exit status ${code ?? 'unknown'}` : `signal: ${SIGNAL_NAMES[signal] ?? signal}`;
    const message = `RequestId: ${requestId} Error: Runtime exited with error: ${status}`;
    return { kind: 'exit', payload: failurePayload('Runtime.ExitError', message) };
  }
}

function withinLimit(payload: Buffer): Outcome {
  if (payload.length <= MAX_PAYLOAD_BYTES) return { kind: 'response', payload };
  const message = `Response payload size exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`;
  return { kind: 'error', payload: failurePayload('Function.ResponseSizeTooLarge', message) };
}

/** What Lambda leaves in the log of a runtime that ended: the message, then its type. */
function exitLines(payload: Buffer): string {
  const { errorType, errorMessage } = JSON.parse(payload.toString('utf8')) as Record<string, string>;
  return `${errorMessage ?? ''}\n${errorType ?? ''}`;
}
