/** Athena's queries on an embedded DuckDB: catalog and objects are read through the AWS endpoint with the caller's credentials. */
import type { Table } from '@aws-sdk/client-glue';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { AthenaEngine, AthenaQuery, AthenaQueryResult } from '../gateway/types.ts';
import { Catalog, entryOf, isView } from './catalog.ts';
import { failureOf, notSupported, QueryFailure } from './errors.ts';
import { icebergRelation } from './iceberg/iceberg-relation.ts';
import { IcebergTable, isIceberg } from './iceberg/iceberg-table.ts';
import { metadataEntry, metadataRelation, splitMetadataName } from './iceberg/metadata-tables.ts';
import {
  INFORMATION_SCHEMA,
  informationSchemaEntry,
  informationSchemaRelation,
} from './information-schema.ts';
import { answerMetadata } from './metadata-statements.ts';
import { listPartitions } from './objects.ts';
import { type Evaluate, findPartitions } from './partitions.ts';
import { printedRows, resultColumns } from './result-rows.ts';
import { type Relation, relationOf, shapeOf } from './scan.ts';
import type { Session } from './session.ts';
import { Sessions, type SessionsOptions } from './sessions.ts';
import { classify } from './statements.ts';
import type { CatalogEntry, ScanRequest, Translation, Translator } from './translator.ts';
import { Turns } from './turns.ts';
import { evaluateRanges } from './value-ranges.ts';

export interface DuckDbEngineOptions extends SessionsOptions {
  /** Started when the first query comes, and once. */
  readonly startTranslator: () => Promise<Translator>;
}

/** Of the four threads that Node has for such calls, one is left for files and names. */
const CONCURRENT_CALLS = 3;
/** A view of views is as deep as people write it; a name that stays unknown is a mistake of ours. */
const MAX_ROUNDS = 32;

export class DuckDbEngine implements AthenaEngine {
  readonly #options: DuckDbEngineOptions;
  readonly #sessions: Sessions;
  readonly #turns = new Turns(CONCURRENT_CALLS);
  #translator: Promise<Translator> | undefined;

  constructor(options: DuckDbEngineOptions) {
    this.#options = options;
    this.#sessions = new Sessions(options);
  }

