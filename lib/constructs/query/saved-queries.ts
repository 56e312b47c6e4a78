import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CfnNamedQuery, CfnPreparedStatement } from 'aws-cdk-lib/aws-athena';
import { Construct } from 'constructs';
import type { NamedQuery } from '../../../core/named-query.ts';
import { describeQuery, parseNamedQuery, statementName } from '../../../core/named-query.ts';
import { PROJECT_ROOT } from '../../project-root.ts';

const QUERY_FOLDER = join(PROJECT_ROOT, 'sql/queries');

export interface SavedQueriesProps {
  readonly workgroupName: string;
  readonly databaseName: string;
  /** Folder of `<name>.sql` files. @default - sql/queries */
  readonly folder?: string;
}

/**
 * Every query of sql/queries/ as an Athena named query of the file's name; one that takes parameters is a prepared statement as
 * well: `EXECUTE price_of_symbol USING 'AAPL'`.
 */
export class SavedQueries extends Construct {
  private readonly props: SavedQueriesProps;

  constructor(scope: Construct, id: string, props: SavedQueriesProps) {
    super(scope, id);
    this.props = props;
    const { folder = QUERY_FOLDER } = props;
    for (const file of globSync('*.sql', { cwd: folder }).sort()) {
      const query = parseNamedQuery(basename(file, '.sql'), readFileSync(join(folder, file), 'utf8'));
      this.addNamedQuery(query);
      if (query.parameters.length > 0) this.addPreparedStatement(query);
    }
  }

  private addNamedQuery(query: NamedQuery): void {
    new CfnNamedQuery(this, query.name, {
      name: query.name,
      description: describeQuery(query),
      database: this.props.databaseName,
      workGroup: this.props.workgroupName,
      queryString: query.sql,
    });
  }

  private addPreparedStatement(query: NamedQuery): void {
    new CfnPreparedStatement(this, `${query.name}-prepared`, {
      statementName: statementName(query.name),
      description: describeQuery(query),
      workGroup: this.props.workgroupName,
      queryStatement: query.sql,
    });
  }
}
