/**
 * What the console asks of `tickerlake up`, and what it is told: JSON over HTTP on 127.0.0.1, and server-sent events.
 * cli/console/ answers, console/src/ asks; docs/console.md is for whoever else wants to. Times are ISO 8601 in UTC.
 * An answer that is no success has status 4xx or 5xx and `ApiError` as its body.
 */

/** Body of every answer that is no success. */
export interface ApiError {
  readonly error: {
    /** From the project's closed list of codes, or Athena's exception. */
    readonly code: string;
    readonly message: string;
    /** The next thing to try. */
    readonly hint?: string;
  };
}

/** - `run`: a real engine. - `emulated`: an API emulator. - `checked`: read and validated only. */
export type Level = 'run' | 'emulated' | 'checked';

/** GET /api/lake */
export interface LakeInfo {
  readonly stage: string;
  readonly region: string;
  readonly endpoint: string;
  readonly bootstrapServers: string;
  readonly startedAt: string;
  readonly topics: readonly string[];
  readonly database: string;
  readonly workgroup: string;
  /** Whether an engine can be asked now; what to do if it cannot. */
  readonly engines: readonly {
    readonly name: EngineName;
    readonly isReady: boolean;
    readonly hint?: string;
  }[];
}

// — the pipeline

export type NodeKind =
  | 'schedule'
  | 'function'
  | 'topic'
  | 'objects'
  | 'queue'
  | 'dead-letters'
  | 'database'
  | 'view'
  | 'job'
  | 'crawler'
  | 'workflow';

/** Something that records pass or rest in, as the templates have it. */
export interface PipelineNode {
  readonly id: string;
  readonly kind: NodeKind;
  /** Short name for people: `land-quotes`, `raw/quotes`. */
  readonly title: string;
  readonly stack: string;
  /** CloudFormation type of the resource behind it. */
  readonly type: string;
  readonly physicalId: string;
  readonly level: Level;
  /** What stands behind it locally. */
  readonly behind: string;
}

export interface PipelineEdge {
  readonly from: string;
  readonly to: string;
  /** `data`: records flow. `trigger`: one makes the other act. */
  readonly kind: 'data' | 'trigger';
}

/** GET /api/pipeline */
export interface Pipeline {
  readonly nodes: readonly PipelineNode[];
  readonly edges: readonly PipelineEdge[];
  /** All resources of the templates by level, those off a record's path too. */
  readonly resources: readonly {
    readonly type: string;
    readonly level: Level;
    readonly count: number;
    readonly behind: string;
  }[];
}

/** What a node does now; only what its kind has. */
export interface NodeActivity {
  /** Topics: records ever appended. Tables: rows. */
  readonly records?: number;
  /** Records a second over the last ten. */
  readonly recordsPerSecond?: number;
  /** Consumers of topics: records not yet committed. */
  readonly lag?: number;
  readonly objects?: number;
  readonly bytes?: number;
  /** Queues: messages that wait, and that are being worked on. */
  readonly waiting?: number;
  readonly inFlight?: number;
  /** Functions: since the lake was started. */
  readonly invocations?: number;
  readonly errors?: number;
  /** Jobs, crawlers, workflows: of the last run, `RUNNING`, `SUCCEEDED` … */
  readonly state?: string;
  /** Why the node's figures cannot be told now. */
  readonly problem?: string;
}

/** Event `pipeline` of GET /api/events; also GET /api/activity. */
export interface Activity {
  readonly at: string;
  /** By node id; nodes without figures are absent. */
  readonly nodes: Readonly<Record<string, NodeActivity>>;
  readonly freshness: Freshness;
}

/** How far behind now the view `quotes` is. */
export interface Freshness {
  readonly rows: number;
  /** Newest event time that SQL shows. */
  readonly newestEvent: string | null;
  /** When the newest record that SQL shows reached the topic. */
  readonly newestRecord: string | null;
  /** Records that the topic has and SQL does not show yet, neither as rows nor in quarantine. */
  readonly recordsBehind: number | null;
  /** When this was read. */
  readonly at: string;
}

