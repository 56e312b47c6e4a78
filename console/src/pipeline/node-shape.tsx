import type { Level, NodeKind } from '../../api.ts';
import { NODE_HEIGHT as H, NODE_WIDTH as W } from './layout-graph.ts';

/** The outline of a node's box: what rests is a cylinder, what acts a rounded box, what fires a pill, what waits a box with bars. */
export function NodeShape({ kind }: { readonly kind: NodeKind }) {
  switch (kind) {
    case 'objects':
    case 'database':
      return (
        <>
          <path
            className="node-box"
            d={`M0,7V${H - 7}a${W / 2},7 0 0 0 ${W},0V7a${W / 2},7 0 0 0 ${-W},0z`}
          />
          <path className="node-line" d={`M0,7a${W / 2},7 0 0 0 ${W},0`} />
        </>
      );
    case 'topic':
      return (
        <>
          <path
            className="node-box"
            d={`M7,0H${W - 7}a7,${H / 2} 0 0 1 0,${H}H7a7,${H / 2} 0 0 1 0,${-H}z`}
          />
          <path className="node-line" d={`M${W - 7},0a7,${H / 2} 0 0 0 0,${H}`} />
        </>
      );
    case 'queue':
    case 'dead-letters':
      return (
        <>
          <rect className="node-box" width={W} height={H} rx={2} />
          <path className="node-line" d={`M${W - 5},0V${H}M${W - 10},0V${H}`} />
        </>
      );
    case 'schedule':
      return <rect className="node-box" width={W} height={H} rx={26} />;
    case 'view':
      return <rect className="node-box node-dashed" width={W} height={H} rx={2} />;
    case 'job':
    case 'crawler':
    case 'workflow':
      return (
        <path
          className="node-box"
          d={`M10,0H${W - 10}L${W},10V${H - 10}L${W - 10},${H}H10L0,${H - 10}V10z`}
        />
      );
    case 'function':
      return <rect className="node-box" width={W} height={H} rx={9} />;
  }
}

/** Strokes of 14 × 14. */
const ICONS: Readonly<Record<NodeKind, string>> = {
  schedule: 'M7 1a6 6 0 1 0 .01 0zM7 3.5V7l2.5 1.8',
  function: 'M2 13 6.4 5.6M3.5 1h1.9c.6 0 .8.3 1 .8L10.6 13H12',
  topic: 'M1 3.5h9M1 7h12M1 10.5h9M10.5 1.5l2 2-2 2M10.5 8.5l2 2-2 2',
  objects: 'M2 3.5h10l-1.2 8.5a1 1 0 0 1-1 .9H4.2a1 1 0 0 1-1-.9zM1.5 3.5h11',
  queue: 'M1 4h3v6H1zM5.5 4h3v6h-3zM10 4h3v6h-3z',
  'dead-letters': 'M1 3h12v8.5H1zM1 3l6 5 6-5M4.5 1l5 0',
  database: 'M2 3.2c0-2.5 10-2.5 10 0v7.6c0 2.5-10 2.5-10 0zM2 3.2c0 2.5 10 2.5 10 0M2 7c0 2.5 10 2.5 10 0',
  view: 'M1 7c3-5.3 9-5.3 12 0-3 5.3-9 5.3-12 0zM7 5a2 2 0 1 0 .01 0z',
  job: 'M7 4.5a2.5 2.5 0 1 0 .01 0zM7 1v2M7 11v2M1 7h2M11 7h2M2.8 2.8l1.4 1.4M9.8 9.8l1.4 1.4M2.8 11.2l1.4-1.4M9.8 4.2l1.4-1.4',
  crawler: 'M6 1.5a4.5 4.5 0 1 0 .01 0zM9.3 9.3 13 13',
  workflow: 'M1 1.5h4v3.5H1zM9 1.5h4v3.5H9zM5 9h4v3.5H5zM3 5v2h8V5M7 7v2',
};

export function KindIcon({ kind }: { readonly kind: NodeKind }) {
  return <path className="node-icon" d={ICONS[kind]} />;
}

/** How much runs: a full disc, a half, a ring. The legend and the node's name say it in words. */
export function LevelMark({ level }: { readonly level: Level }) {
  return (
    <g className="level-mark" data-level={level}>
      <circle r={4} className="level-ring" />
      {level === 'run' && <circle r={4} className="level-fill" />}
      {level === 'emulated' && <path d="M0,-4a4,4 0 0 1 0,8z" className="level-fill" />}
    </g>
  );
}
