import type { Lake } from '../../local/lake.ts';
import type { LakeClients } from '../lake/clients.ts';
import type { LakeConnection } from '../lake/connection.ts';

/** What the console looks at: a running lake, as a client of its endpoint, and what only the lake's own process knows. */
export interface ConsoleContext {
  readonly lake: LakeConnection;
  readonly clients: LakeClients;
  readonly inside: Pick<Lake, 'alarms' | 'functions' | 'resources'>;
  readonly startedAt: Date;
  /** Aborted when the console closes. */
  readonly signal: AbortSignal;
}
