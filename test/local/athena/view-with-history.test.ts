/** View quotes over an Iceberg history and curated files: exact at any cut and at any moment, pruned by day on both sides. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { UpdateTableCommand } from '@aws-sdk/client-glue';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { viewColumns } from '../../../core/curated-columns.ts';
import { curatedKey } from '../../../core/layout.ts';
import { encodeRows } from '../../../core/parquet-file.ts';
import { CURATED_COLUMNS } from '../../../core/quote.ts';
import { type CutTerm, renderView } from '../../../core/view.ts';
import { AthenaLake, curatedRow } from '../../helpers/athena-lake.ts';
import { allow } from '../../helpers/aws-endpoint.ts';
import { type Field, IcebergFixture, type Row } from '../../helpers/iceberg-table.ts';
import { until } from '../../helpers/until.ts';

const ICEBERG = {
  string: 'string',
  double: 'double',
  timestamp: 'timestamp',
  int: 'int',
  bigint: 'long',
  date: 'date',
} as const;
const FIELDS = viewColumns('quotes').map(
  ({ name, glueType }, index): Field => ({ id: index + 1, name, type: ICEBERG[glueType] }),
);
const DAYS = ['2026-11-19', '2026-11-20'];
const PARTITIONS = [0, 1];
const OFFSETS = 12;

/** Offsets alternate between the days. */
const dayOf = (offset: number): string => DAYS[offset % DAYS.length] ?? '';

function historyRow(partition: number, offset: number): Row {
  const at = Date.parse(`${dayOf(offset)}T14:30:00Z`) * 1000;
  const coordinates = { log_id: 'L1', kafka_partition: partition, kafka_offset: offset, kafka_timestamp: at };
  return { symbol: `S${offset}`, ...coordinates, event_time: at, dt: dayOf(offset) };
}

let lake: AthenaLake;
beforeAll(async () => {
  lake = await AthenaLake.start();
}, 60_000);
afterAll(async () => {
  await lake.stop();
});

async function createCurated(): Promise<void> {
  const location = 's3://lake/curated/quotes/';
  const columns = Object.fromEntries(CURATED_COLUMNS.map(({ name, glueType }) => [name, glueType]));
  await lake.createTable('quotes_curated', { columns, keys: { dt: 'string' }, location });
  await lake.register('quotes_curated', Object.fromEntries(DAYS.map((dt) => [`${location}dt=${dt}/`, [dt]])));
  await lake.addTable(renderView({ database: 'lake', viewName: 'quotes', cut: [], hasHistory: false }));
}

async function curate(partition: number, offset: number): Promise<string> {
  const object = { kind: 'chain', topic: 'quotes', logId: 'L1', partition, start: offset } as const;
  const key = curatedKey(object, dayOf(offset));
  await lake.put(key, encodeRows([curatedRow(`S${offset}`, `${dayOf(offset)}T14:30:00Z`, offset)], object));
  return key;
}

async function moveCut(cut: readonly CutTerm[]): Promise<void> {
  const view = renderView({ database: 'lake', viewName: 'quotes', cut, hasHistory: true });
  await lake.glue.send(new UpdateTableCommand({ DatabaseName: 'lake', TableInput: view }));
}

// Queries of two tables on two cores that others use too.
jest.setTimeout(60_000);