  /** Throws QueryFailure, worded as Athena words it. */
  async execute(query: AthenaQuery): Promise<AthenaQueryResult> {
    query.signal.throwIfAborted();
    const statement = classify(query.sql);
    const lease = await this.#sessions.take(query);
    const connection = await lease.session.connect();
    const interrupt = (): void => {
      connection.interrupt();
    };
    let isClosed = false;
    const close = (): void => {
      if (isClosed) return;
      isClosed = true;
      query.signal.removeEventListener('abort', interrupt);
      connection.closeSync();
      lease.release();
    };
    query.signal.addEventListener('abort', interrupt);
    try {
      const run = new QueryRun(query, lease.session, connection, this.#turns);
      if (statement.kind === 'metadata') return await run.metadata(statement.sql, close);
      const translation = await run.translate(await this.#startedTranslator(), statement.sql);
      const prefix = statement.kind === 'query' ? '' : statement.analyze ? 'EXPLAIN ANALYZE ' : 'EXPLAIN ';
      return await run.execute(translation, prefix, close);
    } catch (error) {
      close();
      query.signal.throwIfAborted();
      throw failureOf(error);
    }
  }

  /** Throws QueryFailure for what the translator cannot parse, and for some of what it will not run. */
  async parse(sql: string): Promise<void> {
    const statement = classify(sql);
    if (statement.kind === 'metadata') return;
    await (await this.#startedTranslator()).translate(statement.sql, { tables: {} });
  }

  async close(): Promise<void> {
    this.#sessions.close();
    (await this.#translator?.catch(() => undefined))?.close();
  }

  /** The running one; where none came up or it has ended, a new one. */
  async #startedTranslator(): Promise<Translator> {
    const earlier = this.#translator;
    if (earlier !== undefined) {
      const translator = await earlier.catch(() => undefined);
      if (translator?.hasEnded === false) return translator;
      if (this.#translator === earlier) this.#translator = undefined;
    }
    this.#translator ??= this.#options.startTranslator();
    return this.#translator;
  }
}

/** A relation, and what EXPLAIN says of it. */
interface Explained extends Relation {
  readonly summary: string;
}

/** What the catalog has under a name, as this query saw it first: all its scans read the same snapshot. */
interface FoundTable {
  readonly table: Table;
  readonly iceberg?: IcebergTable;
  /** Of an Iceberg table's metadata table. */
  readonly part?: string;
}

/** One query on its way. */
class QueryRun {
  readonly #query: AthenaQuery;
  readonly #session: Session;
  readonly #connection: DuckDBConnection;
  readonly #turns: Turns;
  readonly #catalog: Catalog;
  readonly #tables = new Map<string, FoundTable>();

  constructor(query: AthenaQuery, session: Session, connection: DuckDBConnection, turns: Turns) {
    this.#query = query;
    this.#session = session;
    this.#connection = connection;
    this.#turns = turns;
    this.#catalog = new Catalog(session.glue, query.signal);
  }

  readonly #evaluate: Evaluate = (sql) =>
    this.#turns.take(async () => {
      const reader = await this.#connection.runAndReadAll(sql);
      return reader.getRows().map((row) => row.map((value) => (value === null ? null : String(value))));
    });

  async metadata(sql: string, close: () => void): Promise<AthenaQueryResult> {
    const request = {
      catalog: this.#catalog,
      database: this.#query.database,
      evaluate: this.#evaluate,
      openIceberg: (table: Table) => IcebergTable.open(table, this.#session.icebergMetadata),
    };
    const { columns, rows } = await answerMetadata(sql, request);
    close();
    return {
      columns: columns.map((name) => ({ name, type: 'varchar' })),
      rows: once(rows.map((row) => [...row])),
      scannedBytes: 0,
      statementType: 'UTILITY',
    };
  }

  /**
   * Reads from the catalog what the translator asks for until it has all that the query and its views name.
   *
   * A view's text is read before the tables that it names. View quotes is exact only so: its text states the cut, which moves
   * after history is committed, so history read behind it holds all up to the cut (and what it holds above is not shown); and
   * what is above the cut has never been anywhere but in the curated files, which are listed last. Read first, history could lack
   * what a newer cut takes out of the curated files. A table that the query also names itself, beside the view, is read again.
   */
  async translate(translator: Translator, sql: string): Promise<Translation> {
    const tables = new Map<string, CatalogEntry | null>();
    const database = this.#query.database?.toLowerCase();
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const translation = await translator.translate(sql, { database, tables: Object.fromEntries(tables) });
      this.#query.signal.throwIfAborted();
      if ('sql' in translation) return translation;
      const entries = await Promise.all(
        translation.missing.map(async (name) => [name, await this.#entry(name)] as const),
      );
      const readBefore = entries.some(([, entry]) => entry?.kind === 'view') ? [...tables, ...entries] : [];
      for (const [name, entry] of entries) tables.set(name, entry);
      for (const [name, entry] of readBefore) if (entry?.kind === 'table') tables.delete(name);
    }
    throw new QueryFailure('INVALID_VIEW', 'views are nested too deeply');
  }

  async execute(translation: Translation, prefix: string, close: () => void): Promise<AthenaQueryResult> {
    const relations = await settled(translation.scans.map((scan) => this.#relation(scan)));
    const scannedBytes = relations.reduce((sum, relation) => sum + relation.scannedBytes, 0);
    const { maxScanBytes } = this.#query;
    if (maxScanBytes !== undefined && scannedBytes > maxScanBytes)
      throw new QueryFailure(
        'EXCEEDED_SCAN_LIMIT',
        `Bytes scanned limit was exceeded: the query reads ${scannedBytes} bytes, its workgroup allows ${maxScanBytes}; filter by dt or name fewer columns`,
        { state: 'CANCELLED' },
      );
    const sql = translation.sql
      .map((part) => (typeof part === 'string' ? part : (relations[part]?.sql ?? '')))
      .join('');
    const result = await this.#turns.take(() => this.#connection.stream(`${prefix}${sql}`));
    if (prefix !== '') return this.#explained(result, translation, relations, close);
    return {
      columns: resultColumns(result, translation.columns),
      rows: printedRows(result, translation.columns, this.#turns, close),
      scannedBytes,
      statementType: 'DML',
    };
  }

  async #explained(
    result: Awaited<ReturnType<DuckDBConnection['stream']>>,
    { scans }: Translation,
    relations: readonly { readonly scannedBytes: number; readonly summary: string }[],
    close: () => void,
  ): Promise<AthenaQueryResult> {
    const plan = await this.#turns.take(() => result.getRows());
    close();
    const lines = [
      'Plan of the local engine (DuckDB):',
      ...plan.flatMap(([, text]) => String(text).trimEnd().split('\n')),
      ...scans.map(
        ({ database, table }, index) => `${database}.${table}: ${relations[index]?.summary ?? ''}`,
      ),
    ];
    return {
      columns: [{ name: 'Query Plan', type: 'varchar' }],
      rows: once(lines.map((line) => [line])),
      scannedBytes: 0,
      statementType: 'UTILITY',
    };
  }

  async #entry(name: string): Promise<CatalogEntry | null> {
    const [database, table] = splitName(name);
    if (database === INFORMATION_SCHEMA) return informationSchemaEntry(table);
    const found = await this.#catalog.findTable(database, table);
    if (found === undefined) return this.#metadataEntry(name, database, table);
    if (!isIceberg(found)) {
      this.#tables.set(name, { table: found });
      return entryOf(found, database);
    }
    const iceberg = await IcebergTable.open(found, this.#session.icebergMetadata);
    this.#tables.set(name, { table: found, iceberg });
    return iceberg.entry();
  }

  async #metadataEntry(name: string, database: string, table: string): Promise<CatalogEntry | null> {
    const split = splitMetadataName(table);
    if (split === undefined) return null;
    const found = await this.#catalog.findTable(database, split.base);
    if (found === undefined || !isIceberg(found)) return null;
    const iceberg = await IcebergTable.open(found, this.#session.icebergMetadata);
    this.#tables.set(name, { table: found, iceberg, part: split.part });
    return metadataEntry(iceberg, split.part);
  }

  async #relation(scan: ScanRequest): Promise<Explained> {
    if (scan.database === INFORMATION_SCHEMA) {
      const sql = await informationSchemaRelation(scan.table, this.#catalog);
      return { sql, scannedBytes: 0, summary: 'made from the catalog' };
    }
    const found = this.#tables.get(`${scan.database}.${scan.table}`);
    if (found === undefined || isView(found.table))
      throw new Error(`no table ${scan.database}.${scan.table} was read`);
    const { table, iceberg, part } = found;
    if (iceberg === undefined) return this.#hiveRelation(table, scan);
    if (part === undefined) return this.#icebergRelation(iceberg, scan);
    return { sql: await metadataRelation(iceberg, part), scannedBytes: 0, summary: 'made from the metadata' };
  }

  async #hiveRelation(table: Table, scan: ScanRequest): Promise<Explained> {
    if (scan.asOf !== undefined)
      throw notSupported(`${scan.table} keeps no versions`, 'only those of Iceberg tables can be read');
    const shape = shapeOf(table);
    const typeOf = (column: string): string | undefined =>
      shape.columns.find(({ name }) => name === column)?.type.duckdb;
    const { touched, total } = await findPartitions(table, scan, this.#catalog, this.#evaluate);
    const ranges = await evaluateRanges(scan, typeOf, this.#evaluate);
    const listed = await listPartitions(this.#session.s3, touched, this.#query.signal);
    const need = { columns: scan.columns, ranges };
    const readable = shape.format === 'avro' ? await this.#session.avroCopies.fetch(listed) : listed;
    const relation = await this.#turns.take(() =>
      relationOf(shape, readable, need, this.#session.footers, this.#connection),
    );
    const files = listed.reduce((count, { objects }) => count + objects.length, 0);
    const summary = `${touched.length} of ${total} partitions, ${files} files, ${relation.scannedBytes} bytes of the columns named`;
    return { ...relation, summary };
  }

  async #icebergRelation(table: IcebergTable, scan: ScanRequest): Promise<Explained> {
    const typeOf = (column: string): string | undefined =>
      table.metadata.fields.find(({ name }) => name === column)?.type.duckdb;
    const snapshot = await table.snapshot(scan, this.#evaluate);
    const ranges = await evaluateRanges(scan, typeOf, this.#evaluate);
    const { files, total } = await table.findFiles(snapshot, scan, ranges, this.#evaluate);
    const need = { columns: scan.columns, ranges };
    const relation = await this.#turns.take(() =>
      icebergRelation(table, files, need, this.#session.footers, this.#connection),
    );
    const summary = `snapshot ${snapshot?.id ?? 'none'}, ${files.length} of ${total} files, ${relation.scannedBytes} bytes of the columns named`;
    return { ...relation, summary };
  }
}

/**
 * All, or the first failure when the others have ended too. Closing a connection waits for what still runs on it, and would keep
 * the endpoint, which is in this very process, from answering what that waits for.
 */
async function settled<Result>(work: readonly Promise<Result>[]): Promise<Result[]> {
  const results = await Promise.allSettled(work);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

function splitName(name: string): [string, string] {
  const dot = name.indexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
}

async function* once(rows: (string | null)[][]): AsyncGenerator<(string | null)[][]> {
  yield await Promise.resolve(rows);
}