// — the market

/** GET /api/market/movers, and event `movers`: from the last trading day that the topic's tail holds. */
export interface Movers {
  readonly tradingDate: string | null;
  readonly movers: readonly Mover[];
  /** How many of the topic's records this is made of, and since when. */
  readonly ticks: number;
  readonly since: string | null;
}

/** A symbol by how far it moved since the day's open; the list has every symbol, that which moved most first. */
export interface Mover {
  readonly symbol: string;
  readonly companyName: string | null;
  readonly sector: string | null;
  /** US dollars. */
  readonly open: number | null;
  readonly latestPrice: number;
  /** Percent of the open; null without an open. */
  readonly changePercent: number | null;
  /** Cumulative volume of the day, shares. */
  readonly latestVolume: number | null;
  readonly at: string;
  /** The last prices, oldest first, at most 40: for a spark line. */
  readonly recentPrices: readonly number[];
}

/** One candle; `time` is its start in epoch seconds UTC. */
export interface Candle {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Shares traded in it: growth of the day's cumulative volume. */
  readonly volume: number | null;
  readonly ticks: number;
}

/** GET /api/market/candles?symbol=AAPL&minutes=5, and event `candles` with those that changed. Minutes: 1, 5, 15, 60. */
export interface Candles {
  readonly symbol: string;
  readonly minutes: number;
  readonly candles: readonly Candle[];
}

// — topics and records

/** GET /api/topics */
export interface Topic {
  readonly topic: string;
  readonly partitions: readonly {
    readonly partition: number;
    /** First offset still on the broker, and the one that the next record gets. */
    readonly startOffset: number;
    readonly endOffset: number;
  }[];
}

/** GET /api/topics/quotes/records?partition=0&offset=120&limit=50. Without an offset: the newest. Without a partition: of all. */
export interface TopicRecords {
  readonly topic: string;
  readonly records: readonly TopicRecord[];
}

/** A record as the topic holds it. */
export interface TopicRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: string;
  /** As text where it is UTF-8, else `base64:…`. */
  readonly key: string | null;
  readonly headers: readonly { readonly name: string; readonly value: string | null }[];
  readonly valueBytes: number;
  /** The quote that it decodes to. Numbers that JSON lacks are text: `NaN`, `Infinity`. */
  readonly quote?: Readonly<Record<string, string | number | null>>;
  /** Why it decodes no further, or which rule the quote breaks. */
  readonly problem?: string;
}

/** GET /api/topics/quotes/records/2/1250: one record, its bytes, and its way. */
export interface RecordDetail {
  readonly topic: string;
  readonly logId: string;
  /** Absent where the topic does not hold it any more and raw neither. */
  readonly record?: TopicRecord & {
    /** Lines `00000000  41 42 …  |AB…|` of at most 4 KB. */
    readonly hexDump: readonly string[];
    readonly schemaVersionId?: string;
  };
  readonly trace: RecordWay;
}

/** The way of a record: each station with what is known of it, in order. */
export interface RecordWay {
  readonly outcome: 'waiting' | 'diverted' | 'visible' | 'quarantined' | 'hidden';
  /** One sentence for people: where it is and why. */
  readonly summary: string;
  /** A command that does something about it, where something can be done. */
  readonly nextStep?: string;
  readonly stations: readonly RecordStation[];
}

export interface RecordStation {
  readonly name: 'topic' | 'raw' | 'receipt' | 'curated' | 'quarantine' | 'view';
  readonly state: 'passed' | 'here' | 'not-reached' | 'skipped' | 'failed';
  /** What was found there: offsets, object key, code and reason. */
  readonly details: readonly { readonly label: string; readonly value: string }[];
}

