/** A lake of hand-made quotes, and the saved queries to ask of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { viewColumns } from '../../core/curated-columns.ts';
import { curatedKey } from '../../core/layout.ts';
import type { NamedQuery } from '../../core/named-query.ts';
import { parseNamedQuery } from '../../core/named-query.ts';
import { encodeRows } from '../../core/parquet-file.ts';
import type { Quote } from '../../core/quote.ts';
import { CURATED_COLUMNS } from '../../core/quote.ts';
import { QUARANTINE_COLUMNS } from '../../core/raw-schema.ts';
import { utcDay } from '../../core/trading-date.ts';
import { renderView } from '../../core/view.ts';
import { AthenaLake, curatedRow, type Rows } from './athena-lake.ts';
import { type Field, IcebergFixture, type Row } from './iceberg-table.ts';

const FOLDER = join(import.meta.dirname, '../../sql/queries');

export const QUERIES: readonly NamedQuery[] = readdirSync(FOLDER).map((file) =>
  parseNamedQuery(file.replace(/\.sql$/, ''), readFileSync(join(FOLDER, file), 'utf8')),
);

export function namedQuery(name: string): NamedQuery {
  const found = QUERIES.find((query) => query.name === name);
  if (found === undefined) throw new Error(`no file ${name}.sql`);
  return found;
}

/** Each parameter's example; of what the lake has its own of, the lake's. */
export function exampleValues({ parameters }: NamedQuery, own: Readonly<Record<string, string>>): string[] {
  return parameters.map(({ example }) =>
    example.kind === 'literal' ? example.sql : `'${own[example.name] ?? ''}'`,
  );
}

/** A quote at a time, ISO in UTC. Its place in the list is its Kafka offset, so the later of two at one time comes later. */
export interface Tick extends Partial<Quote> {
  readonly symbol: string;
  readonly at: string;
  /** From the quote's time to its record's. @default 0 */
  readonly lagMs?: number;
}

const tablePrefix = 's3://lake/curated/quotes/';
const types = (columns: readonly { name: string; glueType: string }[]): Record<string, string> =>
  Object.fromEntries(columns.map(({ name, glueType }) => [name, glueType]));

export class QuoteLake {
  readonly athena: AthenaLake;

  private constructor(athena: AthenaLake) {
    this.athena = athena;
  }

  /** Log L1, one partition, a file a day. */
  static async start(ticks: readonly Tick[]): Promise<QuoteLake> {
    const lake = new QuoteLake(await AthenaLake.start());
    await lake.athena.createTable('quotes_curated', {
      columns: types(CURATED_COLUMNS),
      keys: { dt: 'string' },
      location: tablePrefix,
    });
    const rows = ticks.map(({ symbol, at, lagMs = 0, ...fields }, offset) => {
      const row = curatedRow(symbol, at, offset, fields);
      return { ...row, timestamp: row.eventTime + lagMs };
    });
    for (const [dt, ofDay] of Map.groupBy(rows, ({ eventTime }) => utcDay(eventTime))) {
      const start = ofDay[0]?.offset ?? 0;
      const object = { kind: 'chain', topic: 'quotes', logId: 'L1', partition: 0, start } as const;
      await lake.athena.put(curatedKey(object, dt), encodeRows(ofDay, object));
      await lake.athena.register('quotes_curated', { [`${tablePrefix}dt=${dt}/`]: [dt] });
    }
    await lake.athena.addTable(
      renderView({ database: 'lake', viewName: 'quotes', cut: [], hasHistory: false }),
    );
    return lake;
  }

  /** @param values SQL literals, one for each parameter */
  async ask(name: string, ...values: readonly string[]): Promise<Rows> {
    return this.athena.rows(withValues(namedQuery(name).sql, values));
  }

  /** Rows of one symbol: those whose first column it is. */
  async askOf(symbol: string, name: string, ...values: readonly string[]): Promise<Rows> {
    const rows = await this.ask(name, ...values);
    return rows.filter(([first]) => first === symbol).map((row) => row.slice(1));
  }

  /** Table quotes_quarantine over these records of log L1, which lie in partition 2. */
  async quarantine(
    records: readonly {
      readonly code: string;
      readonly reason: string;
      readonly kafka_offset: number;
      readonly kafka_timestamp: string;
    }[],
  ): Promise<void> {
    await this.athena.createTable('quotes_quarantine', {
      columns: types(QUARANTINE_COLUMNS),
      keys: { log_id: 'string', kafka_partition: 'int' },
      location: 's3://lake/quarantine/quotes/',
      format: 'json',
      properties: {
        'projection.enabled': 'true',
        'projection.log_id.type': 'injected',
        'projection.kafka_partition.type': 'integer',
        'projection.kafka_partition.range': '0,3',
        'projection.kafka_partition.digits': '4',
      },
    });
    for (const record of records) {
      const name = String(record.kafka_offset).padStart(20, '0');
      await this.athena.put(
        `quarantine/quotes/log_id=L1/kafka_partition=0002/${name}.json`,
        `${JSON.stringify(record)}\n`,
      );
    }
  }

  /** Iceberg table quotes_history, empty. A snapshot of it is an hour later than the one before; the first is of 2026-11-20 00:00 UTC. */
  async history(): Promise<IcebergFixture> {
    return IcebergFixture.create(this.athena, 'quotes_history', {
      fields: HISTORY_FIELDS,
      partitionBy: 'dt',
    });
  }
}

const ICEBERG = {
  string: 'string',
  double: 'double',
  timestamp: 'timestamp',
  int: 'int',
  bigint: 'long',
  date: 'date',
} as const;
const HISTORY_FIELDS = viewColumns('quotes').map(
  ({ name, glueType }, index): Field => ({ id: index + 1, name, type: ICEBERG[glueType] }),
);

/** A row of quotes_history. */
export function historyRow(symbol: string, at: string, offset: number): Row {
  const micros = Date.parse(at) * 1000;
  return {
    symbol,
    log_id: 'L1',
    kafka_partition: 0,
    kafka_offset: offset,
    kafka_timestamp: micros,
    event_time: micros,
    dt: at.slice(0, 10),
  };
}

/** The statement with a value in the place of each `?`. */
export function withValues(sql: string, values: readonly string[]): string {
  const rest = [...values];
  return sql.replaceAll('?', () => {
    const value = rest.shift();
    if (value === undefined) throw new Error('a ? has no value');
    return value;
  });
}
