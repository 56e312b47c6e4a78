import {
  type EventSourceMappingConfiguration,
  GetEventSourceMappingCommand,
  type LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { TickerlakeError } from '../../core/errors.ts';
import { waitUntil } from '../wait-until.ts';

const STANDSTILL_MS = 90_000;
const POLL_MS = 300;

/** The mapping that delivers the topic to a function: it can be paused, and must be resumed. */
export class EventSource {
  readonly uuid: string;
  readonly #lambda: LambdaClient;
  readonly #functionName: string;

  private constructor(lambda: LambdaClient, functionName: string, uuid: string) {
    this.#lambda = lambda;
    this.#functionName = functionName;
    this.uuid = uuid;
  }

  /** @throws TickerlakeError RESOURCE_FAILED unless the function has exactly one mapping for the source */
  static async find(lambda: LambdaClient, functionName: string, sourceArn: string): Promise<EventSource> {
    const { EventSourceMappings: mappings = [] } = await lambda.send(
      new ListEventSourceMappingsCommand({ FunctionName: functionName, EventSourceArn: sourceArn }),
    );
    const [mapping] = mappings;
    if (mapping?.UUID !== undefined && mappings.length === 1) {
      return new EventSource(lambda, functionName, mapping.UUID);
    }
    throw new TickerlakeError(
      'RESOURCE_FAILED',
      `${functionName} has ${mappings.length} event source mappings for the topic, not one`,
      { hint: `aws lambda list-event-source-mappings --function-name ${functionName}` },
    );
  }

  /** What a person types to resume it, should this process not live to. */
  get resumeCommand(): string {
    return `aws lambda update-event-source-mapping --uuid ${this.uuid} --enabled`;
  }

  /** Whether it delivers, or is about to. */
  async isEnabled(): Promise<boolean> {
    return ['Creating', 'Enabling', 'Enabled', 'Updating'].includes(await this.#state());
  }

  /** Resolves when it polls no more. */
  async pause(signal: AbortSignal, report?: (text: string) => void): Promise<void> {
    const state = await this.#settle(signal, report);
    if (state !== 'Disabled') await this.#set(false, signal);
    await this.#reach(['Disabled'], signal, report);
  }

  /** Resolves when it polls again. */
  async resume(signal: AbortSignal, report?: (text: string) => void): Promise<void> {
    const state = await this.#settle(signal, report);
    if (state !== 'Enabled') await this.#set(true, signal);
    await this.#reach(['Enabled'], signal, report);
  }

  /** Waits for a change under way, for Lambda takes none before its end: ResourceInUseException. Gives the state. */
  async #settle(signal: AbortSignal, report?: (text: string) => void): Promise<string> {
    return this.#reach(['Enabled', 'Disabled'], signal, report);
  }

  /** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html */
  async #set(enabled: boolean, signal: AbortSignal): Promise<void> {
    await this.#lambda.send(new UpdateEventSourceMappingCommand({ UUID: this.uuid, Enabled: enabled }), {
      abortSignal: signal,
    });
  }

  async #state(): Promise<string> {
    const { State: state = '' }: EventSourceMappingConfiguration = await this.#lambda.send(
      new GetEventSourceMappingCommand({ UUID: this.uuid }),
    );
    return state;
  }

  async #reach(
    wanted: readonly string[],
    signal: AbortSignal,
    report?: (text: string) => void,
  ): Promise<string> {
    let changes = 0;
    let last = '';
    return waitUntil<string>({
      signal,
      standstillMs: STANDSTILL_MS,
      pollMs: POLL_MS,
      ...(report === undefined ? {} : { report }),
      look: async () => {
        const state = await this.#state();
        if (wanted.includes(state)) return { done: true, value: state };
        if (state !== last) changes += 1;
        last = state;
        return {
          done: false,
          mark: changes,
          waitingFor: `the event source is ${state}, not ${wanted.join(' or ')}`,
        };
      },
      explain: (waitingFor) =>
        Promise.resolve({
          message: `${waitingFor} for ${STANDSTILL_MS / 1000} s`,
          hint: `tickerlake logs ${this.#functionName}; to have it deliver again: ${this.resumeCommand}`,
        }),
    });
  }
}
