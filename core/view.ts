/**
 * The view over compacted history and curated files, exact through one cut: history up to it, curated above it.
 * Rendered here for the custom resource that creates it and for the job that moves the cut. Of a derived topic it shows each
 * record once, however often it was produced. An Athena view is a Glue
 * table whose text is base64 JSON: https://docs.aws.amazon.com/athena/latest/ug/views.html (and Trino's PrestoView).
 */
import { sourceTopicOf, viewColumns } from './curated-columns.ts';
import { TickerlakeError } from './errors.ts';
import { DT_COLUMN, type LakeColumn } from './quote.ts';
import { SOURCE_COLUMNS } from './source-coordinates.ts';

/** One term of the cut: history holds the partition's offsets up to and with `offset`. */
export interface CutTerm {
  readonly logId: string;
  readonly partition: number;
  readonly offset: number;
}

export interface ViewOptions {
  readonly database: string;
  /** Also the name of its topic. */
  readonly viewName: string;
  /** Partitions that it does not name are read from curated alone. */
  readonly cut: readonly CutTerm[];
  /** False until history is first compacted: the view then reads curated only, and the cut must be empty. */
  readonly hasHistory: boolean;
}

interface ViewColumn {
  readonly Name: string;
  readonly Type: string;
  readonly Comment?: string;
}

/** Shaped as the TableInput of Glue's CreateTable and UpdateTable. */
export interface ViewTableInput {
  readonly Name: string;
  readonly Owner: string;
  readonly TableType: 'VIRTUAL_VIEW';
  readonly Parameters: Record<string, string>;
  readonly PartitionKeys: [];
  readonly StorageDescriptor: {
    readonly Columns: ViewColumn[];
    readonly Location: string;
    readonly SerdeInfo: Record<string, never>;
  };
  readonly ViewOriginalText: string;
  readonly ViewExpandedText: string;
}

const CATALOG = 'awsdatacatalog';
const PREFIX = '/* Presto View: ';
const SUFFIX = ' */';
const PRESTO_TYPES = {
  string: 'varchar',
  double: 'double',
  timestamp: 'timestamp(3)',
  int: 'integer',
  bigint: 'bigint',
  date: 'date',
} as const satisfies Record<LakeColumn['glueType'], string>;
/**
 * What makes two rows of a derived topic the same. A record and its doubles share the event time, so dt parts none of them; it
 * is there because a condition reaches the files below a window only if it is on columns that the window is partitioned by.
 * https://github.com/trinodb/trino/issues/1272 has the case of row_number(); the local engine does the same.
 */
const IDENTITY = [DT_COLUMN, ...SOURCE_COLUMNS].map(({ name }) => name).join(', ');
const TERM = /\(log_id = '([^']+)' AND kafka_partition = (\d+) AND kafka_offset <= (\d+)\)/g;

/** The view as Glue stores it. The same options give the same bytes. */
export function renderView(options: ViewOptions): ViewTableInput {
  const columns = viewColumns(options.viewName);
  const view = {
    originalSql: renderSql(options),
    catalog: CATALOG,
    schema: options.database,
    columns: columns.map(({ name, glueType }) => ({ name, type: PRESTO_TYPES[glueType] })),
  };
  return {
    Name: options.viewName,
    Owner: 'tickerlake',
    TableType: 'VIRTUAL_VIEW',
    // The comment marks the table as a view, and a Description would take its place: Trino then finds no view of that name.
    Parameters: { presto_view: 'true', comment: 'Presto View' },
    PartitionKeys: [],
    StorageDescriptor: {
      Columns: columns.map(({ name, glueType, comment }) => ({
        Name: name,
        Type: glueType,
        Comment: comment,
      })),
      Location: '',
      SerdeInfo: {},
    },
    ViewOriginalText: `${PREFIX}${Buffer.from(JSON.stringify(view)).toString('base64')}${SUFFIX}`,
    ViewExpandedText: '/* Presto View */',
  };
}

/** What a rendered view says of its cut: read back from the SQL, so that there is no second place to keep it. */
export interface ViewState {
  readonly cut: readonly CutTerm[];
  readonly hasHistory: boolean;
}

/**
 * @param table the view as Glue returns it
 * @throws TickerlakeError VIEW_MALFORMED if it was not rendered here
 */
export function parseViewCut(table: { readonly ViewOriginalText?: string | undefined }): ViewState {
  const sql = viewSql(table.ViewOriginalText);
  const [history] = sql.split(' UNION ALL ');
  if (!sql.includes(' UNION ALL ')) return { cut: [], hasHistory: false };
  const cut = [...(history ?? '').matchAll(TERM)].map(([, logId = '', partition, offset]) => ({
    logId,
    partition: Number(partition),
    offset: Number(offset),
  }));
  return { cut, hasHistory: true };
}

/** The SQL inside the view's text. @throws TickerlakeError VIEW_MALFORMED */
export function viewSql(text: string | undefined): string {
  try {
    if (!text?.startsWith(PREFIX) || !text.endsWith(SUFFIX)) throw new Error('not a Presto view');
    const view: unknown = JSON.parse(
      Buffer.from(text.slice(PREFIX.length, -SUFFIX.length), 'base64').toString(),
    );
    if (
      typeof view === 'object' &&
      view !== null &&
      'originalSql' in view &&
      typeof view.originalSql === 'string'
    ) {
      return view.originalSql;
    }
    throw new Error('no SQL in it');
  } catch (error) {
    throw new TickerlakeError('VIEW_MALFORMED', 'the text of the view is not that of an Athena view', {
      cause: error,
      hint: 'drop the view and deploy again: it is created anew',
    });
  }
}

function renderSql(options: ViewOptions): string {
  const sql = renderRows(options);
  if (sourceTopicOf(options.viewName) === undefined) return sql;
  const columns = viewColumns(options.viewName)
    .map(({ name }) => name)
    .join(', ');
  const copy = `row_number() OVER (PARTITION BY ${IDENTITY} ORDER BY log_id, kafka_partition, kafka_offset)`;
  return `SELECT ${columns} FROM (SELECT ${columns}, ${copy} AS copy FROM (${sql})) WHERE copy = 1`;
}

/** Every row of history and curated files, once. */
function renderRows({ database, viewName, cut, hasHistory }: ViewOptions): string {
  const columns = viewColumns(viewName)
    .map(({ name, glueType }) =>
      glueType === 'timestamp' ? `CAST(${name} AS timestamp(3)) AS ${name}` : name,
    )
    .join(', ');
  const table = (suffix: string): string => `"${CATALOG}"."${database}"."${viewName}_${suffix}"`;
  if (!hasHistory) {
    if (cut.length > 0) throw new RangeError('a view without history has no cut');
    return `SELECT ${columns} FROM ${table('curated')}`;
  }
  const covered = cut.length === 0 ? 'false' : [...cut].sort(byPartition).map(renderTerm).join(' OR ');
  return (
    `SELECT ${columns} FROM ${table('history')} WHERE ${covered}` +
    ` UNION ALL SELECT ${columns} FROM ${table('curated')} WHERE NOT (${covered})`
  );
}

function renderTerm({ logId, partition, offset }: CutTerm): string {
  if (!/^[\w.-]+$/.test(logId)) throw new RangeError(`log id ${JSON.stringify(logId)} cannot stand in SQL`);
  return `(log_id = '${logId}' AND kafka_partition = ${partition} AND kafka_offset <= ${offset})`;
}

function byPartition(a: CutTerm, b: CutTerm): number {
  if (a.logId !== b.logId) return a.logId < b.logId ? -1 : 1;
  return a.partition - b.partition;
}
