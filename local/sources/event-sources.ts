/** The event source mappings of a running lake. */
import { TickerlakeError } from '../../core/errors.ts';

/** Something that polls; it starts with its mapping and stops before the engines it polls. */
export interface Poller {
  start(): Promise<void> | void;
  stop(): Promise<void>;
}

interface Mapping {
  readonly pollers: readonly Poller[];
  readonly started: Promise<void>;
}

/** A mapping as people see it. */
export interface MappingSummary {
  readonly id: string;
  /** `stack/LogicalId` */
  readonly resource: string;
  readonly functionName: string;
  readonly source: string;
}

export class EventSources {
  private readonly mappings: Mapping[] = [];
  private readonly summaries: MappingSummary[] = [];

  /** Starts the pollers in the background, as AWS enables a mapping after it is created. */
  add(summary: MappingSummary, pollers: readonly Poller[]): void {
    const started = Promise.all(pollers.map(async (poller) => poller.start())).then(
      () => undefined,
      (cause: unknown) => {
        throw cannotPoll(summary, cause);
      },
    );
    // Whoever waits for `ready` gets the error.
    started.catch(() => undefined);
    this.mappings.push({ pollers, started });
    this.summaries.push(summary);
  }

  get all(): readonly MappingSummary[] {
    return this.summaries;
  }

  /** Resolves when every mapping polls; rejects with the first that cannot. */
  async ready(): Promise<void> {
    await Promise.all(this.mappings.map(({ started }) => started));
  }

  async stop(): Promise<void> {
    await Promise.allSettled(
      this.mappings.flatMap(({ pollers }) => pollers.map(async (poller) => poller.stop())),
    );
  }
}

function cannotPoll({ resource, source, functionName }: MappingSummary, cause: unknown): TickerlakeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `${resource} (AWS::Lambda::EventSourceMapping): ${functionName} cannot poll ${source}: ${reason}`;
  return new TickerlakeError('RESOURCE_FAILED', message, { cause, coordinates: { resource } });
}
