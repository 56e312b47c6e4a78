/** Trino's configuration of a local run, and the catalogs that it reads the lake through: https://trino.io/docs/476/ */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccessKeys } from '../gateway/types.ts';

/** Whose catalogs they are. Everybody else may only read. */
export const ADMINISTRATOR = 'tickerlake-engine';
/** What Athena calls the Glue catalog. */
export const LAKE_CATALOG = 'awsdatacatalog';
/** Where the lake's catalog sends queries of Iceberg tables; nobody names it. */
const ICEBERG_CATALOG = 'awsiceberg';

/** https://trino.io/docs/476/security/file-system-access-control.html */
const ACCESS_RULES = {
  catalogs: [
    { user: ADMINISTRATOR, allow: 'owner' },
    // Open to all where no rule says otherwise, and unknown to Athena.
    { catalog: 'system', allow: 'none' },
    { catalog: `${LAKE_CATALOG}|${ICEBERG_CATALOG}`, allow: 'all' },
  ],
  schemas: [{ owner: false }],
  // A view reads for its owner, whoever that is, who therefore has to be able to hand on what the view shows.
  tables: [{ privileges: ['SELECT', 'GRANT_SELECT'] }],
};

export interface ServerSettings {
  /** Folder for the configuration and what the server leaves. */
  readonly directory: string;
  readonly plugins: string;
  readonly port: number;
}

/** Writes the server's files and resolves to the path of the first. */
export async function writeConfiguration({ directory, plugins, port }: ServerSettings): Promise<string> {
  await mkdir(directory, { recursive: true });
  const at = (name: string): string => join(directory, name);
  await writeFile(at('access-rules.json'), JSON.stringify(ACCESS_RULES));
  await writeFile(
    at('access-control.properties'),
    properties({ 'access-control.name': 'file', 'security.config-file': at('access-rules.json') }),
  );
  await writeFile(
    at('config.properties'),
    properties({
      'node.environment': 'local',
      'node.id': 'local',
      'node.bind-ip': '127.0.0.1',
      'node.internal-address': '127.0.0.1',
      'http-server.http.port': String(port),
      'http-server.log.enabled': 'false',
      'discovery.uri': `http://127.0.0.1:${port}`,
      coordinator: 'true',
      'node-scheduler.include-coordinator': 'true',
      'plugin.dir': plugins,
      'access-control.config-files': at('access-control.properties'),
      // Catalogs come and go with whom they read for.
      'catalog.management': 'dynamic',
      'catalog.store': 'memory',
      'query.max-memory-per-node': '512MB',
      'memory.heap-headroom-per-node': '256MB',
    }),
  );
  return at('config.properties');
}

/** What the catalogs are made of. */
export interface CatalogSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly keys: AccessKeys;
}

/** Statements that make the lake's catalogs for one caller: who reads a table then needs that caller's grants. */
export function createCatalogs({ endpoint, region, keys }: CatalogSettings): readonly string[] {
  const glue = {
    'hive.metastore.glue.region': region,
    'hive.metastore.glue.endpoint-url': endpoint,
    'hive.metastore.glue.aws-access-key': keys.accessKeyId,
    'hive.metastore.glue.aws-secret-key': keys.secretAccessKey,
  };
  const storage = {
    'fs.native-s3.enabled': 'true',
    's3.endpoint': endpoint,
    's3.region': region,
    's3.path-style-access': 'true',
    's3.aws-access-key': keys.accessKeyId,
    's3.aws-secret-key': keys.secretAccessKey,
    // Files below 3 MB would be read whole, as ours are here: then no query would show what its columns cost.
    'parquet.small-file-threshold': '0B',
  };
  return [
    createCatalog(ICEBERG_CATALOG, 'iceberg', { 'iceberg.catalog.type': 'glue', ...glue, ...storage }),
    createCatalog(LAKE_CATALOG, 'hive', {
      'hive.metastore': 'glue',
      'hive.partition-projection-enabled': 'true',
      'hive.iceberg-catalog-name': ICEBERG_CATALOG,
      // Statistics come by calls of Glue that an analyst needs no grant for.
      'hive.table-statistics-enabled': 'false',
      ...glue,
      ...storage,
    }),
  ];
}

/** Statements that remove them. */
export const DROP_CATALOGS: readonly string[] = [LAKE_CATALOG, ICEBERG_CATALOG].map(
  (name) => `DROP CATALOG IF EXISTS ${name}`,
);

function createCatalog(name: string, connector: string, settings: Readonly<Record<string, string>>): string {
  const list = Object.entries(settings).map(([key, value]) => `"${key}" = '${value.replaceAll("'", "''")}'`);
  return `CREATE CATALOG ${name} USING ${connector} WITH (${list.join(', ')})`;
}

function properties(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
