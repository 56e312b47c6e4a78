/** What a rebuild finds gone, in lakes of a few objects with one thing or another taken away. */
import { EntityNotFoundException, type GlueClient } from '@aws-sdk/client-glue';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { HISTORY_DUE } from '../../../../cli/rebuild/catalog-state.ts';
import { type InspectedTopic, inspectTopic, isWell } from '../../../../cli/rebuild/inspect-topic.ts';
import { findings, lastLine, youngFrom } from '../../../../cli/rebuild/rebuild.ts';
import {
  curatedKey,
  quarantineKey,
  type RawObjectId,
  rawObjectKey,
  receiptKey,
} from '../../../../core/layout.ts';
import { formatReceipt } from '../../../../core/receipt.ts';
import { type CutTerm, renderView } from '../../../../core/view.ts';
import { MemoryObjectStore } from '../../../helpers/memory-object-store.ts';
import { scriptedClient } from '../scripted-lake.ts';

const TOPIC = 'quotes';
const DATABASE = 'lake';
const DAY = '2026-11-20';
const METADATA = 'history/quotes/metadata/1.json';

const chain = (start: number, partition = 0): RawObjectId => ({
  topic: TOPIC,
  logId: 'log-1',
  partition,
  kind: 'chain',
  start,
});
const OBJECTS = [chain(0), chain(10), chain(20), chain(0, 1)];

let raw: MemoryObjectStore;
let lake: MemoryObjectStore;
let tables: Map<string, object>;
let days: Set<string>;
/** What Athena answers: of metadata tables `$manifests` and `$files`, and of history itself. */
let manifests: string[];
let files: (() => string[]) | undefined;
let highest: (readonly [logId: string, partition: string, offset: string])[];

async function put(store: MemoryObjectStore, key: string, text = ''): Promise<void> {
  await store.put(key, { body: Buffer.from(text), contentType: 'text/plain' });
}

/** Ten records each: nine rows, and one in quarantine. */
beforeEach(async () => {
  raw = new MemoryObjectStore({ now: () => 1_000_000 });
  lake = new MemoryObjectStore();
  days = new Set([DAY]);
  manifests = ['s3://lake/history/quotes/metadata/m.avro'];
  files = undefined;
  highest = [];
  tables = new Map(['quotes_raw', 'quotes_quarantine', 'quotes_curated'].map((name) => [name, {}]));
  setView([], false);
  for (const object of OBJECTS) {
    await put(raw, rawObjectKey(object));
    await put(raw, quarantineKey(object, object.start + 9));
    await put(lake, curatedKey(object, DAY));
    const receipt = {
      first: object.start,
      last: object.start + 9,
      records: 10,
      curationVersion: 1,
      revision: 1,
      curated: [{ key: curatedKey(object, DAY), rows: 9 }],
      quarantined: [{ offset: object.start + 9, code: 'price_invalid' as const }],
    };
    await put(lake, receiptKey(object), formatReceipt(receipt));
  }
});

function setView(cut: readonly CutTerm[], hasHistory: boolean): void {
  tables.set('quotes', renderView({ database: DATABASE, viewName: TOPIC, cut, hasHistory }));
}

const CUT = [
  { logId: 'log-1', partition: 0, offset: 19 },
  { logId: 'log-1', partition: 1, offset: 9 },
];

/** History up to the cut: a table, its metadata, two data files, and one that only older snapshots name. */
async function addHistory(current = 2): Promise<void> {
  setView(CUT, true);
  files = () => ['a', 'b'].map((name) => `s3://lake/history/quotes/data/${name}.parquet`);
  tables.set('quotes_history', { Parameters: { metadata_location: `s3://lake/${METADATA}` } });
  const note = { cut: CUT.map(({ logId, partition, offset }) => [logId, partition, offset]) };
  const snapshots = [
    {
      'snapshot-id': 1,
      'manifest-list': 's3://lake/history/quotes/metadata/snap.avro',
      summary: { 'total-data-files': '1', 'tickerlake.compaction': '{"cut":[["log-1",0,9]]}' },
    },
    {
      'snapshot-id': 2,
      'parent-snapshot-id': 1,
      'manifest-list': 's3://lake/history/quotes/metadata/snap.avro',
      summary: { 'total-data-files': '2', 'tickerlake.compaction': JSON.stringify(note) },
    },
    // Undone by a rollback: not of the current snapshot's ancestors.
    {
      'snapshot-id': 3,
      'parent-snapshot-id': 2,
      summary: { 'tickerlake.compaction': '{"cut":[["log-1",0,999]]}' },
    },
    // Of somebody else, who changed rows and says nothing of a cut.
    {
      'snapshot-id': 4,
      'parent-snapshot-id': 1,
      'manifest-list': 's3://lake/history/quotes/metadata/snap.avro',
      summary: { operation: 'delete' },
    },
  ];
  await put(lake, METADATA, JSON.stringify({ 'current-snapshot-id': current, snapshots }));
  await put(lake, 'history/quotes/metadata/snap.avro');
  await put(lake, 'history/quotes/metadata/m.avro');
  await put(lake, 'history/quotes/data/superseded.parquet');
  await put(lake, 'history/quotes/data/a.parquet');
  await put(lake, 'history/quotes/data/b.parquet');
}

