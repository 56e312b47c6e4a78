import type { Pipeline, PipelineEdge, PipelineNode } from '../../api.ts';
import { isQuarantine } from './node-links.ts';

/** Where a record can end. */
function isEnd(node: PipelineNode): boolean {
  return node.kind === 'view' || node.kind === 'database' || isQuarantine(node);
}

/**
 * What a record passes, from what writes it to a topic until it can be queried or is quarantined: without schedules, sweeps,
 * reference data and what else keeps the lake in order.
 */
export function recordsWay({ nodes, edges, resources }: Pipeline): Pipeline {
  const topics = new Set(nodes.filter(({ kind }) => kind === 'topic').map(({ id }) => id));
  const producers = new Set(edges.filter(({ to }) => topics.has(to)).map(({ from }) => from));
  const derived = new Set(
    edges
      .filter(
        ({ from, to }) => topics.has(to) && edges.some((each) => each.to === from && topics.has(each.from)),
      )
      .map(({ to }) => to),
  );
  const distances = distancesFrom(
    [...topics].filter((id) => !derived.has(id)),
    edges,
  );
  const ends = new Set(nodes.filter((node) => isEnd(node) && distances.has(node.id)).map(({ id }) => id));
  // What leads back leads a record nowhere.
  const onward = edges.filter(
    ({ from, to }) =>
      distances.has(from) && (ends.has(to) || (distances.get(from) ?? 0) < (distances.get(to) ?? 0)),
  );
  const backward = onward.map(({ from, to, kind }) => ({ from: to, to: from, kind }));
  const kept = new Set([...producers, ...distancesFrom(ends, backward).keys()]);
  return {
    nodes: nodes.filter(({ id }) => kept.has(id)),
    edges: edges.filter(({ from, to }) => kept.has(from) && kept.has(to)),
    resources,
  };
}

/** A queue that wakes a function stands between it and what it reads: two triggers are shorter than one flow. */
const LENGTHS = { data: 3, trigger: 1 } as const satisfies Record<PipelineEdge['kind'], number>;

/** How far each node is that can be reached at all. */
function distancesFrom(
  starts: Iterable<string>,
  edges: readonly PipelineEdge[],
): ReadonlyMap<string, number> {
  const distances = new Map([...starts].map((id) => [id, 0]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const { from, to, kind } of edges) {
      const distance = (distances.get(from) ?? Infinity) + LENGTHS[kind];
      if (distance >= (distances.get(to) ?? Infinity)) continue;
      distances.set(to, distance);
      changed = true;
    }
  }
  return distances;
}
