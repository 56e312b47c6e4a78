import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CfnNamedQuery } from 'aws-cdk-lib/aws-athena';
import { Construct } from 'constructs';
import { parseNamedQuery } from '../../../core/named-query.ts';
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
      const { title, description, sql } = parseNamedQuery(name, readFileSync(join(folder, file), 'utf8'));
      new CfnNamedQuery(this, name, {
        name,
        description: `${title}: ${description}`,
        database: databaseName,
        workGroup: workgroupName,
        queryString: sql,
      });
    }
  }
}