function inspect(youngFromMs = Number.POSITIVE_INFINITY): Promise<InspectedTopic> {
  const glue = scriptedClient({
    GetTableCommand: ({ Name }: { Name: string }) => {
      const table = tables.get(Name);
      if (table === undefined) throw new EntityNotFoundException({ message: Name, $metadata: {} });
      return { Table: table };
    },
  }) as GlueClient;
  const inspected = {
    glue,
    raw,
    lake,
    database: DATABASE,
    readDays: () => Promise.resolve(days),
    query: async (sql: string) => {
      await Promise.resolve();
      if (sql.includes('$manifests')) return manifests.map((path) => [path]);
      if (sql.includes('$files')) return (files?.() ?? []).map((path) => [path]);
      return highest;
    },
    youngFromMs,
  };
  return inspectTopic(inspected, TOPIC, () => undefined);
}

function reasons({ curate }: InspectedTopic): string[] {
  return curate.map(({ object, reason }) => `${object.partition}:${object.start} ${reason}`);
}

describe('without history', () => {
  test('a lake that is whole is well', async () => {
    const found = await inspect();
    expect(isWell(found)).toBe(true);
    expect(findings(found)).toEqual([]);
  });

  test('tables that are gone are found, and all days with their table', async () => {
    tables.delete('quotes_raw');
    tables.delete('quotes_curated');
    expect(await inspect()).toMatchObject({
      tables: ['quotes_raw', 'quotes_curated'],
      days: [DAY],
      curate: [],
    });
  });

  test('a day that the catalog does not name is found', async () => {
    days.clear();
    expect(await inspect()).toMatchObject({ days: [DAY], curate: [] });
  });

  test('receipts, curated files and quarantined records that are gone are found, as few ranges', async () => {
    lake.objects.delete(receiptKey(chain(0)));
    lake.objects.delete(curatedKey(chain(10), DAY));
    raw.objects.delete(quarantineKey(chain(0, 1), 9));
    const found = await inspect();
    expect(reasons(found)).toEqual([
      '0:0 no receipt',
      '0:10 curated file gone',
      '1:0 quarantined record gone',
    ]);
    expect(found.ranges).toEqual([
      { logId: 'log-1', partition: 0, fromOffset: 0, toOffset: 10 },
      { logId: 'log-1', partition: 1, fromOffset: 0, toOffset: 0 },
    ]);
    expect(found.history.compact).toBeUndefined();
  });

  test('a receipt that is torn counts for none', async () => {
    await put(lake, receiptKey(chain(20)), '{"first":');
    expect(reasons(await inspect())).toEqual(['0:20 no receipt']);
  });

  test('what is young and has no receipt yet is left to its event, while the queue holds any', async () => {
    lake.objects.delete(receiptKey(chain(20)));
    expect(reasons(await inspect(1_000_000))).toEqual([]);
    expect(reasons(await inspect(1_000_001))).toEqual(['0:20 no receipt']);
  });

  test('the closing words claim nothing of a history that there is none of', async () => {
    const found = await inspect();
    expect(lastLine([found], false, 1)).toBe(
      'nothing to rebuild: catalog, curated files, receipts and quarantined records are whole; no history yet of quotes',
    );
  });

  test('a rebuild that ended before history was made anew is taken up again', async () => {
    const view = renderView({ database: DATABASE, viewName: TOPIC, cut: [], hasHistory: false });
    tables.set('quotes', { ...view, Parameters: { ...view.Parameters, [HISTORY_DUE]: 'true' } });
    const found = await inspect();
    expect(isWell(found)).toBe(false);
    expect(found.curate).toEqual([]);
    expect(findings(found)).toEqual([['history', 'not made anew yet', 'compact']]);
  });

  test('a view that is gone is created, and all curated again: tags of a history that is gone may let files expire', async () => {
    tables.delete('quotes');
    const found = await inspect();
    expect(found.view).toEqual({ action: 'create', cut: [], hasHistory: false });
    expect(found.curate).toHaveLength(4);
    expect(found.history.compact).toBeUndefined();
  });

  test('a view that somebody else wrote stops it', async () => {
    tables.set('quotes', { ViewOriginalText: 'SELECT 1' });
    await expect(inspect()).rejects.toMatchObject({ code: 'VIEW_MALFORMED' });
  });
});

