import { useState } from 'react';
import { age, utcDateTime } from '../format/times.ts';
import { useNow } from './clock.ts';

/** A command to type, with a button that copies it. */
export function Command({ text }: { readonly text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true);
      },
      () => {
        setCopied(false);
      },
    );
  };
  return (
    <span className="command">
      <code>{text}</code>
      <button type="button" onClick={copy} aria-label={`Copy command: ${text}`}>
        {isCopied ? 'Copied' : 'Copy'}
      </button>
    </span>
  );
}

/** A moment in UTC. */
export function Moment({ iso }: { readonly iso: string | null }) {
  if (iso === null) return <span className="muted">—</span>;
  return (
    <time dateTime={iso} title={`${iso} (UTC)`}>
      {utcDateTime(iso)}
    </time>
  );
}

/** How long ago a moment was, which ticks. */
export function Age({ iso }: { readonly iso: string }) {
  const now = useNow();
  return (
    <time dateTime={iso} title={`${utcDateTime(iso)} UTC`}>
      {age(iso, now)} ago
    </time>
  );
}
