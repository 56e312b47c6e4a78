/** What the lake's views say of their cut. */
import { GetTableCommand, type GlueClient } from '@aws-sdk/client-glue';
import type { LogPartition } from '../../core/layout.ts';
import { tableNames } from '../../core/names.ts';
import { type CutTerm, parseViewCut, type ViewState } from '../../core/view.ts';
import { type LakeConnection, outputOf } from '../lake/connection.ts';

/** Up to and with which offset a view shows history, by log and partition. */
export class ViewCut {
  readonly terms: readonly CutTerm[];
  /** False until the topic is compacted once. */
  readonly hasHistory: boolean;

  constructor({ cut, hasHistory }: ViewState) {
    this.terms = cut;
    this.hasHistory = hasHistory;
  }

  /** The last offset that is shown from history; undefined where all is shown from curated files. */
  at({ logId, partition }: Pick<LogPartition, 'logId' | 'partition'>): number | undefined {
    return this.terms.find((term) => term.logId === logId && term.partition === partition)?.offset;
  }

  /** Whether a record is shown only once history has it. */
  covers(log: Pick<LogPartition, 'logId' | 'partition'>, offset: number): boolean {
    return offset <= (this.at(log) ?? -1);
  }
}

export async function readViewCut(lake: LakeConnection, glue: GlueClient, topic: string): Promise<ViewCut> {
  const { Table: view = {} } = await glue.send(
    new GetTableCommand({
      DatabaseName: outputOf(lake, 'lake', 'DatabaseName'),
      Name: tableNames(topic).view,
    }),
  );
  return new ViewCut(parseViewCut(view));
}
