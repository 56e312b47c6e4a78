/** Puts together what resources are provisioned into, and has each part stopped in its turn. */
import { join } from 'node:path';
import { PROJECT, type Stage } from '../core/names.ts';
import { CloudWatch, embeddedMetrics, putInvocation, queueMetrics } from './cloudwatch/index.ts';
import type { Broker } from './engines/kafka.ts';
import type { Postgres, PostgresGround } from './engines/postgres.ts';
import type { Gateway } from './gateway/index.ts';
import { aclsForRole } from './gateway/kafka-acls.ts';
import { CodeStore } from './invoke/code-store.ts';
import { Fleet } from './invoke/fleet.ts';
import { LazyAthena } from './lazy-athena.ts';
import { AwsApi } from './resources/aws-api.ts';
import type { Cloud } from './resources/cloud.ts';
import { DatabaseServer } from './resources/database-server.ts';
import { KafkaAccess } from './resources/kafka-access.ts';
import { RoleBook } from './resources/role-book.ts';
import { roleSession } from './resources/role-session.ts';
import { Destinations } from './sources/destinations.ts';
import { EventSources } from './sources/event-sources.ts';
import { Schedules } from './sources/schedules.ts';
import { JobLauncher } from './spark/job-launcher.ts';
import type { StatePaths } from './state.ts';
import type { StopList } from './stop-list.ts';
import type { Guard } from './supervisor/index.ts';
import type { Asset } from './template/assembly.ts';
import { sparkToolPaths, toolPaths, trinoToolPaths } from './tools.ts';
import { TrinoEngine } from './trino/index.ts';

export interface CloudParts {
  readonly stage: Stage;
  readonly region: string;
  readonly account: string;
  readonly state: StatePaths;
  readonly guard: Guard;
  readonly gateway: Gateway;
  readonly broker: Promise<Broker>;
  /** Where PostgreSQL is to run; undefined where no template has a database. */
  readonly databaseGround: Promise<PostgresGround> | undefined;
  /** Is told of PostgreSQL once it runs. */
  readonly onDatabase: (postgres: Postgres) => void;
  /** PEM file of the authorities that signed the engines' certificates. */
  readonly caFile: Promise<string>;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly warn: (line: string) => void;
  /** Time of metrics and alarms. @default - the machine's */
  readonly now?: (() => number) | undefined;
}

/** How long a poller may take to finish its invocation at the end; the function is ended after that. */
const POLLER_PATIENCE_MS = 2000;

/** Stops are run in the opposite order: nothing new begins, what polls ends, then functions, then what they talk to. */
export function createCloud(parts: CloudParts, stops: StopList): Cloud {
  const { region, account, state, gateway, assets, warn } = parts;
  const actAs = (role: string): AwsApi =>
    new AwsApi(gateway.endpoint, region, roleSession(gateway, role, 'event-source'));
  const api = new AwsApi(gateway.endpoint, region, () => gateway.operator);
  registerAthena(parts, stops);

  const roles = new RoleBook(gateway);
  const kafka = new KafkaAccess(parts.broker, () => roles.all(), aclsForRole);
  roles.onChange((role) => kafka.grant(role));
  stops.add(() => kafka.stop());

  const database = new DatabaseServer({
    ground: parts.databaseGround,
    guard: parts.guard,
    gateway,
    warn,
    onStarted: parts.onDatabase,
  });
  stops.add(() => database.stop());

  const cloudwatch = new CloudWatch({ now: parts.now, warn });
  const functions = createFleet(parts, cloudwatch);
  gateway.registerRuleMetrics((name, RuleName) => {
    cloudwatch.put({ namespace: 'AWS/Events', name, dimensions: { RuleName } }, 1);
  });
  cloudwatch.addReader(embeddedMetrics(cloudwatch, () => functions.logFiles));
  cloudwatch.addCollector(queueMetrics(cloudwatch, api, account));
  cloudwatch.start();
  gateway.registerAlarms(cloudwatch);
  gateway.registerLambda(functions);
  stops.add(() => {
    functions.stop();
  });

  const sources = new EventSources();
  stops.add(() => sources.stop(), { patienceMs: POLLER_PATIENCE_MS });

  const schedules = new Schedules(async ({ name, targetArn, roleName }, payload) => {
    try {
      await invokeLater(roleName === undefined ? api : actAs(roleName), targetArn, payload);
    } catch (error) {
      warn(`schedule ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  stops.add(() => {
    schedules.stop();
  });

  stops.add(() => {
    cloudwatch.stop();
  });

  const code = new CodeStore(join(state.run, 'functions'), assets);
  const destinations = new Destinations(actAs);
  return {
    region,
    account,
    api,
    actAs,
    gateway,
    roles,
    kafka,
    database,
    functions,
    code,
    jobs: createJobs(parts),
    sources,
    schedules,
    destinations,
    cloudwatch,
    caFile: () => parts.caFile,
    warn,
  };
}

function createFleet(
  { stage, region, state, guard, gateway, caFile, warn }: CloudParts,
  cloudwatch: CloudWatch,
): Fleet {
  return new Fleet({
    processes: guard,
    node: toolPaths().node,
    surroundings: async () => ({ endpoint: gateway.endpoint, region, caFile: await caFile }),
    issueCredentials: (role, session) => gateway.issueCredentials(role, session),
    logsDirectory: state.logs,
    logName: (name) => shortName(stage, name),
    onWarning: warn,
    onInvocation: (invocation) => {
      putInvocation(cloudwatch, invocation);
    },
  });
}

function createJobs({ stage, region, state, guard, gateway, assets }: CloudParts): JobLauncher {
  return new JobLauncher({
    processes: guard,
    tools: sparkToolPaths,
    directory: join(state.run, 'jobs'),
    logsDirectory: state.logs,
    logName: (name) => shortName(stage, name),
    assets,
    endpoint: () => gateway.endpoint,
    region,
    issueCredentials: (role, session) => gateway.issueCredentials(role, session),
    checkRole: (...asked) => gateway.checkRole(...asked),
  });
}

/** What a function or job is called within its stage: names its log. */
function shortName(stage: Stage, name: string): string {
  const prefix = `${PROJECT}-${stage}-`;
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

function registerAthena({ state, guard, gateway }: CloudParts, stops: StopList): void {
  const tempDirectory = join(state.run, 'athena');
  const athena = new LazyAthena({ guard, tools: toolPaths(), logs: state.logs, tempDirectory });
  gateway.registerAthena(athena);
  stops.add(() => athena.close());
  const trino = new TrinoEngine({
    guard,
    tools: trinoToolPaths,
    directory: join(state.run, 'trino'),
    logs: state.logs,
    lendKeys: (accessKeyId) => gateway.lendKeys(accessKeyId),
    metadata: athena,
  });
  gateway.registerAthena(trino, 'trino');
  stops.add(() => trino.close());
}

/** An asynchronous invocation through the Lambda API, so that the caller's right to it is asked. */
async function invokeLater(api: AwsApi, functionArn: string, payload: Buffer): Promise<void> {
  const path = `/2015-03-31/functions/${encodeURIComponent(functionArn)}/invocations`;
  await api.rest('lambda', 'POST', path, payload.toString('utf8'), { 'x-amz-invocation-type': 'Event' });
}
