/** Errors with a code from one closed list. A message never holds a record's payload and never a secret. */

/** Every code, and whether doing the same thing again later can help. */
export const ERROR_CODES = {
  CONFIG_INVALID: { canRetry: false },
  EVENT_MALFORMED: { canRetry: false },
  RAW_OBJECT_MALFORMED: { canRetry: false },
  LOG_OVERLAP_DIFFERS: { canRetry: false },
  OBJECT_NOT_FOUND: { canRetry: false },
  STORE_UNAVAILABLE: { canRetry: true },
  STORE_REFUSED: { canRetry: false },
  /** Somebody else keeps changing the same objects. */
  STORE_CONFLICT: { canRetry: true },
  QUEUE_UNAVAILABLE: { canRetry: true },
  REGISTRY_UNAVAILABLE: { canRetry: true },
  SCHEMA_INCOMPATIBLE: { canRetry: false },
  CATALOG_UNAVAILABLE: { canRetry: true },
  CATALOG_CONFLICT: { canRetry: true },
  PARTITION_LOCATION_DIFFERS: { canRetry: false },
  VIEW_MALFORMED: { canRetry: false },
  KAFKA_UNAVAILABLE: { canRetry: true },
  /** Larger than the topic's max.message.bytes. */
  RECORD_TOO_LARGE: { canRetry: false },
  TOPIC_PARTITIONS_LOWERED: { canRetry: false },
  QUOTE_SOURCE_UNAVAILABLE: { canRetry: true },
  QUOTE_SOURCE_REFUSED: { canRetry: false },
  LISTING_MALFORMED: { canRetry: false },
  SECRET_UNAVAILABLE: { canRetry: true },
  PARAMETER_UNAVAILABLE: { canRetry: true },
  WATCHLIST_MALFORMED: { canRetry: false },
  /** Not reachable, out of connections, too slow, or in conflict with another transaction. */
  DATABASE_UNAVAILABLE: { canRetry: true },
  /** It answered, and will answer the same again. */
  DATABASE_REFUSED: { canRetry: false },
  MIGRATION_INVALID: { canRetry: false },
  /** The dashboard's definition names what is not there. */
  DASHBOARD_INVALID: { canRetry: false },
  USAGE: { canRetry: false },
  PREREQUISITE_MISSING: { canRetry: false },
  STATE_UNUSABLE: { canRetry: false },
  LAKE_NOT_RUNNING: { canRetry: true },
  LAKE_ALREADY_RUNNING: { canRetry: false },
  ENGINE_FAILED: { canRetry: true },
  TEMPLATE_UNSUPPORTED: { canRetry: false },
  RESOURCE_FAILED: { canRetry: false },
  QUERY_FAILED: { canRetry: false },
  /** A run of a Spark job ended otherwise than well; what it had not committed is not there. */
  JOB_FAILED: { canRetry: true },
  RECONCILE_FAILED: { canRetry: false },
  WAIT_TIMED_OUT: { canRetry: true },
} as const satisfies Record<string, { readonly canRetry: boolean }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Where it happened: topic-partition-offset, an S3 key, a resource. Never what the record says. */
export type Coordinates = Readonly<Record<string, string | number>>;

export interface TickerlakeErrorOptions {
  readonly coordinates?: Coordinates;
  readonly cause?: unknown;
  /** The next thing to try, shown to people after the message. */
  readonly hint?: string;
}

export class TickerlakeError extends Error {
  override readonly name = 'TickerlakeError';
  readonly code: ErrorCode;
  readonly coordinates: Coordinates;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: TickerlakeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.coordinates = options.coordinates ?? {};
    this.hint = options.hint;
  }

  /** Whether the same call may succeed later. */
  get canRetry(): boolean {
    return ERROR_CODES[this.code].canRetry;
  }
}
