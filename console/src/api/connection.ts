import { useSyncExternalStore } from 'react';

/**
 * How the page stands with the lake. `live`: events come. `reconnecting`: they came, and will again.
 * `ended`: nothing answers for so long that somebody has to do something.
 */
export interface Connection {
  readonly state: 'connecting' | 'live' | 'reconnecting' | 'ended';
  /** Why events do not come although the lake answers. */
  readonly trouble: string | null;
}

let connection: Connection = { state: 'connecting', trouble: null };
const listeners = new Set<() => void>();

export function changeConnection(change: Partial<Connection>): void {
  connection = { ...connection, ...change };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, () => connection);
}
