import type { Level } from '../../api.ts';
import { LevelMark } from './node-shape.tsx';

export const LEVEL_WORDS: Readonly<Record<Level, string>> = {
  run: 'a real engine does the work',
  emulated: 'an API emulator stands in',
  checked: 'read and validated, nothing runs',
};

export function LevelBadge({ level }: { readonly level: Level }) {
  return (
    <span className="level-badge" title={LEVEL_WORDS[level]}>
      <svg viewBox="-6 -6 12 12" width="12" height="12" aria-hidden="true">
        <LevelMark level={level} />
      </svg>
      {level}
    </span>
  );
}

/** What the marks and the lines of the graph mean. */
export function Legend() {
  return (
    <ul className="legend" aria-label="Legend">
      {(Object.keys(LEVEL_WORDS) as Level[]).map((level) => (
        <li key={level}>
          <LevelBadge level={level} />
          <span className="muted">{LEVEL_WORDS[level]}</span>
        </li>
      ))}
      <EdgeSample kind="data" meaning="records flow" />
      <EdgeSample kind="trigger" meaning="makes it act" />
    </ul>
  );
}

function EdgeSample({ kind, meaning }: { readonly kind: 'data' | 'trigger'; readonly meaning: string }) {
  return (
    <li>
      <svg
        viewBox="0 0 28 8"
        width="28"
        height="8"
        aria-hidden="true"
        className="graph-edge"
        data-kind={kind}
      >
        <path d="M0,4H28" />
      </svg>
      <span className="muted">{meaning}</span>
    </li>
  );
}
