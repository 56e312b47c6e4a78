/** Sessions by caller: kept while used and a little longer, the least used closed first. */
import type { AwsCredentials } from '../gateway/types.ts';
import { type Caller, type DuckDbLimits, Session } from './session.ts';

export interface SessionsOptions {
  readonly limits: DuckDbLimits;
  /** Idle sessions that are kept, each with what it has cached. @default 4 */
  readonly keptSessions?: number;
}

/** A session in use. */
export interface Lease {
  readonly session: Session;
  release(): void;
}

interface Kept {
  readonly session: Promise<Session>;
  inUse: number;
}

export class Sessions {
  readonly #limits: DuckDbLimits;
  readonly #keptSessions: number;
  /** Least recently used first. */
  readonly #sessions = new Map<string, Kept>();

  constructor({ limits, keptSessions = 4 }: SessionsOptions) {
    this.#limits = limits;
    this.#keptSessions = keptSessions;
  }

  async take(caller: Caller): Promise<Lease> {
    const key = keyOf(caller);
    const kept = this.#sessions.get(key) ?? { session: Session.open(caller, this.#limits), inUse: 0 };
    this.#sessions.delete(key);
    this.#sessions.set(key, kept);
    kept.inUse++;
    let session: Session;
    try {
      session = await kept.session;
    } catch (error) {
      this.#sessions.delete(key);
      throw error;
    }
    return {
      session,
      release: () => {
        kept.inUse--;
        this.#closeIdle();
      },
    };
  }

  close(): void {
    for (const { session } of this.#sessions.values()) closeSession(session);
    this.#sessions.clear();
  }

  #closeIdle(): void {
    const idle = [...this.#sessions].filter(([, { inUse }]) => inUse === 0);
    for (const [key, { session }] of idle.slice(0, Math.max(0, idle.length - this.#keptSessions))) {
      this.#sessions.delete(key);
      closeSession(session);
    }
  }
}

function closeSession(session: Promise<Session>): void {
  session.then(
    (open) => {
      open.close();
    },
    () => undefined,
  );
}

function keyOf({ credentials, endpoint, region }: Caller): string {
  const { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials = credentials;
  return [endpoint, region, accessKeyId, secretAccessKey, sessionToken].join('\n');
}
