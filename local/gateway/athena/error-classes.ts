/**
 * Athena's classes of failed queries, by the name of Trino's error: https://docs.aws.amazon.com/athena/latest/ug/error-reference.html
 *
 * AWS documents the numbers and not which error has which. Those marked below were seen in answers of Athena that people
 * published; the others follow the wording of the table.
 */
import type { AthenaQueryFailure } from '../types.ts';

/** 1 system, 2 user, 3 other: https://docs.aws.amazon.com/athena/latest/APIReference/API_AthenaError.html */
export type ErrorCategory = 1 | 2 | 3;

export interface ErrorClass {
  readonly category: ErrorCategory;
  /** ErrorType of the table. */
  readonly type: number;
  /** Whether the same query may succeed when it is sent again. */
  readonly isRetryable: boolean;
}

const USER_TYPES: Readonly<Record<string, number>> = {
  // Seen.
  DIVISION_BY_ZERO: 1001,
  TYPE_MISMATCH: 1002,
  CATALOG_NOT_FOUND: 1006,
  COLUMN_NOT_FOUND: 1006,
  INVALID_CAST_ARGUMENT: 1100,
  INVALID_PARAMETER_USAGE: 1100,
  NUMERIC_VALUE_OUT_OF_RANGE: 1100,
  INVALID_FUNCTION_ARGUMENT: 1106,
  TABLE_ALREADY_EXISTS: 1110,
  NOT_SUPPORTED: 1200,
  SCHEMA_NOT_FOUND: 1301,
  TABLE_NOT_FOUND: 1301,
  FUNCTION_NOT_FOUND: 1303,
  // By the wording of the table.
  AMBIGUOUS_NAME: 1006,
  EXPRESSION_NOT_AGGREGATE: 1006,
  EXPRESSION_NOT_SCALAR: 1006,
  HIVE_BAD_DATA: 1007,
  HIVE_CANNOT_OPEN_SPLIT: 1007,
  HIVE_CURSOR_ERROR: 1007,
  HIVE_FILE_NOT_FOUND: 1302,
  HIVE_INVALID_METADATA: 1004,
  HIVE_PARTITION_SCHEMA_MISMATCH: 1004,
  HIVE_UNSUPPORTED_FORMAT: 1200,
  INVALID_COLUMN_PROPERTY: 1101,
  INVALID_LITERAL: 1006,
  INVALID_TABLE_PROPERTY: 1103,
  INVALID_VIEW: 1107,
  MISSING_SCHEMA_NAME: 1006,
  NOT_FOUND: 1300,
  PERMISSION_DENIED: 1500,
  QUERY_REJECTED: 1008,
  SYNTAX_ERROR: 1006,
  VIEW_IS_RECURSIVE: 1107,
  VIEW_IS_STALE: 1107,
};

const SYSTEM_TYPES: Readonly<Record<string, number>> = {
  CLUSTER_OUT_OF_MEMORY: 0,
  EXCEEDED_CPU_LIMIT: 0,
  EXCEEDED_GLOBAL_MEMORY_LIMIT: 0,
  EXCEEDED_LOCAL_MEMORY_LIMIT: 0,
  EXCEEDED_SPILL_LIMIT: 0,
  EXCEEDED_TIME_LIMIT: 206,
  HIVE_METASTORE_ERROR: 204,
  SERIALIZATION_ERROR: 237,
};

/** For a name of which nothing more is known. */
const PLAIN_TYPES: Readonly<Record<ErrorCategory, number>> = { 1: 200, 2: 1000, 3: 1009 };
const ICEBERG_TYPE = 233;
const S3_PERMISSION_TYPE = 1501;

/** The class of a failure, by its name; where that is not in the tables, by the category that its engine gives it. */
export function errorClassOf(failure: AthenaQueryFailure): ErrorClass {
  const name = failure.athenaErrorName ?? 'GENERIC_INTERNAL_ERROR';
  const userType = typeOf(USER_TYPES, name);
  if (name === 'PERMISSION_DENIED' && failure.message.includes(' S3 ')) return userError(S3_PERMISSION_TYPE);
  if (userType !== undefined) return userError(userType);
  if (name.startsWith('ICEBERG_')) return userError(ICEBERG_TYPE);
  const systemType = typeOf(SYSTEM_TYPES, name);
  if (systemType !== undefined) return { category: 1, type: systemType, isRetryable: true };
  const category = failure.athenaErrorCategory ?? (failure.athenaErrorName === undefined ? 1 : 2);
  return { category, type: PLAIN_TYPES[category], isRetryable: category === 1 };
}

const userError = (type: number): ErrorClass => ({ category: 2, type, isRetryable: false });

const typeOf = (types: Readonly<Record<string, number>>, name: string): number | undefined =>
  Object.hasOwn(types, name) ? types[name] : undefined;
