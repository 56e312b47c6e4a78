/**
 * What kind of statement Athena calls it: https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecution.html
 * The names of SubstatementType are not documented; these were seen in answers of Athena that people published.
 */
import { meaningfulTokens } from './sql-tokens.ts';

export type StatementType = 'DML' | 'DDL' | 'UTILITY';

export interface StatementKind {
  readonly type: StatementType;
  readonly subtype: string;
}

const QUERY: StatementKind = { type: 'DML', subtype: 'SELECT' };

/** By the first words, of which the longest that fits counts. */
const KINDS: Readonly<Record<string, StatementKind>> = {
  SELECT: QUERY,
  WITH: QUERY,
  VALUES: QUERY,
  TABLE: QUERY,
  EXPLAIN: { type: 'DML', subtype: 'EXPLAIN' },
  INSERT: { type: 'DML', subtype: 'INSERT' },
  UPDATE: { type: 'DML', subtype: 'UPDATE' },
  DELETE: { type: 'DML', subtype: 'DELETE' },
  MERGE: { type: 'DML', subtype: 'MERGE' },
  UNLOAD: { type: 'DML', subtype: 'UNLOAD' },
  'CREATE TABLE': { type: 'DDL', subtype: 'CREATE_TABLE' },
  'CREATE EXTERNAL': { type: 'DDL', subtype: 'CREATE_TABLE' },
  'CREATE VIEW': { type: 'DDL', subtype: 'CREATE_VIEW' },
  'CREATE OR': { type: 'DDL', subtype: 'CREATE_VIEW' },
  'CREATE DATABASE': { type: 'DDL', subtype: 'CREATE_DATABASE' },
  'CREATE SCHEMA': { type: 'DDL', subtype: 'CREATE_DATABASE' },
  'DROP TABLE': { type: 'DDL', subtype: 'DROP_TABLE' },
  'DROP VIEW': { type: 'DDL', subtype: 'DROP_VIEW' },
  'DROP DATABASE': { type: 'DDL', subtype: 'DROP_DATABASE' },
  'DROP SCHEMA': { type: 'DDL', subtype: 'DROP_DATABASE' },
  'ALTER TABLE': { type: 'DDL', subtype: 'ALTER_TABLE' },
  'MSCK REPAIR': { type: 'DDL', subtype: 'MSCK_REPAIR_TABLE' },
  PREPARE: { type: 'DDL', subtype: 'PREPARE' },
  DEALLOCATE: { type: 'DDL', subtype: 'DEALLOCATE' },
  DESCRIBE: { type: 'UTILITY', subtype: 'DESCRIBE_TABLE' },
  DESC: { type: 'UTILITY', subtype: 'DESCRIBE_TABLE' },
  'SHOW COLUMNS': { type: 'UTILITY', subtype: 'SHOW_COLUMNS' },
  'SHOW CREATE TABLE': { type: 'UTILITY', subtype: 'SHOW_CREATE_TABLE' },
  'SHOW CREATE VIEW': { type: 'UTILITY', subtype: 'SHOW_CREATE_VIEW' },
  'SHOW DATABASES': { type: 'UTILITY', subtype: 'SHOW_DATABASES' },
  'SHOW SCHEMAS': { type: 'UTILITY', subtype: 'SHOW_DATABASES' },
  'SHOW PARTITIONS': { type: 'UTILITY', subtype: 'SHOW_PARTITIONS' },
  'SHOW TABLES': { type: 'UTILITY', subtype: 'SHOW_TABLES' },
  'SHOW TBLPROPERTIES': { type: 'UTILITY', subtype: 'SHOW_TABLE_PROPERTIES' },
  'SHOW VIEWS': { type: 'UTILITY', subtype: 'SHOW_VIEWS' },
};

/** Undefined for what begins as no statement of Athena's does. */
export function kindOf(sql: string): StatementKind | undefined {
  const tokens = meaningfulTokens(sql);
  const start = tokens.findIndex(({ text }) => text !== '(');
  const words = tokens.slice(Math.max(0, start), start + 3).map(({ text }) => text.toUpperCase());
  if (words[0] === 'CREATE' && words[1] === 'TABLE' && tokens.some(({ text }) => /^as$/i.test(text)))
    return { type: 'DDL', subtype: 'CREATE_TABLE_AS_SELECT' };
  for (let length = words.length; length > 0; length--) {
    const first = words.slice(0, length).join(' ');
    if (Object.hasOwn(KINDS, first)) return KINDS[first];
  }
  return undefined;
}
