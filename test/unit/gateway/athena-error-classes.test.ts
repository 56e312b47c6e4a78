/** https://docs.aws.amazon.com/athena/latest/ug/error-reference.html */
import { expect, test } from '@jest/globals';
import { errorClassOf } from '../../../local/gateway/athena/error-classes.ts';
import { QueryFailure } from '../../../local/gateway/athena/query-failure.ts';

test.each([
  ['SYNTAX_ERROR', 1006],
  ['COLUMN_NOT_FOUND', 1006],
  ['TABLE_NOT_FOUND', 1301],
  ['FUNCTION_NOT_FOUND', 1303],
  ['TYPE_MISMATCH', 1002],
  ['DIVISION_BY_ZERO', 1001],
  ['INVALID_CAST_ARGUMENT', 1100],
  ['NOT_SUPPORTED', 1200],
  ['ICEBERG_INVALID_METADATA', 233],
  ['NESTED_WINDOW', 1000],
])('%s is a user’s error of type %i, which no retry mends', (name, type) => {
  expect(errorClassOf(new QueryFailure(name, 'message'))).toEqual({ category: 2, type, isRetryable: false });
});

test('what S3 denies has its own type', () => {
  const typeOf = (message: string): number =>
    errorClassOf(new QueryFailure('PERMISSION_DENIED', message)).type;
  expect(typeOf('Permission denied on S3 path: s3://lake/curated')).toBe(1501);
  expect(typeOf('Insufficient permissions to execute the query.')).toBe(1500);
});

test('exhausted resources are the system’s, and may do another time', () => {
  const failure = new QueryFailure('EXCEEDED_LOCAL_MEMORY_LIMIT', 'message');
  expect(errorClassOf(failure)).toEqual({ category: 1, type: 0, isRetryable: true });
});

test('an engine says whose error a name is that is not in the tables', () => {
  const failure = new QueryFailure('REMOTE_TASK_ERROR', 'message', { category: 1 });
  expect(errorClassOf(failure)).toEqual({ category: 1, type: 200, isRetryable: true });
});

test('an error without a name is an internal one', () => {
  expect(errorClassOf(new Error('surprise'))).toMatchObject({ category: 1, type: 200 });
});
