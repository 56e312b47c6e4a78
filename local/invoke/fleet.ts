/** All functions of a running lake, and the Lambda service in front of them. */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LambdaInvocation, LambdaPort, LambdaResult } from '../gateway/index.ts';
import type { AsyncPolicy, FailureRecord } from './async-queue.ts';
import { AsyncQueue, DEFAULT_ASYNC_POLICY } from './async-queue.ts';
import type { FunctionDefinition, InvocationResult } from './function-definition.ts';
import { ACCOUNT_CONCURRENCY, InvocationRefused } from './function-definition.ts';
import { FunctionLog } from './function-log.ts';
import { FunctionPool, type Invocation } from './function-pool.ts';
import type { InstanceContext } from './instance.ts';

export interface FleetOptions extends InstanceContext {
  readonly logsDirectory: string;
  /** Name of a function's log file without its extension. */
  readonly logName: (functionName: string) => string;
  readonly onWarning: (line: string) => void;
  /** Is told of every invocation and throttle. @default - nobody is */
  readonly onInvocation?: (invocation: Invocation) => void;
}

/** Since the lake was started. */
export interface FunctionCounts {
  readonly invocations: number;
  readonly errors: number;
}

type FailureSink = (failure: FailureRecord) => Promise<void>;

export class Fleet implements LambdaPort {
  private readonly options: FleetOptions;
  private readonly pools = new Map<string, FunctionPool>();
  private readonly queues = new Map<string, AsyncQueue>();
  private readonly counts = new Map<string, FunctionCounts>();

  constructor(options: FleetOptions) {
    this.options = options;
    mkdirSync(options.logsDirectory, { recursive: true });
  }

  /** Makes a function invocable. Its first environment starts with its first invocation. */
  add(definition: FunctionDefinition): void {
    const file = join(this.options.logsDirectory, `${this.options.logName(definition.name)}.log`);
    const pool = new FunctionPool(definition, new FunctionLog(file), this.options, (invocation) => {
      this.count(invocation);
      this.options.onInvocation?.(invocation);
    });
    this.pools.set(definition.name, pool);
    this.configureAsync(definition.name, DEFAULT_ASYNC_POLICY, (failure) => {
      this.options.onWarning(`${definition.name}: an asynchronous event was given up (${failure.condition})`);
      return Promise.resolve();
    });
  }

  /** Sets what becomes of asynchronous invocations that fail. */
  configureAsync(functionName: string, policy: AsyncPolicy, onFailure: FailureSink): void {
    const pool = this.pool(functionName);
    this.queues.get(pool.definition.name)?.stop();
    const invoke = (payload: Buffer, requestId: string): Promise<InvocationResult> =>
      pool.invoke(payload, requestId);
    const queue = new AsyncQueue(pool.definition.arn, policy, {
      invoke,
      onFailure,
      warn: this.options.onWarning,
    });
    this.queues.set(pool.definition.name, queue);
  }

  /** How often a function was invoked, and how often that failed. */
  countsOf(functionName: string): FunctionCounts {
    return this.counts.get(functionName) ?? { invocations: 0, errors: 0 };
  }

  private count({ functionName, outcome }: Invocation): void {
    if (outcome === 'throttled') return;
    const { invocations, errors } = this.countsOf(functionName);
    this.counts.set(functionName, {
      invocations: invocations + 1,
      errors: errors + (outcome === 'failed' ? 1 : 0),
    });
  }

  get logFiles(): readonly string[] {
    return [...this.pools.values()].map(({ log }) => log.file);
  }

  get definitions(): readonly FunctionDefinition[] {
    return [...this.pools.values()].map(({ definition }) => definition);
  }

  /**
   * The function's pool, by name, ARN or partial ARN, with or without `$LATEST`.
   * @throws InvocationRefused when there is no such function
   */
  pool(nameOrArn: string): FunctionPool {
    const name = /^(?:arn:[^:]+:lambda:[^:]*:[^:]*:function:|\d+:function:)?([^:]+)(?::\$LATEST)?$/.exec(
      nameOrArn,
    )?.[1];
    const pool = this.pools.get(name ?? nameOrArn);
    if (pool === undefined)
      throw new InvocationRefused('ResourceNotFoundException', `Function not found: ${nameOrArn}`);
    return pool;
  }

  async invoke({ functionName, payload, type }: LambdaInvocation): Promise<LambdaResult> {
    const pool = this.pool(functionName);
    const event = payload.length === 0 ? Buffer.from('{}') : payload;
    if (type === 'RequestResponse') return pool.invoke(event);
    if (type === 'Event') this.queues.get(pool.definition.name)?.add(event, randomUUID());
    return { payload: Buffer.alloc(0) };
  }

  describe(functionName: string): Readonly<Record<string, unknown>> | undefined {
    try {
      const { definition } = this.pool(functionName);
      return {
        FunctionName: definition.name,
        FunctionArn: definition.arn,
        Role: definition.roleArn,
        Runtime: 'nodejs24.x',
        Handler: definition.handler,
        Timeout: definition.timeoutMs / 1000,
        MemorySize: definition.memoryMb,
        Environment: { Variables: definition.environment },
        LoggingConfig: { LogGroup: definition.logGroupName },
        State: 'Active',
        LastUpdateStatus: 'Successful',
        Version: '$LATEST',
      };
    } catch (error) {
      if (error instanceof InvocationRefused) return undefined;
      throw error;
    }
  }

  concurrency(): { readonly limit: number; readonly reserved: ReadonlyMap<string, number> } {
    const reserved = new Map<string, number>();
    for (const [name, { reservedConcurrency }] of this.pools)
      if (reservedConcurrency !== undefined) reserved.set(name, reservedConcurrency);
    return { limit: ACCOUNT_CONCURRENCY, reserved };
  }

  reserveConcurrency(functionName: string, executions: number | undefined): void {
    this.pool(functionName).reservedConcurrency = executions;
  }

  stop(): void {
    for (const queue of this.queues.values()) queue.stop();
    for (const pool of this.pools.values()) pool.stop();
  }
}
