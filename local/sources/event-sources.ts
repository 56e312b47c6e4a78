/** The event source mappings of a running lake, and the Lambda API's view of them. */
import { TickerlakeError } from '../../core/errors.ts';
import type { EventSourceMapping, EventSourcePort } from '../gateway/index.ts';

/** Something that polls; it starts with its mapping and stops before the engines it polls. It may start again after a stop. */
export interface Poller {
  start(): Promise<void> | void;
  stop(): Promise<void>;
}

/** A mapping as people see it. */
export interface MappingSummary {
  readonly id: string;
  /** `stack/LogicalId` */
  readonly resource: string;
  readonly functionName: string;
  readonly source: string;
}

export interface NewMapping extends MappingSummary {
  readonly arn: string;
  readonly functionArn: string;
  readonly sourceArn: string;
  /** Whether it polls from the start. */
  readonly enabled: boolean;
  /** What else the API tells of it, as the template has it. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html */
type MappingState = 'Creating' | 'Enabling' | 'Enabled' | 'Disabling' | 'Disabled';

interface Mapping {
  readonly about: NewMapping;
  readonly pollers: readonly Poller[];
  state: MappingState;
  lastModifiedMs: number;
  /** Why its pollers did not start. */
  problem: string | undefined;
  /** The change of state under way, or the last one; rejects when the first start failed. */
  changed: Promise<void>;
}

export class EventSources implements EventSourcePort {
  private readonly mappings: Mapping[] = [];
  private stopped = false;

  /** Starts the pollers in the background, as AWS enables a mapping after it is created. */
  add(about: NewMapping, pollers: readonly Poller[]): void {
    const mapping: Mapping = {
      about,
      pollers,
      state: about.enabled ? 'Creating' : 'Disabled',
      lastModifiedMs: Date.now(),
      problem: undefined,
      changed: Promise.resolve(),
    };
    if (about.enabled) mapping.changed = start(mapping);
    // Whoever waits for `ready` gets the error.
    mapping.changed.catch(() => undefined);
    this.mappings.push(mapping);
  }

  get all(): readonly MappingSummary[] {
    return this.mappings.map(({ about }) => about);
  }

  /** Resolves when every enabled mapping polls; rejects with the first that cannot. */
  async ready(): Promise<void> {
    await Promise.all(this.mappings.map(({ changed }) => changed));
  }

  isEnabled(uuid: string): boolean {
    return this.mappings.some(({ about, state }) => about.id === uuid && state === 'Enabled');
  }

  list(): readonly EventSourceMapping[] {
    return this.mappings.map(describe);
  }

  /**
   * Begins to poll, or ends the invocations under way and polls no more; a consumer leaves its group. Answers at once with
   * the state that leads there, or with `busy` while another change is under way.
   */
  setEnabled(uuid: string, enabled: boolean): EventSourceMapping | 'busy' {
    const mapping = this.mappings.find(({ about }) => about.id === uuid);
    if (mapping === undefined) throw new Error(`there is no event source mapping ${uuid}`);
    if (this.stopped || (mapping.state !== 'Enabled' && mapping.state !== 'Disabled')) return 'busy';
    if (enabled !== (mapping.state === 'Enabled')) {
      mapping.state = enabled ? 'Enabling' : 'Disabling';
      mapping.lastModifiedMs = Date.now();
      // A start that fails is told by the mapping's state and problem.
      mapping.changed = (enabled ? start(mapping) : stop(mapping)).catch(() => undefined);
    }
    return describe(mapping);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.allSettled(
      this.mappings.flatMap(({ pollers }) => pollers.map(async (poller) => poller.stop())),
    );
  }
}

async function start(mapping: Mapping): Promise<void> {
  try {
    await Promise.all(mapping.pollers.map(async (poller) => poller.start()));
    mapping.state = 'Enabled';
    mapping.problem = undefined;
  } catch (cause) {
    const error = cannotPoll(mapping.about, cause);
    await Promise.allSettled(mapping.pollers.map(async (poller) => poller.stop()));
    mapping.state = 'Disabled';
    mapping.problem = error.message;
    throw error;
  }
}

async function stop(mapping: Mapping): Promise<void> {
  await Promise.allSettled(mapping.pollers.map(async (poller) => poller.stop()));
  mapping.state = 'Disabled';
}

function describe({ about, state, lastModifiedMs, problem }: Mapping): EventSourceMapping {
  return {
    ...about.configuration,
    UUID: about.id,
    EventSourceMappingArn: about.arn,
    EventSourceArn: about.sourceArn,
    FunctionArn: about.functionArn,
    State: state,
    StateTransitionReason: 'USER_INITIATED',
    LastModified: lastModifiedMs / 1000,
    ...(problem === undefined ? {} : { LastProcessingResult: `PROBLEM: ${problem}` }),
  };
}

function cannotPoll({ resource, source, functionName }: MappingSummary, cause: unknown): TickerlakeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `${resource} (AWS::Lambda::EventSourceMapping): ${functionName} cannot poll ${source}: ${reason}`;
  return new TickerlakeError('RESOURCE_FAILED', message, { cause, coordinates: { resource } });
}
