/** What is curated again at or below a view's cut is shown from history, so only after the next compaction. */
import type { CuratedObject } from '../curation/receipt-watch.ts';
import type { LakeClients } from '../lake/clients.ts';
import type { LakeConnection } from '../lake/connection.ts';
import { readViewCut, type ViewCut } from './view-cut.ts';

export type CutReader = () => Promise<Pick<ViewCut, 'covers'>>;

export function cutReader(
  lake: LakeConnection,
  { glue }: Pick<LakeClients, 'glue'>,
  topic: string,
): CutReader {
  return () => readViewCut(lake, glue, topic);
}

/** How many raw objects have rows that are shown from history. */
export async function countBelowCut(readCut: CutReader, curated: readonly CuratedObject[]): Promise<number> {
  if (curated.length === 0) return 0;
  const cut = await readCut();
  return curated.filter(({ object, receipt }) => cut.covers(object, receipt.first)).length;
}

export function belowCutLine(count: number, topic: string): string {
  const objects =
    count === 1 ? '1 of the raw objects lies' : `${count.toLocaleString('en')} of the raw objects lie`;
  return `${objects} at or below the view's cut: what changed in them is shown after tickerlake compact --topic ${topic}`;
}
