import { useConnection } from '../api/connection.ts';
import { Command } from './pieces.tsx';

const WORDS = {
  connecting: 'connecting',
  live: 'live',
  reconnecting: 'reconnecting',
  ended: 'lake has ended',
} as const;

/** Whether what is shown is now. */
export function ConnectionIndicator() {
  const { state, trouble } = useConnection();
  const isTroubled = state === 'live' && trouble !== null;
  return (
    <span className="connection" role="status" data-state={isTroubled ? 'reconnecting' : state}>
      <span className="connection-dot" aria-hidden="true" />
      {isTroubled ? 'delayed' : WORDS[state]}
    </span>
  );
}

/** Across the page, where somebody has to know or do something. */
export function ConnectionNotice() {
  const { state, trouble } = useConnection();
  if (state === 'ended')
    return (
      <div className="notice" role="alert">
        <p>
          <strong>The lake has ended, or cannot be reached.</strong> What is shown is what it was. Start it
          again, then open the address that it prints; this page goes on by itself where the address stays.
        </p>
        <Command text="npm run up" />
      </div>
    );
  if (state === 'live' && trouble !== null)
    return (
      <div className="notice" role="alert">
        <p>{trouble}</p>
      </div>
    );
  return null;
}
