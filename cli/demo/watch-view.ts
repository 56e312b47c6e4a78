import { connectToTopic, type LakeClients } from '../lake/clients.ts';
import { type LakeConnection, logIdOf, outputOf } from '../lake/connection.ts';
import { stationsOf, type TopicName } from '../lake/stations.ts';
import { readTopicOffsets } from '../lake/topic-offsets.ts';
import { readVisible } from '../reconcile/visible.ts';

/** What a view showed at one moment. */
export interface ViewSight {
  readonly rows: number;
  readonly distinct: number;
  /** Over every value of every row, whatever their order. */
  readonly hash: string;
}

/** What a view showed around some work; `during` has at least one sight, taken while it went on. */
export interface WatchedView {
  readonly topic: TopicName;
  readonly before: ViewSight;
  readonly during: readonly ViewSight[];
  readonly after: ViewSight;
  /** True when all sights show the same rows with the same values, each once. */
  readonly isExact: boolean;
}

/** Looks at a view, works, looks at it again and again meanwhile, and once more afterwards. */
export async function watchView<T>(
  look: () => Promise<ViewSight>,
  topic: TopicName,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly watched: WatchedView }> {
  const before = await look();
  const during: ViewSight[] = [];
  const end = new AbortController();
  const working = work().finally(() => {
    end.abort();
  });
  const watching = (async () => {
    do during.push(await look());
    while (!end.signal.aborted);
  })();
  // Both end before either's error is thrown: nothing goes on behind the caller's back.
  const [worked, seen] = await Promise.allSettled([working, watching]);
  if (worked.status === 'rejected') throw worked.reason;
  if (seen.status === 'rejected') throw seen.reason;
  const after = await look();
  const isExact = [before, ...during, after].every((sight) => isSame(sight, before));
  return { result: worked.value, watched: { topic, before, during, after, isExact } };
}

function isSame(sight: ViewSight, before: ViewSight): boolean {
  return sight.rows === before.rows && sight.distinct === before.rows && sight.hash === before.hash;
}

/** Reads every row of a topic's view. */
export function viewLooker(
  lake: LakeConnection,
  clients: LakeClients,
  name: TopicName,
  signal: AbortSignal,
): () => Promise<ViewSight> {
  const { topic } = stationsOf(lake, name);
  const context = {
    workgroup: outputOf(lake, 'query', 'AnalystsWorkGroupName'),
    database: outputOf(lake, 'lake', 'DatabaseName'),
    signal,
  };
  return async () => {
    const ends = await readTopicOffsets(await connectToTopic(lake, clients.msk), topic);
    const visible = await readVisible(clients.athena, clients.s3, {
      ...context,
      view: name,
      logId: logIdOf(lake),
      ends,
    });
    const partitions = [...visible].sort(([a], [b]) => a - b);
    return {
      rows: partitions.reduce((sum, [, { rows }]) => sum + rows, 0),
      distinct: partitions.reduce((sum, [, { offsets }]) => sum + offsets.size, 0),
      hash: partitions.map(([partition, { hash }]) => `${partition}:${hash}`).join(' '),
    };
  };
}
