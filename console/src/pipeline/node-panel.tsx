import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import type { NodeActivity, PipelineNode } from '../../api.ts';
import { useLake, useLogs } from '../api/use-answer.ts';
import { LEVEL_WORDS, LevelBadge } from './legend.tsx';
import { KIND_WORDS, nodeFigures } from './node-figures.ts';
import { nodeLinks } from './node-links.ts';

interface NodePanelProps {
  readonly node: PipelineNode;
  readonly activity: NodeActivity | undefined;
  readonly onClose: () => void;
}

/** What is known of a node, beside the graph. It takes the focus; Escape closes it. */
export function NodePanel({ node, activity, onClose }: NodePanelProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
  }, [node.id]);
  const lake = useLake();
  const logs = useLogs();
  const links = nodeLinks(node, { topics: lake.data?.topics ?? [], logs: logs.data ?? [] });
  const { exact } = nodeFigures(node.kind, activity);
  return (
    <aside
      className="node-panel"
      aria-label={`About ${node.title}`}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <div className="node-panel-head">
        <h2 ref={heading} tabIndex={-1}>
          {node.title}
        </h2>
        <button type="button" onClick={onClose} aria-label="Close">
          ✕
        </button>
      </div>
      <p>
        {KIND_WORDS[node.kind]} · <LevelBadge level={node.level} />
      </p>
      {exact.length > 0 && <Facts facts={exact} label="Now" />}
      {links.length > 0 && (
        <ul className="links">
          {links.map(({ title, href }) => (
            <li key={href}>
              <Link href={href}>{title}</Link>
            </li>
          ))}
        </ul>
      )}
      <Facts
        label="What it is"
        facts={[
          { label: 'Stack', value: node.stack },
          { label: 'Type', value: node.type },
          { label: 'Physical id', value: node.physicalId },
          { label: 'Here', value: node.behind },
          { label: `“${node.level}”`, value: LEVEL_WORDS[node.level] },
        ]}
      />
    </aside>
  );
}

interface FactsProps {
  readonly label: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
}

function Facts({ label, facts }: FactsProps) {
  return (
    <>
      <h3>{label}</h3>
      <dl className="facts">
        {facts.map((fact) => (
          <div key={fact.label}>
            <dt>{fact.label}</dt>
            <dd>{fact.value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
