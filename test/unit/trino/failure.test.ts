/** Trino's failures, as Athena tells them. */
import { expect, test } from '@jest/globals';
import { TrinoError } from '../../../local/trino/client.ts';
import { failureOf } from '../../../local/trino/failure.ts';

const told = (errorName: string, message: string, cause?: string, errorType = 'USER_ERROR'): unknown =>
  failureOf(
    new TrinoError({
      errorName,
      message,
      errorType,
      ...(cause === undefined ? {} : { failureInfo: { message, cause: { message: cause } } }),
    }),
    10,
  );

test.each([
  ['SYNTAX_ERROR', "line 1:1: mismatched input 'SELEC'", "SYNTAX_ERROR: line 1:1: mismatched input 'SELEC'"],
  [
    'COLUMN_NOT_FOUND',
    "line 1:8: Column 'nope' cannot be resolved",
    "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved or requester is not authorized to access requested resources",
  ],
  ['GENERIC_INTERNAL_ERROR', 'two\n  lines', 'GENERIC_INTERNAL_ERROR: two lines'],
])('%s keeps its name and place', (name, message, expected) => {
  expect(told(name, message)).toMatchObject({
    athenaErrorName: name,
    message: expected,
    athenaState: 'FAILED',
  });
});

test('a place is that in the caller’s text', () => {
  const error = new TrinoError({
    errorName: 'SYNTAX_ERROR',
    message: 'line 3:7: no',
    errorType: 'USER_ERROR',
  });
  expect(failureOf(error, undefined, { linesAbove: 1 })).toMatchObject({
    message: 'SYNTAX_ERROR: line 2:7: no',
  });
});

test('what S3 refuses is told with the object', () => {
  expect(
    told(
      'HIVE_CANNOT_OPEN_SPLIT',
      'Error opening Hive split s3://lake/curated/a.parquet (offset=0, length=10)',
      'User: x is not authorized to perform: s3:GetObject (Service: S3, Status Code: 403, Request ID: 1)',
      'EXTERNAL',
    ),
  ).toMatchObject({
    athenaErrorName: 'PERMISSION_DENIED',
    message:
      'PERMISSION_DENIED: Permission denied on S3 path: s3://lake/curated/a.parquet (User: x is not authorized to perform: s3:GetObject)',
  });
});

test('what Glue refuses is told as Athena does', () => {
  expect(
    told(
      'HIVE_METASTORE_ERROR',
      'User: x is not authorized to perform: glue:GetTable (Service: Glue, Status Code: 400)',
      undefined,
      'EXTERNAL',
    ),
  ).toMatchObject({
    message:
      'PERMISSION_DENIED: Insufficient permissions to execute the query. User: x is not authorized to perform: glue:GetTable',
  });
});

test('a query that speaks of denial is not denied', () => {
  expect(told('INVALID_CAST_ARGUMENT', "Cannot cast 'Access Denied' to double")).toMatchObject({
    message: "INVALID_CAST_ARGUMENT: Cannot cast 'Access Denied' to double",
  });
});

test('a cutoff that is passed cancels', () => {
  expect(told('EXCEEDED_SCAN_LIMIT', 'Query exceeded scan limit of 10B')).toMatchObject({
    athenaState: 'CANCELLED',
    message: expect.stringMatching(/^EXCEEDED_SCAN_LIMIT: Bytes scanned limit was exceeded: .* allows 10;/),
  });
});

test('what is no failure of a query stays what it is', () => {
  const error = new Error('the server is gone');
  expect(failureOf(error, 10)).toBe(error);
});
