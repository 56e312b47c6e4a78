import { Graph, layout } from '@dagrejs/dagre';
import type { Pipeline, PipelineEdge } from '../../api.ts';

/** Of a node's box, in the graph's own units. */
export const NODE_WIDTH = 100;
export const NODE_HEIGHT = 84;

const MARGIN = 6;

/** `across`: left to right. `down`: top to bottom, for narrow screens. */
export type Direction = 'across' | 'down';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PlacedEdge extends PipelineEdge {
  readonly points: readonly Point[];
}

export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  /** Upper left corner of each node's box, by its id; in the order that Tab goes. */
  readonly nodes: ReadonlyMap<string, Point>;
  readonly edges: readonly PlacedEdge[];
}

/** Places the pipeline's nodes in ranks along the way of a record. Edges of unknown nodes are left out. */
export function layoutGraph(
  { nodes, edges }: Pick<Pipeline, 'nodes' | 'edges'>,
  direction: Direction,
): GraphLayout {
  const graph = new Graph({ multigraph: true });
  graph.setDefaultEdgeLabel(() => ({}));
  graph.setGraph({
    rankdir: direction === 'across' ? 'LR' : 'TB',
    ranksep: direction === 'across' ? 20 : 26,
    nodesep: 12,
    edgesep: 6,
    marginx: MARGIN,
    marginy: MARGIN,
  });
  for (const { id } of nodes) graph.setNode(id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  const drawn = edges.filter(({ from, to }) => graph.hasNode(from) && graph.hasNode(to));
  // What records flow along is kept straight before what only acts.
  for (const { from, to, kind } of drawn) graph.setEdge(from, to, { weight: kind === 'data' ? 4 : 1 }, kind);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { readonly width?: number; readonly height?: number };
  const places = nodes.map(({ id }) => ({ id, ...(graph.node(id) as Point) }));
  return {
    width,
    height,
    nodes: new Map(
      // Tab goes the way of a record as well.
      places
        .toSorted((a, b) => alongWay(a, b, direction))
        .map(({ id, x, y }) => [id, { x: x - NODE_WIDTH / 2, y: y - NODE_HEIGHT / 2 }]),
    ),
    edges: drawn.map((edge) => {
      const { points = [] } = graph.edge(edge.from, edge.to, edge.kind) as { points?: readonly Point[] };
      return { ...edge, points };
    }),
  };
}

/** A smooth SVG path through points: straight to the middle of each leg, curved around each corner. */
export function edgePath(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (first === undefined || last === undefined) return '';
  const steps = [`M${at(first)}`];
  rest.slice(0, -1).forEach((point, index) => {
    const next = rest[index + 1] ?? last;
    const middle = { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    steps.push(`Q${at(point)} ${at(index === rest.length - 2 ? last : middle)}`);
  });
  steps.push(`L${at(last)}`);
  return steps.join('');
}

function at({ x, y }: Point): string {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}

/** Ranks one after the other, and each from its one end to the other. */
function alongWay(a: Point, b: Point, direction: Direction): number {
  return direction === 'across' ? a.x - b.x || a.y - b.y : a.y - b.y || a.x - b.x;
}

/** Longer lines are cut. */
const MAX_LINE = 15;

/** A title in one line or two of nearly the same length, parted after `-`, `_`, `/` or a space; of a path, its last two parts. */
export function titleLines(title: string): readonly string[] {
  const shown = title.split('/').slice(-2).join('/');
  const places = [...shown.matchAll(/[-_/ ](?=.)/g)].map(({ index }) => index + 1);
  const longer = (place: number) => Math.max(place, shown.length - place);
  const [place] = places.toSorted((a, b) => longer(a) - longer(b));
  const lines =
    shown.length <= 10 || place === undefined ? [shown] : [shown.slice(0, place), shown.slice(place)];
  return lines
    .map((line) => line.trim())
    .map((line) => (line.length > MAX_LINE ? `${line.slice(0, MAX_LINE - 1)}…` : line));
}
