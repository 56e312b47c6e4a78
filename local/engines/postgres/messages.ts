/**
 * The part of PostgreSQL's wire protocol that comes before a session: https://www.postgresql.org/docs/17/protocol-message-formats.html
 * Pure.
 */

const PROTOCOL_MAJOR = 3;
const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;
/** MAX_STARTUP_PACKET_LENGTH of the server. */
const MAX_OPENING_BYTES = 10_000;
/** A token is some 2 KB, and nothing else comes before a session. */
const MAX_MESSAGE_BYTES = 65_536;

/** The first thing that a client says, and the next one after an answer to `ssl` or `gss`. */
export type Opening =
  | { readonly kind: 'ssl' | 'gss' }
  | { readonly kind: 'cancel'; readonly bytes: Buffer }
  | {
      readonly kind: 'startup';
      readonly bytes: Buffer;
      /** Of two of one name the server takes the later, and so it is here. */
      readonly parameters: ReadonlyMap<string, string>;
    }
  /** Another protocol version, or no protocol of PostgreSQL at all. */
  | { readonly kind: 'unknown' };

export interface Parsed<T> {
  readonly value: T;
  /** Bytes that it took. */
  readonly length: number;
}

/** Reads an opening; undefined while more bytes are needed. */
export function readOpening(bytes: Buffer): Parsed<Opening> | undefined {
  if (bytes.length < 8) return undefined;
  const length = bytes.readUInt32BE(0);
  if (length < 8 || length > MAX_OPENING_BYTES) return { value: { kind: 'unknown' }, length: bytes.length };
  if (bytes.length < length) return undefined;
  return { value: openingOf(bytes.subarray(0, length)), length };
}

function openingOf(bytes: Buffer): Opening {
  switch (bytes.readUInt32BE(4)) {
    case SSL_REQUEST:
      return { kind: bytes.length === 8 ? 'ssl' : 'unknown' };
    case GSS_REQUEST:
      return { kind: bytes.length === 8 ? 'gss' : 'unknown' };
    case CANCEL_REQUEST:
      return { kind: 'cancel', bytes };
    default:
      return startupOf(bytes);
  }
}

function startupOf(bytes: Buffer): Opening {
  // A newer minor version is answered by the server, which tells how far it goes.
  if (bytes.readUInt16BE(4) !== PROTOCOL_MAJOR) return { kind: 'unknown' };
  const texts = bytes.toString('utf8', 8).split('\0');
  const parameters = new Map<string, string>();
  // Each text ends in NUL, so the last one is of none; the one before it is the name that ends the list.
  const end = texts.length - 2;
  if (end < 0 || end % 2 === 1 || texts.slice(end).some((text) => text !== '')) return { kind: 'unknown' };
  for (let at = 0; at < end; at += 2) {
    const [name = '', value = ''] = [texts[at], texts[at + 1]];
    if (name === '') return { kind: 'unknown' };
    parameters.set(name, value);
  }
  return { kind: 'startup', bytes, parameters };
}

export interface Message {
  /** Its first byte, as a character. */
  readonly type: string;
  readonly body: Buffer;
}

/** Reads a message of a type byte, a length and a body; undefined while more bytes are needed. Throws on one that is no message. */
export function readMessage(bytes: Buffer): Parsed<Message> | undefined {
  if (bytes.length < 5) return undefined;
  const length = bytes.readUInt32BE(1) + 1;
  if (length < 5 || length > MAX_MESSAGE_BYTES) throw new Error('not a message of PostgreSQL’s protocol');
  if (bytes.length < length) return undefined;
  return { value: { type: String.fromCharCode(bytes[0] ?? 0), body: bytes.subarray(5, length) }, length };
}

export function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const authentication = (code: number): Buffer => {
  const body = Buffer.alloc(4);
  body.writeUInt32BE(code);
  return message('R', body);
};

export const askForPassword: Buffer = authentication(3);

/** Whether it says that the client is in: AuthenticationOk. */
export function isAuthenticated({ type, body }: Message): boolean {
  return type === 'R' && body.length === 4 && body.readUInt32BE() === 0;
}

/** Text of a PasswordMessage. */
export function passwordIn({ type, body }: Message): string | undefined {
  return type === 'p' && body.at(-1) === 0 ? body.toString('utf8', 0, body.length - 1) : undefined;
}

/** An ErrorResponse that ends the connection. */
export function fatalError(sqlState: string, text: string): Buffer {
  const fields = ['SFATAL', 'VFATAL', `C${sqlState}`, `M${text}`, ''];
  return message('E', Buffer.from(fields.map((field) => `${field}\0`).join(''), 'utf8'));
}
