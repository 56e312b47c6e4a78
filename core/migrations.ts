/** Migrations of the serving database: plain SQL files, numbered from 1 without a gap, that never change once applied. */
import { hash } from 'node:crypto';
import { TickerlakeError } from './errors.ts';

export interface Migration {
  readonly version: number;
  /** File name: `0001_serving_tables.sql` */
  readonly name: string;
  /** Of the file's text, SHA-256 in hex. */
  readonly checksum: string;
  readonly sql: string;
}

/** A migration as the database remembers it. */
export type AppliedMigration = Pick<Migration, 'version' | 'name' | 'checksum'>;

export interface MigrationPlan {
  /** To be applied, in order. */
  readonly pending: readonly Migration[];
  /** Applied by a newer release, which is being rolled back: each is compatible with the release before it. */
  readonly ahead: readonly AppliedMigration[];
}

const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;
/** A file that ended its transaction could fail half-way. These also cannot run in one at all. */
const TRANSACTION_CONTROL =
  /^\s*(?:(?:BEGIN|COMMIT|ROLLBACK|END)(?:\s+(?:WORK|TRANSACTION))?\s*;|START\s+TRANSACTION|VACUUM\b|(?:CREATE|DROP)\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY|(?:CREATE|DROP)\s+DATABASE\b)/im;

/**
 * @param files text by file name; what does not end with .sql is none
 * @throws TickerlakeError MIGRATION_INVALID, naming the file
 */
export function readMigrations(files: ReadonlyMap<string, string>): Migration[] {
  const names = [...files.keys()].filter((name) => name.endsWith('.sql')).sort();
  return names.map((name, index) => {
    const [, digits] = FILE_NAME.exec(name) ?? [];
    if (digits === undefined) {
      throw invalid(name, 'is not named like a migration', 'name it 0001_what_it_does.sql');
    }
    const version = Number(digits);
    if (version !== index + 1) {
      const expected = String(index + 1).padStart(4, '0');
      const what =
        version <= index ? 'has a number that another file has' : `comes where ${expected} is missing`;
      throw invalid(name, what, `number migrations without a gap: the next is ${expected}`);
    }
    const sql = files.get(name) ?? '';
    const control = TRANSACTION_CONTROL.exec(sql)?.[0].trim();
    if (control !== undefined) {
      throw invalid(
        name,
        `has ${JSON.stringify(control)}`,
        'leave it out: each file runs in one transaction',
      );
    }
    return { version, name, checksum: hash('sha256', sql), sql };
  });
}

/** As a template states it, so that CloudFormation asks for an update when one is added: `0001_name.sql sha256:…`. */
export function describeMigration({ name, checksum }: AppliedMigration): string {
  return `${name} sha256:${checksum}`;
}

/**
 * What brings a database to these migrations.
 * @throws TickerlakeError MIGRATION_INVALID if one that was applied is not the same any more
 */
export function planMigrations(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): MigrationPlan {
  const known = new Map(applied.map((each) => [each.version, each]));
  const newest = Math.max(0, ...known.keys());
  for (const { version, name, checksum } of migrations) {
    const before = known.get(version);
    if (before === undefined && version < newest) {
      throw invalid(name, 'was never applied, though later ones were', 'give it the next free number');
    }
    if (before !== undefined && before.name !== name) {
      throw invalid(name, `was ${before.name} when it was applied`, CHANGED);
    }
    if (before !== undefined && before.checksum !== checksum) {
      throw invalid(name, 'was changed after it was applied', CHANGED);
    }
  }
  return {
    pending: migrations.filter(({ version }) => !known.has(version)),
    ahead: applied.filter(({ version }) => version > migrations.length),
  };
}

const CHANGED = 'restore the file as it was released, and put the change into a new one';

function invalid(name: string, what: string, hint: string): TickerlakeError {
  return new TickerlakeError('MIGRATION_INVALID', `migration ${name} ${what}: ${hint}`, {
    coordinates: { migration: name },
  });
}
