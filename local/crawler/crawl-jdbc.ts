/** Looks at the databases of a crawler's JDBC targets, with the rights of the crawler's role. */
import type { AwsApi } from '../resources/aws-api.ts';
import { type CrawledTable, crawledTable } from './catalog-table.ts';
import { type JdbcTarget, parseJdbcUrl, targetFilter } from './jdbc-target.ts';
import { type DatabaseLogin, readRelations } from './read-relations.ts';

export interface JdbcCrawl {
  readonly crawlerName: string;
  readonly tablePrefix: string;
  readonly targets: readonly (JdbcTarget & { readonly connectionName: string })[];
}

export interface JdbcPorts {
  /** As the crawler's role. */
  readonly api: Pick<AwsApi, 'json'>;
  /** Says whether the role may do what Glue does with it outside of the catalog; the refusal, or undefined. */
  readonly check: (action: string, resource: string) => string | undefined;
  /** Authorities to trust beside Node's own, PEM. */
  readonly trustedCa: () => Promise<string | undefined>;
  readonly log: (line: string) => void;
}

/** The tables that the targets' databases show to the connections' users. Rejects with why one could not be asked. */
export async function findRelationTables(
  crawl: JdbcCrawl,
  ports: JdbcPorts,
  signal: AbortSignal,
): Promise<readonly CrawledTable[]> {
  const found: CrawledTable[] = [];
  for (const target of crawl.targets) found.push(...(await crawlTarget(crawl, target, ports, signal)));
  return found;
}

async function crawlTarget(
  { crawlerName, tablePrefix }: JdbcCrawl,
  target: JdbcCrawl['targets'][number],
  ports: JdbcPorts,
  signal: AbortSignal,
): Promise<readonly CrawledTable[]> {
  const { connectionName } = target;
  const login = await readLogin(connectionName, ports);
  const isMeant = targetFilter(target, login.database);
  if (isMeant === undefined) {
    throw new Error(`the path ${target.path} is not database/schema/table, with % for any`);
  }
  const relations = (await readRelations(login, signal)).filter(isMeant);
  if (relations.length === 0) ports.log(`nothing matches ${target.path} that ${login.user} may read`);
  const identity = { crawlerName, connectionName, tablePrefix, database: login.database };
  return relations.map((relation) => crawledTable(relation, identity));
}

interface GlueConnection {
  readonly ConnectionProperties?: Readonly<Record<string, string>>;
  readonly PhysicalConnectionRequirements?: {
    readonly SubnetId?: string;
    readonly SecurityGroupIdList?: readonly string[];
  };
}

async function readLogin(connectionName: string, ports: JdbcPorts): Promise<DatabaseLogin> {
  const { Connection: connection } = (await ports.api.json('glue', 'GetConnection', {
    Name: connectionName,
  })) as { Connection?: GlueConnection };
  const properties = connection?.ConnectionProperties ?? {};
  const url = properties['JDBC_CONNECTION_URL'] ?? '';
  const place = parseJdbcUrl(url);
  if (place === undefined) throw new Error(`${url} is not jdbc:postgresql://host:port/database`);
  checkNetwork(connection?.PhysicalConnectionRequirements, ports);
  const { user, password } = await readUser(properties, ports);
  const enforceTls = properties['JDBC_ENFORCE_SSL'] === 'true';
  return { ...place, user, password, enforceTls, ca: await ports.trustedCa() };
}

/** https://docs.aws.amazon.com/glue/latest/dg/connection-properties-secrets-manager.html */
async function readUser(
  properties: Readonly<Record<string, string>>,
  { api }: JdbcPorts,
): Promise<{ readonly user: string; readonly password: string }> {
  const secretId = properties['SECRET_ID'];
  if (secretId === undefined) {
    return { user: properties['USERNAME'] ?? '', password: properties['PASSWORD'] ?? '' };
  }
  const { SecretString: text } = await api.json('secretsmanager', 'GetSecretValue', { SecretId: secretId });
  let secret: { readonly username?: unknown; readonly password?: unknown } = {};
  try {
    secret = JSON.parse(String(text)) as typeof secret;
  } catch {
    // Said below, without what is in it.
  }
  const { username: user, password } = secret;
  if (typeof user === 'string' && typeof password === 'string') return { user, password };
  throw new Error(`secret ${secretId} has no username and password`);
}

/** Asked of the role once a crawl is to reach into a VPC: https://docs.aws.amazon.com/glue/latest/dg/create-service-policy.html */
const NETWORK_DESCRIPTIONS = [
  'ec2:DescribeVpcEndpoints',
  'ec2:DescribeRouteTables',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcAttribute',
];

/** A network interface is really made on AWS only; whether the role may have one made is told here too. */
function checkNetwork(
  requirements: GlueConnection['PhysicalConnectionRequirements'],
  { check }: JdbcPorts,
): void {
  if (requirements === undefined) return;
  const { SubnetId: subnet = '*', SecurityGroupIdList: groups = [] } = requirements;
  const needs = [
    ...NETWORK_DESCRIPTIONS.map((action) => [action, '*'] as const),
    ['ec2:CreateNetworkInterface', 'network-interface/*'] as const,
    ['ec2:CreateNetworkInterface', `subnet/${subnet}`] as const,
    ...groups.map((group) => ['ec2:CreateNetworkInterface', `security-group/${group}`] as const),
    ['ec2:DeleteNetworkInterface', 'network-interface/*'] as const,
  ];
  for (const [action, resource] of needs) {
    const refused = check(action, resource);
    if (refused !== undefined) throw new Error(refused);
  }
}
