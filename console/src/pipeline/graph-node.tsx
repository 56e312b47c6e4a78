import type { NodeActivity, PipelineNode } from '../../api.ts';
import type { Point } from './layout-graph.ts';
import { NODE_WIDTH, titleLines } from './layout-graph.ts';
import { nodeFigures, nodeInWords } from './node-figures.ts';
import { KindIcon, LevelMark, NodeShape } from './node-shape.tsx';

interface GraphNodeProps {
  readonly node: PipelineNode;
  readonly at: Point;
  readonly activity: NodeActivity | undefined;
  readonly isSelected: boolean;
  readonly onSelect: (id: string) => void;
}

/** A node of the graph: a button, which opens what is known of it. */
export function GraphNode({ node, at, activity, isSelected, onSelect }: GraphNodeProps) {
  const figures = nodeFigures(node.kind, activity);
  const words = nodeInWords(node, figures);
  const lines = titleLines(node.title);
  const select = () => {
    onSelect(node.id);
  };
  return (
    <g className="graph-node" data-tone={figures.tone} transform={`translate(${at.x} ${at.y})`}>
      <g
        className="node-button"
        data-node={node.id}
        role="button"
        tabIndex={0}
        aria-label={words}
        aria-pressed={isSelected}
        onClick={select}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          select();
        }}
      >
        <title>{words}</title>
        <NodeShape kind={node.kind} />
      </g>
      {/* The button's name says all of it, in whole words. */}
      <g className="node-face" aria-hidden="true">
        <g transform="translate(13 14)">
          <KindIcon kind={node.kind} />
        </g>
        <g transform={`translate(${NODE_WIDTH - 24} 21)`}>
          <LevelMark level={node.level} />
        </g>
        {lines.map((line, index) => (
          <text
            key={line}
            className={line.length > 12 ? 'node-title node-title-long' : 'node-title'}
            x={NODE_WIDTH / 2}
            y={(lines.length === 1 ? 46 : 41) + 12 * index}
          >
            {line}
          </text>
        ))}
        <text className="node-main" x={NODE_WIDTH / 2} y={67}>
          {figures.main}
        </text>
        <text className="node-side" x={NODE_WIDTH / 2} y={78}>
          {figures.side}
        </text>
      </g>
    </g>
  );
}
