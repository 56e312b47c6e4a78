import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CfnNamedQuery } from 'aws-cdk-lib/aws-athena';
import { Construct } from 'constructs';
import { TickerlakeError } from '../../../core/errors.ts';
import { PROJECT_ROOT } from '../../project-root.ts';

const QUERY_FOLDER = join(PROJECT_ROOT, 'sql/queries');

export interface NamedQueriesProps {
  readonly workgroupName: string;
  readonly databaseName: string;
  /** Folder of `<name>.sql` files. @default - sql/queries */
  readonly folder?: string;
}

/** Every query of sql/queries/ as an Athena named query of the file's name. */
export class NamedQueries extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { workgroupName, databaseName, folder = QUERY_FOLDER }: NamedQueriesProps,
  ) {
    super(scope, id);
    for (const file of globSync('*.sql', { cwd: folder }).sort()) {
      const name = basename(file, '.sql');
      const { description, sql } = parseQuery(name, readFileSync(join(folder, file), 'utf8'));
      new CfnNamedQuery(this, name, {
        name,
        description,
        database: databaseName,
        workGroup: workgroupName,
        queryString: sql,
      });
    }
  }
}

/** Parts of a query file: comment lines `-- title:` and `-- description:` at the top, then the SQL. */
function parseQuery(name: string, text: string): { readonly description: string; readonly sql: string } {
  const [, title] = /^-- title: (.+)$/m.exec(text) ?? [];
  const [, description] = /^-- description: (.+)$/m.exec(text) ?? [];
  const sql = text.replaceAll(/^-- (title|description): .*\n/gm, '').trim();
  if (title === undefined || description === undefined || sql === '') {
    throw new TickerlakeError(
      'CONFIG_INVALID',
      `sql/queries/${name}.sql lacks its title, description or SQL`,
      {
        hint: 'begin the file with the lines "-- title: …" and "-- description: …"',
      },
    );
  }
  return { description: `${title}: ${description}`, sql };
}
