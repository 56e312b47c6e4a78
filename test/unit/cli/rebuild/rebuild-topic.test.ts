/** In which order a rebuild changes view and history, and what it leaves when it is cut off. */
import { EntityNotFoundException, type GlueClient } from '@aws-sdk/client-glue';
import { beforeEach, expect, test } from '@jest/globals';
import { HISTORY_DUE, readCatalogState } from '../../../../cli/rebuild/catalog-state.ts';
import type { CompactReason, InspectedTopic } from '../../../../cli/rebuild/inspect-topic.ts';
import type { RebuildLake } from '../../../../cli/rebuild/rebuild-lake.ts';
import { rebuildTopic } from '../../../../cli/rebuild/rebuild-topic.ts';
import { Progress } from '../../../../cli/terminal/progress.ts';
import { parseViewCut, renderView } from '../../../../core/view.ts';
import { scriptedClient } from '../scripted-lake.ts';
import { recordTerminal } from '../terminal-double.ts';

interface CatalogTable {
  readonly ViewOriginalText?: string;
  readonly Parameters?: Readonly<Record<string, string>>;
  readonly VersionId?: string;
}

const DATABASE = 'lake';
const CUT = [{ logId: 'log-1', partition: 0, offset: 19 }];
const HISTORY = { Parameters: { metadata_location: 's3://lake/history/quotes/metadata/1.json' } };

let tables: Map<string, CatalogTable>;
let runs: { Id: string; JobRunState: string; Arguments?: Record<string, string> }[];
/** Calls that change the catalog, in order. */
let changes: string[];
let beforeCall: (command: string) => void;

beforeEach(() => {
  const view = renderView({ database: DATABASE, viewName: 'quotes', cut: CUT, hasHistory: true });
  tables = new Map<string, CatalogTable>([
    ['quotes', { ...view, VersionId: '1' }],
    ['quotes_history', HISTORY],
  ]);
  runs = [{ Id: 'jr_0', JobRunState: 'SUCCEEDED', Arguments: { '--topic': 'quotes' } }];
  changes = [];
  beforeCall = () => undefined;
});

const glue = scriptedClient(
  {
    GetTableCommand: ({ Name }: { Name: string }) => {
      const table = tables.get(Name);
      if (table === undefined) throw new EntityNotFoundException({ message: Name, $metadata: {} });
      return { Table: table };
    },
    UpdateTableCommand: ({ TableInput }: { TableInput: CatalogTable & { Name: string } }) => {
      changes.push(`update ${TableInput.Name}`);
      tables.set(TableInput.Name, TableInput);
    },
    DeleteTableCommand: ({ Name }: { Name: string }) => {
      changes.push(`delete ${Name}`);
      tables.delete(Name);
    },
    GetJobRunsCommand: () => ({ JobRuns: runs }),
  },
  (command) => {
    beforeCall(command);
  },
) as GlueClient;

async function foundLost(compact: CompactReason = 'lost'): Promise<InspectedTopic> {
  return {
    topic: 'quotes',
    tables: [],
    curate: [],
    ranges: [],
    days: [],
    history: { isThere: true, isLost: true, isInCatalog: true, compact },
    view: { action: 'reset', cut: [], hasHistory: false },
    catalog: await readCatalogState(glue, DATABASE, 'quotes'),
  };
}

async function rebuild(found: InspectedTopic): Promise<void> {
  const outputs = {
    'tickerlake-dev-lake': { DatabaseName: DATABASE },
    'tickerlake-dev-jobs': { CompactJobName: 'compact' },
  };
  const lake = { stage: 'dev', outputs, glue } as unknown as RebuildLake;
  const progress = new Progress(recordTerminal().terminal);
  const readDefinition = () => Promise.reject(new Error('no table is gone'));
  await rebuildTopic(lake, 'quotes', found, {
    signal: new AbortController().signal,
    progress,
    readDefinition,
  });
}

test('the view leaves history before its table goes', async () => {
  await rebuild(await foundLost());
  expect(changes).toEqual(['update quotes', 'delete quotes_history']);
  expect(parseViewCut(tables.get('quotes') ?? {})).toEqual({ cut: [], hasHistory: false });
});

test('whoever is cut off before history is made anew leaves a mark, which the next cut takes off', async () => {
  const found = await foundLost();
  beforeCall = (command) => {
    if (command === 'DeleteTableCommand') throw new Error('killed');
  };
  await expect(rebuild(found)).rejects.toThrow('killed');
  expect((await readCatalogState(glue, DATABASE, 'quotes')).view?.isHistoryDue).toBe(true);
  const moved = renderView({ database: DATABASE, viewName: 'quotes', cut: CUT, hasHistory: true });
  expect(moved.Parameters).not.toHaveProperty([HISTORY_DUE]);
});

test.each([
  [
    'history',
    (): unknown => tables.set('quotes_history', { Parameters: { metadata_location: 's3://lake/2' } }),
  ],
  [
    'the view',
    (): unknown =>
      tables.set('quotes', renderView({ database: DATABASE, viewName: 'quotes', cut: [], hasHistory: true })),
  ],
])('nothing is changed if %s is not what was inspected', async (_what, change) => {
  const found = await foundLost();
  change();
  await expect(rebuild(found)).rejects.toMatchObject({ code: 'CATALOG_CONFLICT' });
  expect(changes).toEqual([]);
});

test.each(['STARTING', 'RUNNING', 'STOPPING'])(
  'nothing is changed while a compaction of the topic is %s; that of another one does not matter',
  async (JobRunState) => {
    const found = await foundLost();
    runs.push({ Id: 'jr_1', JobRunState, Arguments: { '--topic': 'quotes' } });
    await expect(rebuild(found)).rejects.toMatchObject({
      code: 'JOB_FAILED',
      coordinates: { runId: 'jr_1' },
    });
    expect(changes).toEqual([]);
    runs = [{ Id: 'jr_2', JobRunState, Arguments: { '--topic': 'quotes_filtered' } }];
    await rebuild(found);
    expect(changes).toHaveLength(2);
  },
);
