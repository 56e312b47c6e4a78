/** What PostgreSQL, or the way to it, refused: by code, and never with what a statement said. */
import { DatabaseError } from 'pg';
import { TickerlakeError } from '../core/errors.ts';

/** SQLSTATEs and classes of them after which the same may succeed: https://www.postgresql.org/docs/17/errcodes-appendix.html */
const UNAVAILABLE_CLASSES = ['08', '53'];
const UNAVAILABLE_STATES = new Set([
  '25006', // read_only_sql_transaction: the server that failed over, or has no storage left
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available: lock_timeout
  '57014', // query_canceled: statement_timeout
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now: it starts, or stops
  '57P05', // idle_session_timeout
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
]);
/** Another transaction was in the way: trying again at once is what PostgreSQL expects. */
const CONFLICT_STATES = new Set(['40001', '40P01']);

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** What the driver itself says of a connection that is gone or too slow; it gives no code. */
const NETWORK_MESSAGE =
  /^(?:Connection terminated|Client has encountered a connection error|timeout e|Query read timeout|Client network socket disconnected)/;
/** Codes of Node's TLS: https://nodejs.org/docs/latest-v24.x/api/tls.html#x509-certificate-error-codes */
const TLS_CODE = /CERT|LEAF_SIGNATURE|^ERR_(?:TLS|SSL)_|^EPROTO$/;

export interface DescribeOptions {
  /** Whether PostgreSQL's message may be shown: of a migration's statements, never of those that carry records. */
  readonly isMessageShown: boolean;
}

/** @returns DATABASE_UNAVAILABLE or DATABASE_REFUSED, or the error itself if the database has nothing to do with it */
export function toDatabaseError(error: unknown, { isMessageShown }: DescribeOptions): unknown {
  if (error instanceof DatabaseError) return describeRefusal(error, isMessageShown);
  if (error instanceof TickerlakeError || typeof error !== 'object' || error === null) return error;
  const { code = '', message = '' } = error as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code !== 'string' || typeof message !== 'string') return error;
  // Attempts at several addresses of one name end in one AggregateError, with the code of the first.
  if (NETWORK_CODES.has(code) || NETWORK_MESSAGE.test(message)) {
    return new TickerlakeError('DATABASE_UNAVAILABLE', 'the database cannot be reached', { cause: error });
  }
  if (TLS_CODE.test(code) || message.includes('SSL connection')) {
    return new TickerlakeError('DATABASE_REFUSED', 'the connection to the database cannot be trusted', {
      cause: error,
      hint: 'have Node trust the authority of the database’s certificate: NODE_EXTRA_CA_CERTS',
    });
  }
  return error;
}

/** Whether a transaction lost to another one, and nothing else is wrong. */
export function isConflict(error: unknown): boolean {
  return CONFLICT_STATES.has(sqlStateOf(error));
}

/** Whether the login was refused: its password may have been rotated. */
export function isLoginRefused(error: unknown): boolean {
  return sqlStateOf(error).startsWith('28');
}

/** Whether the connection still answers: what it was asked failed, but it did not. */
export function isSessionAlive(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== '' && !state.startsWith('08') && !state.startsWith('57P') && !state.startsWith('25P0');
}

function sqlStateOf(error: unknown): string {
  if (error instanceof DatabaseError) return error.code ?? '';
  if (!(error instanceof TickerlakeError)) return '';
  return String(error.coordinates['sqlState'] ?? '');
}

function describeRefusal(error: DatabaseError, isMessageShown: boolean): TickerlakeError {
  const sqlState = error.code ?? '';
  const isUnavailable =
    UNAVAILABLE_STATES.has(sqlState) || UNAVAILABLE_CLASSES.includes(sqlState.slice(0, 2));
  const { table, constraint, position } = error;
  const coordinates = {
    sqlState,
    ...(table && { table }),
    ...(constraint && { constraint }),
    ...(isMessageShown && position && { position: Number(position) }),
  };
  // A message such as "invalid input syntax for …" repeats the value that it is about.
  const shown = isUnavailable || sqlState.startsWith('28') || isMessageShown;
  const what = `${isUnavailable ? 'the database is not available' : 'the database refused'}: SQLSTATE ${sqlState}`;
  return new TickerlakeError(
    isUnavailable ? 'DATABASE_UNAVAILABLE' : 'DATABASE_REFUSED',
    shown ? `${what}, ${error.message}` : what,
    { coordinates },
  );
}
