/** The execution environments of one function: warm ones are used again, others start on demand up to the limit. */
import type { FunctionDefinition, InvocationResult } from './function-definition.ts';
import { ACCOUNT_CONCURRENCY, InvocationRefused, MAX_PAYLOAD_BYTES } from './function-definition.ts';
import type { FunctionLog } from './function-log.ts';
import type { InstanceContext } from './instance.ts';
import { Instance } from './instance.ts';

/** What came of an invocation, for whoever counts them. */
export interface Invocation {
  readonly functionName: string;
  readonly outcome: 'succeeded' | 'failed' | 'throttled';
  /** 0 where it did not run. */
  readonly durationMs: number;
}

export class FunctionPool {
  readonly definition: FunctionDefinition;
  readonly log: FunctionLog;
  /** Most invocations at once; 0 refuses all, undefined is the account's limit. */
  reservedConcurrency: number | undefined;
  private readonly context: InstanceContext;
  private readonly onInvocation: (invocation: Invocation) => void;
  private readonly idle: Instance[] = [];
  private readonly busy = new Set<Instance>();
  private running = 0;
  private stopped = false;

  constructor(
    definition: FunctionDefinition,
    log: FunctionLog,
    context: InstanceContext,
    onInvocation: (invocation: Invocation) => void = () => undefined,
  ) {
    this.definition = definition;
    this.log = log;
    this.context = context;
    this.onInvocation = onInvocation;
    this.reservedConcurrency = definition.reservedConcurrency;
  }

  /**
   * Runs one invocation and waits for its result, failed or not.
   * @throws InvocationRefused when it did not run: no concurrency is left, or the payload is too large
   */
  async invoke(payload: Buffer, requestId?: string): Promise<InvocationResult> {
    const { name } = this.definition;
    if (payload.length > MAX_PAYLOAD_BYTES) {
      throw new InvocationRefused(
        'RequestTooLargeException',
        `${payload.length} byte payload is too large for ${name}`,
      );
    }
    const limit = this.reservedConcurrency ?? ACCOUNT_CONCURRENCY;
    if (this.stopped || this.running >= limit) {
      this.onInvocation({ functionName: name, outcome: 'throttled', durationMs: 0 });
      throw new InvocationRefused(
        'TooManyRequestsException',
        `Rate Exceeded: ${name} runs ${this.running} of ${limit}`,
      );
    }
    this.running++;
    try {
      const instance = this.takeIdle() ?? (await Instance.start(this.definition, this.log, this.context));
      this.busy.add(instance);
      try {
        const result = await instance.invoke(payload, requestId);
        const outcome = result.functionError === undefined ? 'succeeded' : 'failed';
        this.onInvocation({ functionName: name, outcome, durationMs: result.durationMs });
        return result;
      } finally {
        this.busy.delete(instance);
        this.giveBack(instance);
      }
    } finally {
      this.running--;
    }
  }

  /** Ends all environments at once. Invocations under way fail; the next one starts cold. */
  killInstances(): number {
    const all = [...this.busy, ...this.idle.splice(0)];
    for (const instance of all) instance.kill();
    return all.length;
  }

  /** Ends all environments and refuses what comes after. */
  stop(): void {
    this.stopped = true;
    this.killInstances();
  }

  private takeIdle(): Instance | undefined {
    for (;;) {
      const instance = this.idle.pop();
      if (instance === undefined || instance.usable) return instance;
      instance.kill();
    }
  }

  private giveBack(instance: Instance): void {
    if (this.stopped || !instance.usable) instance.kill();
    else this.idle.push(instance);
  }
}