/** GET /api/quarantine?topic=quotes&code=price_invalid&limit=200: the newest first. */
export interface Quarantine {
  readonly topic: string;
  /** Of all codes. */
  readonly total: number;
  /** Of all, most first; `rule` is what the code means. */
  readonly codes: readonly { readonly code: string; readonly rule: string; readonly records: number }[];
  readonly records: readonly {
    readonly logId: string;
    readonly partition: number;
    readonly offset: number;
    readonly timestamp: string | null;
    readonly code: string;
    /** Why this record, with the field and the value's kind. */
    readonly reason: string;
    readonly key: string | null;
    readonly rawKey: string;
  }[];
}

// — logs and alarms

/** GET /api/logs */
export interface LogFile {
  /** `curate-quotes`; of engines `kafka/broker`. */
  readonly name: string;
  readonly kind: 'function' | 'engine';
  readonly bytes: number;
}

/** GET /api/logs/curate-quotes?search=denied&level=WARN&limit=500: the newest that match, oldest first. */
export interface LogLines {
  readonly name: string;
  readonly lines: readonly LogLine[];
  /** Whether older lines match as well. */
  readonly hasMore: boolean;
}

export interface LogLine {
  /** Position in the file, bytes. */
  readonly at: number;
  readonly time: string | null;
  readonly level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | null;
  readonly message: string;
  /** Further fields of a structured line. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** GET /api/alarms, and event `alarms` when one changes. */
export interface Alarm {
  readonly name: string;
  readonly stack: string;
  readonly title: string;
  readonly description: string;
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  readonly reason: string;
  readonly since: string;
  /** `Sum of tickerlake RecordsQuarantined >= 100 in 1 of 1 periods of 300 s` */
  readonly condition: string;
  readonly threshold: number;
  readonly datapoints: readonly { readonly at: string; readonly value: number }[];
  /** False where nothing local emits the metric. */
  readonly isObserved: boolean;
  /** Section of docs/runbook.md, where the description names one. */
  readonly runbook?: string;
}

// — SQL

export type EngineName = 'duckdb' | 'trino';

/** GET /api/catalog: what SQL can name. */
export interface CatalogTable {
  readonly name: string;
  readonly kind: 'table' | 'view';
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly isPartitionKey: boolean;
  }[];
}

/** GET /api/saved-queries */
export interface SavedQuery {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly sql: string;
  /** In the order of the statement's `?`; `example` is a SQL literal that answers something. */
  readonly parameters: readonly { readonly name: string; readonly type: string; readonly example: string }[];
}

/** POST /api/queries (Content-Type: application/json) */
export interface QueryRequest {
  readonly sql: string;
  /** SQL literals or bare words for the statement's `?`. */
  readonly parameters?: readonly string[];
  /** @default duckdb */
  readonly engine?: EngineName;
}

/** Answer of POST /api/queries; GET /api/queries/<id>; DELETE /api/queries/<id> stops it. */
export interface QueryState {
  readonly id: string;
  readonly state: 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  readonly engine: EngineName;
  /** Why it failed. */
  readonly problem?: string;
  /** The next thing to try where it failed. */
  readonly hint?: string;
  readonly engineMs: number;
  readonly scannedBytes: number;
  /** List price of Athena for it in us-east-1, US dollars: 5 per TB, at least 10 MB a query. */
  readonly athenaUsd: number;
}

/** GET /api/queries/<id>/rows?limit=1000; /api/queries/<id>/result.csv is the whole result as a download. */
export interface QueryRows {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Values as Athena prints them; null is null. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** Whether the result has more rows than these. */
  readonly isCut: boolean;
}

// — events

/** GET /api/events?symbol=AAPL&minutes=5: what changes, as server-sent events. The first of each kind comes at once. */
export interface Events {
  /** At most twice a second, while something changes. */
  readonly pipeline: Activity;
  /** At most twice a second. */
  readonly movers: Movers;
  /** Of the asked symbol: those that changed, at most twice a second. */
  readonly candles: Candles;
  readonly alarms: readonly Alarm[];
  /** Where events cannot come for now, and what is done about it; null when they come again. */
  readonly trouble: { readonly message: string } | null;
}
