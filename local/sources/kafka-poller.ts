/** Polls one topic for one function, as Lambda's Kafka event source mapping does: https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html */
import { pause } from './bell.ts';
import { type KafkaPollerPorts, KafkaSession, type KafkaSource } from './kafka-session.ts';

const FIRST_PAUSE_MS = 250;
const LAST_PAUSE_MS = 5000;
/** How often the first start is tried where the broker says that it may: it is loading the group, say. */
const FIRST_START_ATTEMPTS = 5;

interface Polling {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/**
 * One poller: one consumer of the group, one invocation at a time. It never gives up: a consumer that fails after the
 * poller was once let in is replaced, with a warning, until the poller is stopped.
 */
export class KafkaPoller {
  private readonly source: KafkaSource;
  private readonly ports: KafkaPollerPorts;
  private polling: Polling | undefined;
  private wasLetIn = false;

  constructor(source: KafkaSource, ports: KafkaPollerPorts) {
    this.source = source;
    this.ports = ports;
  }

  /**
   * Resolves when the group has let it in. The first start rejects when it cannot get in; a later one keeps trying. It
   * may be started again after it was stopped.
   */
  async start(): Promise<void> {
    if (this.polling !== undefined) return;
    const stop = new AbortController();
    const letIn = Promise.withResolvers<undefined>();
    const ended = this.poll(stop.signal, () => {
      this.wasLetIn = true;
      letIn.resolve(undefined);
    });
    const polling = { stop, ended };
    this.polling = polling;
    try {
      await Promise.race([letIn.promise, ended]);
    } catch (error) {
      if (this.polling === polling) this.polling = undefined;
      throw error;
    }
  }

  /** Ends the invocation under way, commits it and leaves the group; what is not committed will be delivered again. */
  async stop(): Promise<void> {
    const { polling } = this;
    polling?.stop.abort();
    // How it could not get in was told to whoever started it.
    await polling?.ended.catch(() => undefined);
    if (this.polling === polling) this.polling = undefined;
  }

  private async poll(stop: AbortSignal, letIn: () => void): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    for (let attempt = 1; !stop.aborted; attempt++) {
      try {
        await new KafkaSession(this.source, this.ports).run(stop, () => {
          pauseMs = FIRST_PAUSE_MS;
          letIn();
        });
      } catch (error) {
        if (!this.wasLetIn && !(mayRetry(error) && attempt < FIRST_START_ATTEMPTS)) throw error;
        const { topic, groupId } = this.source;
        const reason = error instanceof Error ? error.message : String(error);
        this.ports.warn(`event source of ${topic} (group ${groupId}): ${reason}; it is connected anew`);
        await pause(pauseMs, stop);
        pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS);
      }
    }
  }
}

/** Whether the error that this one stems from passes by itself, as the protocol has it: https://kafka.apache.org/protocol#protocol_error_codes */
function mayRetry(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.cause !== undefined) return mayRetry(error.cause);
  return 'retriable' in error && error.retriable === true;
}