describe('at rest', () => {
  let history: IcebergFixture;
  // Of partition 0, history holds more than the view shows of it; of partition 1, less than is curated.
  const HELD = [8, 5];
  beforeAll(async () => {
    await createCurated();
    history = await IcebergFixture.create(lake, 'quotes_history', { fields: FIELDS, partitionBy: 'dt' });
    for (const partition of PARTITIONS)
      for (let offset = 0; offset < OFFSETS; offset++) await curate(partition, offset);
    const rows = PARTITIONS.flatMap((partition) =>
      Array.from({ length: HELD[partition] ?? 0 }, (_, offset) => historyRow(partition, offset)),
    );
    await history.commit(
      await Promise.all(DAYS.map((day) => history.write(rows.filter(({ dt }) => dt === day)))),
    );
  }, 60_000);

  const NAMES =
    "SELECT concat(CAST(kafka_partition AS varchar), '-', CAST(kafka_offset AS varchar)) FROM quotes";
  const ALL = PARTITIONS.flatMap((partition) =>
    Array.from({ length: OFFSETS }, (_, offset) => `${partition}-${offset}`),
  );

  test.each([
    ['before the first', []],
    ['of one partition', [[0, 7]]],
    [
      'below what history holds',
      [
        [0, 3],
        [1, 4],
      ],
    ],
    [
      'at all that it holds',
      [
        [0, 7],
        [1, 4],
      ],
    ],
  ])('each row is there once, with the cut %s', async (_, terms) => {
    await moveCut(terms.map(([partition = 0, offset = 0]) => ({ logId: 'L1', partition, offset })));
    expect((await lake.rows(NAMES)).flat().sort()).toEqual([...ALL].sort());
    const { columns } = await lake.answer(
      'SELECT event_time, trading_date, kafka_offset, dt FROM quotes LIMIT 1',
    );
    expect(columns.map(({ type }) => type)).toEqual(['timestamp(3)', 'date', 'bigint', 'varchar']);
  });

  test('who may read one day’s files gets its rows, from both sides', async () => {
    const [, day = ''] = DAYS;
    const files = await lake.rows('SELECT file_path FROM "quotes_history$files" ORDER BY 1');
    const dayFile = (files[1]?.[0] ?? '').replace('s3://', 'arn:aws:s3:::');
    const credentials = lake.role('of-one-day', [
      allow(['glue:GetTable', 'glue:GetPartitions'], '*'),
      allow('s3:ListBucket', 'arn:aws:s3:::lake'),
      allow('s3:GetObject', [
        `arn:aws:s3:::lake/curated/quotes/dt=${day}/*`,
        'arn:aws:s3:::lake/history/quotes_history/metadata/*',
        dayFile,
      ]),
    ]);
    const found = await lake.rows(`${NAMES} WHERE dt = '${day}'`, { credentials });
    expect(found.flat().sort()).toEqual(
      ALL.filter((name) => dayOf(Number(name.split('-')[1])) === day).sort(),
    );
    expect(await lake.failure(NAMES, { credentials })).toMatch(/^PERMISSION_DENIED/);
  });

  test('a symbol’s rows come from its files alone, on both sides', async () => {
    expect(
      await lake.rows("SELECT count(*), count(DISTINCT kafka_partition) FROM quotes WHERE symbol = 'S3'"),
    ).toEqual([['2', '2']]);
    const bytes = async (sql: string): Promise<number> => (await lake.answer(sql)).scannedBytes;
    expect(await bytes("SELECT max(event_time) FROM quotes WHERE symbol = 'nobody'")).toBe(0);
    expect(await bytes("SELECT max(event_time) FROM quotes WHERE symbol = 'S3'")).toBeLessThan(
      (await bytes('SELECT max(event_time) FROM quotes WHERE symbol IS NOT NULL')) / 2,
    );
  });

  test('a table that is named beside the view is read behind it', async () => {
    await moveCut([{ logId: 'L1', partition: 0, offset: 3 }]);
    // Whoever asks for the view waits until a compaction is through, and has asked for the table by then.
    let isCompacted = false;
    const endpoint = await startProxy(lake.endpoint.gateway.endpoint, async ({ target, body }) => {
      if (isCompacted || !target.endsWith('GetTable') || !body.includes('"quotes"')) return;
      isCompacted = true;
      const rows = Array.from({ length: OFFSETS }, (_, offset) => historyRow(1, offset)).slice(HELD[1]);
      await history.commit([await history.write(rows.filter(({ dt }) => dt === DAYS[0]))]);
      await history.commit([await history.write(rows.filter(({ dt }) => dt === DAYS[1]))]);
      await moveCut(
        [0, 1].map((partition) => ({ logId: 'L1', partition, offset: partition === 0 ? 7 : OFFSETS - 1 })),
      );
    });
    const sql = `${NAMES} WHERE (SELECT count(*) FROM quotes_history) > 0`;
    const found = await lake.rows(sql, { endpoint: endpoint.url });
    await endpoint.stop();
    expect(isCompacted).toBe(true);
    expect(found.flat().sort()).toEqual([...ALL].sort());
  });
});

