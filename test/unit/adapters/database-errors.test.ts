import { describe, expect, test } from '@jest/globals';
import { DatabaseError } from 'pg';
import {
  isConflict,
  isLoginRefused,
  isSessionAlive,
  toDatabaseError,
} from '../../../adapters/database-errors.ts';
import { TickerlakeError } from '../../../core/errors.ts';

function refusal(code: string, message = 'a secret value'): DatabaseError {
  return Object.assign(new DatabaseError(message, 0, 'error'), { code });
}
function networkError(code: string): Error {
  return Object.assign(new Error('connect failed'), { code });
}
const toError = (error: unknown, isMessageShown = false): unknown =>
  toDatabaseError(error, { isMessageShown });

describe('what may be tried again', () => {
  test.each([
    '08006',
    '53300',
    '53100',
    '57P01',
    '57P02',
    '57P03',
    '57014',
    '40001',
    '40P01',
    '55P03',
    '25006',
    '25P03',
  ])('SQLSTATE %s', (sqlState) => {
    expect(toError(refusal(sqlState))).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      canRetry: true,
      coordinates: { sqlState },
    });
  });

  test.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE'])(
    'network error %s',
    (code) => {
      expect(toError(networkError(code))).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    },
  );

  test.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
    'Client network socket disconnected before secure TLS connection was established',
  ])('the driver’s %j', (message) => {
    expect(toError(new Error(message))).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });
});

describe('what is refused', () => {
  test.each(['22P02', '23505', '42501', '42P01', '54000'])(
    'SQLSTATE %s, without what it is about',
    (sqlState) => {
      const error = toError(refusal(sqlState));
      expect(error).toMatchObject({ code: 'DATABASE_REFUSED', canRetry: false, coordinates: { sqlState } });
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('secret');
      expect((error as Error).cause).toBeUndefined();
    },
  );

  test('a statement of ours, with PostgreSQL’s message and place', () => {
    const error = toError(Object.assign(refusal('42601', 'syntax error'), { position: '17' }), true);
    expect(error).toMatchObject({
      message: expect.stringContaining('syntax error'),
      coordinates: { position: 17 },
    });
  });

  test.each([
    'SELF_SIGNED_CERT_IN_CHAIN',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'CERT_HAS_EXPIRED',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ])('a connection that ends in %s, with what to try', (code) => {
    expect(toError(networkError(code))).toMatchObject({
      code: 'DATABASE_REFUSED',
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
  });
});

test('an error that the database has nothing to do with stays what it is', () => {
  const errors = [new TypeError('x is not a function'), new TickerlakeError('CONFIG_INVALID', 'no'), 'text'];
  for (const error of errors) expect(toError(error)).toBe(error);
});

test('conflicts, refused logins and dead sessions are told apart, described or not', () => {
  for (const describe of [(error: unknown) => error, (error: unknown) => toError(error)]) {
    expect(['40001', '40P01', '55P03', '57014'].map((state) => isConflict(describe(refusal(state))))).toEqual(
      [true, true, false, false],
    );
    expect(['28P01', '28000', '42501'].map((state) => isLoginRefused(describe(refusal(state))))).toEqual([
      true,
      true,
      false,
    ]);
    expect(
      ['40P01', '57014', '57P01', '08006', '25P03'].map((state) => isSessionAlive(describe(refusal(state)))),
    ).toEqual([true, true, false, false, false]);
  }
  expect(isSessionAlive(networkError('ECONNRESET'))).toBe(false);
});