describe('with history', () => {
  beforeEach(() => addHistory());

  test('a lake that is whole is well, though covered files have expired', async () => {
    lake.objects.delete(curatedKey(chain(0), DAY));
    lake.objects.delete(curatedKey(chain(10), DAY));
    expect(isWell(await inspect())).toBe(true);
  });

  test('the closing words name history where it is', async () => {
    expect(lastLine([await inspect()], false, 1)).toBe(
      'nothing to rebuild: catalog, curated files, receipts, quarantined records and history are whole',
    );
  });

  test('a quarantined record that is gone is found below the cut as well', async () => {
    raw.objects.delete(quarantineKey(chain(0), 9));
    lake.objects.delete(curatedKey(chain(0), DAY));
    expect(reasons(await inspect())).toEqual(['0:0 quarantined record gone']);
  });

  test('where the view states more than history holds, what only curated files have is not taken for covered', async () => {
    await addHistory(1);
    lake.objects.delete(curatedKey(chain(0), DAY));
    lake.objects.delete(curatedKey(chain(10), DAY));
    const found = await inspect();
    expect(reasons(found)).toEqual(['0:10 curated file gone']);
    expect(found.view).toEqual({ action: 'none' });
    expect(isWell(found)).toBe(false);
    expect(findings(found).at(-1)).toEqual(['history', 'rows that the view has from it', 'compact']);
  });

  test('where the newest snapshot says nothing of a cut, the rows of history do', async () => {
    await addHistory(4);
    highest = [
      ['log-1', '0', '18'],
      ['log-1', '1', '9'],
    ];
    lake.objects.delete(curatedKey(chain(10), DAY));
    lake.objects.delete(curatedKey(chain(20), DAY));
    expect(reasons(await inspect())).toEqual(['0:20 curated file gone']);
  });

  test('what is gone above the cut is found all the same', async () => {
    lake.objects.delete(curatedKey(chain(20), DAY));
    expect(reasons(await inspect())).toEqual(['0:20 curated file gone']);
  });

  test('a view that is gone gets back the cut that history tells, without what was rolled back', async () => {
    tables.delete('quotes');
    lake.objects.delete(curatedKey(chain(0), DAY));
    const found = await inspect();
    expect(found.view).toEqual({ action: 'create', cut: CUT, hasHistory: true });
    expect(found.curate).toEqual([]);
    expect(found.history.compact).toBeDefined();
  });

  const loseFiles = (): void => {
    for (const key of lake.keys()) if (key.startsWith('history/')) lake.objects.delete(key);
  };
  const LOSSES: readonly (readonly [what: string, lose: () => void])[] = [
    ['its table', () => void tables.delete('quotes_history')],
    ['its metadata', () => void lake.objects.delete(METADATA)],
    ['the list of its manifests', () => void lake.objects.delete('history/quotes/metadata/snap.avro')],
    [
      'a manifest',
      () => {
        lake.objects.delete('history/quotes/metadata/m.avro');
        files = () => {
          throw new Error('a manifest is not there');
        };
      },
    ],
    ['one of its files', () => void lake.objects.delete('history/quotes/data/b.parquet')],
    [
      'all of it',
      () => {
        tables.delete('quotes_history');
        loseFiles();
      },
    ],
  ];

  test.each(LOSSES)(
    'without %s: everything is curated again, and the view reads that',
    async (_what, lose) => {
      lose();
      const found = await inspect();
      expect(found.history.isLost).toBe(true);
      expect(found.view).toEqual({ action: 'reset', cut: [], hasHistory: false });
      expect(reasons(found)).toEqual(
        OBJECTS.map(({ partition, start }) => `${partition}:${start} history is lost`),
      );
      expect(found.history.compact).toBeDefined();
      expect(findings(found).map(([part]) => part)).toEqual(['curated', 'view', 'history']);
    },
  );

  test('a question that Athena cannot answer is no loss', async () => {
    files = () => {
      throw new Error('no engine');
    };
    await expect(inspect()).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      hint: expect.stringMatching(
        /delete-table .*--name quotes_history.* tickerlake rebuild/,
      ) as unknown as string,
    });
  });

  test('a rebuild that ended between view and table curates nothing twice', async () => {
    loseFiles();
    const view = renderView({ database: DATABASE, viewName: TOPIC, cut: [], hasHistory: false });
    tables.set('quotes', { ...view, Parameters: { ...view.Parameters, [HISTORY_DUE]: 'true' } });
    lake.objects.delete(curatedKey(chain(0), DAY));
    const found = await inspect();
    expect(reasons(found)).toEqual(['0:0 curated file gone']);
    expect(found.history).toMatchObject({ isInCatalog: true, compact: 'lost' });
    expect(found.view).toEqual({ action: 'none' });
  });

  test('files that nobody leads to are lost history only if there is no view to say otherwise', async () => {
    tables.delete('quotes_history');
    setView([], false);
    expect((await inspect()).history.isLost).toBe(false);
    tables.delete('quotes');
    expect((await inspect()).history.isLost).toBe(true);
  });
});

test('what was written since the inspection began is young, whatever the queue holds', () => {
  // S3 lists whole seconds.
  expect(youngFrom(1_000_700, 0)).toBe(1_000_000);
  expect(youngFrom(1_000_700, 1)).toBe(400_000);
});