/**
 * One log and one day, so that a listing is of one moment: rows are then the offsets from 0 to some offset, each once. Whatever is
 * read in the wrong order shows as a gap or a double.
 */
describe('while curation and compaction go on', () => {
  const ANSWERS = 10;
  const FILES_A_ROUND = 3;
  const day = dayOf(0);

  test('each answer is one consistent state', async () => {
    const sql = 'SELECT count(*), count(DISTINCT kafka_offset), max(kafka_offset) FROM racing';
    const name = 'racing';
    const location = `s3://lake/curated/${name}/`;
    const columns = Object.fromEntries(
      CURATED_COLUMNS.map(({ name: column, glueType }) => [column, glueType]),
    );
    await lake.createTable(`${name}_curated`, { columns, keys: { dt: 'string' }, location });
    await lake.register(`${name}_curated`, { [`${location}dt=${day}/`]: [day] });
    const history = await IcebergFixture.create(lake, `${name}_history`, {
      fields: FIELDS,
      partitionBy: 'dt',
    });
    const viewAt = (offset: number): ReturnType<typeof renderView> => {
      const view = renderView({
        database: 'lake',
        viewName: 'quotes',
        cut: [{ logId: 'L1', partition: 0, offset }],
        hasHistory: true,
      });
      return renamed(view, name);
    };
    const put = async (offset: number): Promise<void> => {
      const object = { kind: 'chain', topic: 'quotes', logId: 'L1', partition: 0, start: offset } as const;
      const key = curatedKey(object, day).replace('curated/quotes/', `curated/${name}/`);
      await lake.put(key, encodeRows([curatedRow('S', `${day}T14:30:00Z`, offset)], object));
    };
    await put(0);
    await history.commit([await history.write([{ ...historyRow(0, 0), dt: day }])]);
    await lake.addTable(viewAt(0));

    let curated = 1;
    const answers: string[] = [];
    const work = async (): Promise<void> => {
      let covered = 1;
      while (answers.length < ANSWERS) {
        for (let file = 0; file < FILES_A_ROUND; file++) await put(curated++);
        const rows = Array.from({ length: curated - covered }, (__, index) => ({
          ...historyRow(0, covered + index),
          dt: day,
        }));
        await history.commit([await history.write(rows)]);
        await lake.glue.send(
          new UpdateTableCommand({ DatabaseName: 'lake', TableInput: viewAt(curated - 1) }),
        );
        covered = curated;
        // At the readers' pace: each round then falls into a query of one of them.
        const before = answers.length;
        await until('an answer', () => answers.length > before, 60_000);
      }
    };
    const read = async (): Promise<void> => {
      while (answers.length < ANSWERS) {
        const before = curated;
        const [[rows, offsets, last] = []] = await lake.rows(sql);
        expect([rows, offsets]).toEqual([String(Number(last) + 1), rows]);
        expect(Number(rows)).toBeGreaterThanOrEqual(before - 1);
        answers.push(rows ?? '');
      }
    };
    await Promise.all([work(), read(), read()]);
    expect(new Set(answers).size).toBeGreaterThan(2);
  }, 120_000);
});

interface Call {
  /** Service and operation, of services that say them in a header. */
  readonly target: string;
  readonly body: string;
}

/** Forwards calls to the endpoint, each after `before` is through with it. */
async function startProxy(
  to: string,
  before: (call: Call) => Promise<void>,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    await before({ target: String(request.headers['x-amz-target'] ?? ''), body: body.toString() });
    const onward = send(
      new URL(request.url ?? '/', to),
      { method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.end(body);
  };
  const server = createServer((request, response) => {
    forward(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The view of topic quotes over tables of another name, so that a race has files of its own. */
function renamed(view: ReturnType<typeof renderView>, name: string): ReturnType<typeof renderView> {
  const [, text = ''] = /^\/\* Presto View: (.*) \*\/$/.exec(view.ViewOriginalText) ?? [];
  const sql = Buffer.from(text, 'base64').toString().replaceAll('quotes_', `${name}_`);
  return {
    ...view,
    Name: name,
    ViewOriginalText: `/* Presto View: ${Buffer.from(sql).toString('base64')} */`,
  };
}
