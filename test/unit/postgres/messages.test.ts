import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  fatalError,
  isAuthenticated,
  message,
  passwordIn,
  readMessage,
  readOpening,
} from '../../../local/engines/postgres/messages.ts';

const withoutNul = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
const parameters = fc
  .array(
    fc.tuple(
      withoutNul.filter((name) => name !== ''),
      withoutNul,
    ),
    { maxLength: 8 },
  )
  .map((pairs) => new Map(pairs));
const body = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const type = fc.constantFrom('R', 'p', 'E', 'S', 'K');

const request = (code: number, length = 8): Buffer => {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt32BE(code, 4);
  return bytes;
};

function startupMessage(given: ReadonlyMap<string, string>): Buffer {
  const text = [...given].map(([name, value]) => `${name}\0${value}\0`).join('');
  const content = Buffer.from(`${text}\0`);
  return Buffer.concat([request(196_608, content.length + 8).subarray(0, 8), content]);
}

describe('an opening', () => {
  test('gives the parameters of a startup message, empty values as well', () => {
    fc.assert(
      fc.property(parameters, body, (given, rest) => {
        const bytes = startupMessage(given);
        const read = readOpening(Buffer.concat([bytes, rest]));
        expect(read).toEqual({
          value: { kind: 'startup', bytes, parameters: given },
          length: bytes.length,
        });
      }),
    );
  });

  test('waits for its last byte', () => {
    fc.assert(
      fc.property(parameters, fc.nat(), (given, cut) => {
        const bytes = startupMessage(given);
        expect(readOpening(bytes.subarray(0, cut % bytes.length))).toBeUndefined();
      }),
    );
  });

  test.each([
    ['ssl', 80_877_103],
    ['gss', 80_877_104],
  ])('may ask for %s', (kind, code) => {
    expect(readOpening(request(code))).toEqual({ value: { kind }, length: 8 });
  });

  test('may cancel, by bytes that are passed on as they are', () => {
    const bytes = request(80_877_102, 16);
    expect(readOpening(bytes)).toEqual({ value: { kind: 'cancel', bytes }, length: 16 });
  });

  test.each([
    ['protocol 2', request(131_072)],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a TLS client hello', Buffer.from('1603010200010001fc0303', 'hex')],
    ['more than a server takes', request(196_608, 10_001)],
    [
      'a name without a value',
      Buffer.concat([request(196_608, 15).subarray(0, 8), Buffer.from('user\0a\0')]),
    ],
  ])('is unknown when it is %s', (_, bytes) => {
    expect(readOpening(bytes)?.value).toEqual({ kind: 'unknown' });
  });

  test('never throws', () => {
    fc.assert(fc.property(body, (bytes) => void readOpening(bytes)));
  });
});

describe('a message', () => {
  test('is read as it was written, whatever follows, and not before its last byte', () => {
    fc.assert(
      fc.property(type, body, body, fc.nat(), (given, content, rest, cut) => {
        const bytes = message(given, content);
        const read = readMessage(Buffer.concat([bytes, rest]));
        expect(read).toEqual({ value: { type: given, body: content }, length: bytes.length });
        expect(readMessage(bytes.subarray(0, cut % bytes.length))).toBeUndefined();
      }),
    );
  });

  test.each([0, 3, 65_536, 0xff_ff_ff_ff])('of length %i is none', (length) => {
    const bytes = message('p', Buffer.alloc(8));
    bytes.writeUInt32BE(length, 1);
    expect(() => readMessage(bytes)).toThrow('not a message');
  });

  test('tells that the client is in, and nothing else does', () => {
    expect(isAuthenticated({ type: 'R', body: Buffer.from([0, 0, 0, 0]) })).toBe(true);
    // SASL, and an error.
    expect(isAuthenticated({ type: 'R', body: Buffer.from([0, 0, 0, 10, 83]) })).toBe(false);
    expect(isAuthenticated({ type: 'E', body: Buffer.from([0, 0, 0, 0]) })).toBe(false);
  });

  test('gives a password', () => {
    expect(passwordIn({ type: 'p', body: Buffer.from('tökén\0') })).toBe('tökén');
    expect(passwordIn({ type: 'p', body: Buffer.from('token') })).toBeUndefined();
    expect(passwordIn({ type: 'X', body: Buffer.from('token\0') })).toBeUndefined();
  });

  test('ends a connection with a state and a text', () => {
    const read = readMessage(fatalError('28000', 'no'));
    expect(read?.value.type).toBe('E');
    expect(read?.value.body.toString()).toBe('SFATAL\0VFATAL\0C28000\0Mno\0\0');
  });
});
