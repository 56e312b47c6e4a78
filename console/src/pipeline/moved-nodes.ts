import type { Activity, NodeActivity, PipelineEdge } from '../../api.ts';

/** Figures that grow as records pass. */
const GROWING = [
  'records',
  'objects',
  'bytes',
  'invocations',
] as const satisfies readonly (keyof NodeActivity)[];

/** For so long a node is taken for moving: some figures are read less often than others. */
const MOVING_MS = 6_000;

/** When records last reached a node, epoch ms by its id; only those that still count as moving. */
export type MovedAt = ReadonlyMap<string, number>;

/** What moves after a report, from the one before and what moved until then. */
export function movedNodes(before: Activity | undefined, now: Activity, known: MovedAt): MovedAt {
  const nowMs = Date.parse(now.at);
  const moved = new Map([...known].filter(([, atMs]) => nowMs - atMs < MOVING_MS));
  for (const [id, activity] of Object.entries(now.nodes)) {
    if (hasMoved(before?.nodes[id], activity)) moved.set(id, nowMs);
  }
  return moved;
}

function hasMoved(before: NodeActivity | undefined, now: NodeActivity): boolean {
  if (before === undefined) return (now.recordsPerSecond ?? 0) > 0;
  return (
    GROWING.some((figure) => (now[figure] ?? 0) > (before[figure] ?? 0)) ||
    (now.waiting ?? 0) !== (before.waiting ?? 0)
  );
}

/** Whether records are drawn on their way along an edge: its end moves, and its start has some. */
export function isFlowing(
  { from, to, kind }: PipelineEdge,
  moved: MovedAt,
  nodes: Activity['nodes'],
): boolean {
  return kind === 'data' && moved.has(to) && nodes[from]?.objects !== 0;
}
