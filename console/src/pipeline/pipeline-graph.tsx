import { useMemo, useRef } from 'react';
import type { Activity, Pipeline } from '../../api.ts';
import { useWidth } from '../shell/use-width.ts';
import { GraphNode } from './graph-node.tsx';
import type { PlacedEdge } from './layout-graph.ts';
import { edgePath, layoutGraph } from './layout-graph.ts';
import { isFlowing } from './moved-nodes.ts';
import { useFlow } from './use-flow.ts';

/** Narrower than this the graph runs down. */
const NARROW_PX = 640;
/** Below it text cannot be read: the graph scrolls instead. */
const MIN_SCALE = 0.82;
const MAX_SCALE = 1.25;
const NO_NODES: Activity['nodes'] = {};

interface PipelineGraphProps {
  readonly pipeline: Pipeline;
  readonly activity: Activity | undefined;
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
}

export function PipelineGraph({ pipeline, activity, selected, onSelect }: PipelineGraphProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const direction = width < NARROW_PX ? 'down' : 'across';
  const layout = useMemo(() => layoutGraph(pipeline, direction), [pipeline, direction]);
  const byId = useMemo(() => new Map(pipeline.nodes.map((node) => [node.id, node])), [pipeline]);
  const moved = useFlow(activity);
  const scale = Math.min(Math.max(width / layout.width, MIN_SCALE), MAX_SCALE);
  return (
    <section ref={frame} className="graph scroll-region" aria-label="Graph of the pipeline" tabIndex={0}>
      {width > 0 && (
        <svg
          width={layout.width * scale}
          height={layout.height * scale}
          viewBox={`0 0 ${layout.width} ${layout.height}`}
          role="group"
          aria-label="Pipeline"
        >
          <ArrowHeads />
          {layout.edges.map((edge) => (
            <GraphEdge
              key={`${edge.from} ${edge.to} ${edge.kind}`}
              edge={edge}
              flows={isFlowing(edge, moved, activity?.nodes ?? NO_NODES)}
            />
          ))}
          {[...layout.nodes].map(([id, at]) => {
            const node = byId.get(id);
            return node === undefined ? null : (
              <GraphNode
                key={id}
                node={node}
                at={at}
                activity={activity?.nodes[id]}
                isSelected={id === selected}
                onSelect={onSelect}
              />
            );
          })}
        </svg>
      )}
    </section>
  );
}

function GraphEdge({ edge, flows }: { readonly edge: PlacedEdge; readonly flows: boolean }) {
  const path = edgePath(edge.points);
  return (
    <g className="graph-edge" data-kind={edge.kind} data-flowing={flows} aria-hidden="true">
      <path d={path} markerEnd={`url(#arrow-${edge.kind})`} />
      {flows && <path className="flow" d={path} />}
    </g>
  );
}

function ArrowHeads() {
  return (
    <defs>
      {(['data', 'trigger'] as const).map((kind) => (
        <marker
          key={kind}
          id={`arrow-${kind}`}
          className={`arrow arrow-${kind}`}
          viewBox="0 0 8 8"
          refX={7}
          refY={4}
          markerWidth={6}
          markerHeight={6}
          orient="auto"
        >
          <path d="M0,0.5L8,4L0,7.5z" />
        </marker>
      ))}
    </defs>
  );
}
