/** Starts the whole lake from a cloud assembly: engines, then every resource of its templates; and stops it in order. */
import { join } from 'node:path';
import { TickerlakeError } from '../core/errors.ts';
import type { Stage } from '../core/names.ts';
import type { Alarms } from './cloudwatch/index.ts';
import { type Broker, startBroker } from './engines/kafka.ts';
import { type Moto, startMoto } from './engines/moto.ts';
import { findFreePorts } from './engines/ports.ts';
import { discardGround, type Postgres, type PostgresGround, preparePostgres } from './engines/postgres.ts';
import { writeTrustBundle } from './engines/trust-bundle.ts';
import { type AwsCredentials, type Gateway, type RunningJob, startGateway } from './gateway/index.ts';
import { KAFKA_TOKEN_PATH } from './gateway/server.ts';
import type { Fleet } from './invoke/fleet.ts';
import { createCloud } from './local-cloud.ts';
import {
  checkPlan,
  type ProvisionedResource,
  type ProvisionProgress,
  provision,
  type StackOutputs,
} from './provision.ts';
import type { EventSources } from './sources/event-sources.ts';
import type { Schedules } from './sources/schedules.ts';
import { LOCAL_ACCOUNT, localRegion, type StatePaths, statePaths, takeRunLock } from './state.ts';
import { StopList } from './stop-list.ts';
import { type Guard, startGuard } from './supervisor/index.ts';
import { readAssembly } from './template/assembly.ts';
import { type Plan, plan } from './template/plan.ts';
import { toolPaths } from './tools.ts';

/** What is going on, for whoever watches a start. */
export type LakeProgress =
  | { readonly kind: 'engines' }
  | ({ readonly kind: 'resource' } & ProvisionProgress)
  | { readonly kind: 'sources' };

export interface LakeOptions {
  readonly stage: Stage;
  /** cdk.out */
  readonly assemblyDir: string;
  /** Port of the AWS endpoint on 127.0.0.1. @default - a free one */
  readonly port?: number | undefined;
  /** @default - the state folder of this checkout, or TICKERLAKE_HOME */
  readonly state?: StatePaths;
  /** Aborting it during the start stops everything and rejects the start. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: LakeProgress) => void;
  /** Receives one line for each thing worth a person's eye. @default - nowhere */
  readonly onWarning?: (line: string) => void;
  /** Time of metrics and alarms, for tests that cannot wait. @default - the machine's */
  readonly now?: () => number;
}

/** Runs of Glue jobs that are under way. */
export interface JobsUnderWay {
  running(): readonly RunningJob[];
  /** Kills the processes of a run, as a machine that breaks would. */
  kill(runId: string): void;
}

/** A running lake. */
export interface Lake {
  readonly stage: Stage;
  /** The local AWS endpoint: value for AWS_ENDPOINT_URL. */
  readonly endpoint: string;
  readonly region: string;
  readonly account: string;
  /** The person at the keyboard: allowed everything that no resource policy denies. */
  readonly operator: AwsCredentials;
  /** host:port of the broker's SASL_SSL listener. */
  readonly bootstrapIam: string;
  /** PEM of the authorities that signed the certificates of broker and database. */
  readonly caFile: string;
  /** Stack name -> output's logical id -> value. */
  readonly outputs: StackOutputs;
  /** Folder of `<function>.log`. */
  readonly logsDir: string;
  readonly resources: readonly ProvisionedResource[];
  /** Milliseconds of each step of the start; steps overlap. */
  readonly stepMs: Readonly<Record<string, number>>;
  readonly gateway: Gateway;
  readonly broker: Broker;
  /** Undefined where no template has a database. */
  readonly database: Postgres | undefined;
  readonly functions: Fleet;
  readonly jobs: JobsUnderWay;
  readonly sources: EventSources;
  readonly schedules: Schedules;
  /** The templates' alarms, on the metrics of this run. */
  readonly alarms: Alarms;
  /** Resolves with the reason when an engine ends that nobody stopped. */
  readonly failed: Promise<TickerlakeError>;
  /** Stops everything; safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts a lake and resolves when every resource is there and every event source polls.
 * @throws TEMPLATE_UNSUPPORTED, RESOURCE_FAILED, ENGINE_FAILED, LAKE_ALREADY_RUNNING …; everything is stopped by then
 */
export async function startLake(options: LakeOptions): Promise<Lake> {
  const stops = new StopList();
  try {
    return await new LakeStart(options, stops).run();
  } catch (error) {
    await stops.run();
    throw error;
  }
}

interface Engines {
  readonly moto: Promise<Moto>;
  readonly broker: Promise<Broker>;
  /** Undefined where no template has a database. */
  readonly databaseGround: Promise<PostgresGround> | undefined;
  readonly caFile: Promise<string>;
  readonly gatewayPort: number;
}

class LakeStart {
  private readonly options: LakeOptions;
  private readonly stops: StopList;
  private readonly state: StatePaths;
  private readonly region = { name: localRegion(), account: LOCAL_ACCOUNT };
  private readonly beganMs = performance.now();
  private readonly stepMs: Record<string, number> = {};
  private readonly hasFailed = Promise.withResolvers<TickerlakeError>();

  constructor(options: LakeOptions, stops: StopList) {
    this.options = options;
    this.stops = stops;
    this.state = options.state ?? statePaths();
  }

  async run(): Promise<Lake> {
    const { onWarning = () => undefined, onProgress = () => undefined } = this.options;
    const { assembly, plan: planned } = this.readPlan();
    const lock = takeRunLock(this.state);
    this.stops.add(() => {
      lock.release();
    });
    for (const notice of lock.notices) onWarning(notice);
    const guard = await startGuard({
      journalFile: this.state.journal,
      logFile: join(this.state.logs, 'guard.log'),
    });
    lock.addProcess(guard.pid);
    this.stops.add(() => guard.stopAll());

    onProgress({ kind: 'engines' });
    const engines = await this.startEngines(guard, planned);
    const gateway = await this.orFail(this.startGateway(engines, onWarning));
    const cloud = createCloud(
      {
        stage: this.options.stage,
        region: this.region.name,
        account: this.region.account,
        state: this.state,
        guard,
        gateway,
        broker: engines.broker,
        databaseGround: engines.databaseGround,
        onDatabase: (postgres) => {
          this.watch('PostgreSQL', postgres);
        },
        caFile: engines.caFile,
        assets: assembly.assets,
        warn: onWarning,
        now: this.options.now,
      },
      this.stops,
    );
    gateway.registerEventSources(cloud.sources);

    const { outputs, resources } = await this.orFail(
      this.measured('resources', () =>
        provision(planned, this.region, cloud, (progress) => {
          onProgress({ kind: 'resource', ...progress });
        }),
      ),
    );
    onProgress({ kind: 'sources' });
    await this.orFail(this.measured('event sources', () => cloud.sources.ready()));
    this.stepMs['total'] = performance.now() - this.beganMs;
    const broker = await engines.broker;
    return {
      stage: this.options.stage,
      endpoint: gateway.endpoint,
      region: this.region.name,
      account: this.region.account,
      operator: gateway.operator,
      bootstrapIam: broker.bootstrapIam,
      caFile: await engines.caFile,
      outputs,
      logsDir: this.state.logs,
      resources,
      stepMs: this.stepMs,
      gateway,
      broker,
      database: cloud.database.postgres,
      functions: cloud.functions,
      jobs: {
        running: () => gateway.glue.runningJobs(),
        kill: (runId) => {
          gateway.glue.killJobRun(runId);
        },
      },
      sources: cloud.sources,
      schedules: cloud.schedules,
      alarms: cloud.cloudwatch,
      failed: this.hasFailed.promise,
      stop: () => this.stops.run(),
    };
  }

  /** Begins all engines at once; the broker is told the gateway's address before the gateway is there. */
  private async startEngines(guard: Guard, planned: Plan): Promise<Engines> {
    const tools = toolPaths();
    const [freePort = 0] = await findFreePorts(1);
    const gatewayPort = this.options.port ?? freePort;
    const verifyUrl = `http://127.0.0.1:${gatewayPort}${KAFKA_TOKEN_PATH}`;
    const moto = this.measured('emulator', () =>
      startMoto(guard, { dir: join(this.state.run, 'moto'), tools }),
    );
    const broker = this.measured('broker', () =>
      startBroker(guard, { dir: join(this.state.run, 'kafka'), verifyUrl, tools }),
    );
    // The next run begins with an empty folder. One that is still starting is ended by the guard.
    let started: Broker | undefined;
    this.stops.add(() => started?.abandon());
    // Started by its instance, which says how; what takes its time is done before.
    const databaseGround = planned.resources.some(({ resource }) => resource.Type === 'AWS::RDS::DBInstance')
      ? this.measured('database', () =>
          preparePostgres(guard, {
            dir: join(this.state.run, 'postgres'),
            logFile: join(this.state.logs, 'postgres.log'),
            tools,
          }),
        )
      : undefined;
    // A start that fails may come to no database, which would do so.
    this.stops.add(async () => databaseGround && discardGround(await databaseGround));
    const caFile = this.bundle(broker, databaseGround);
    caFile.catch(() => undefined);
    // Whoever needs an engine gets its error; nobody may be waiting yet.
    moto.then(
      (engine) => {
        this.watch('the AWS emulator', engine);
      },
      () => undefined,
    );
    broker.then(
      (engine) => {
        started = engine;
        this.watch('the Kafka broker', engine);
      },
      () => undefined,
    );
    return { moto, broker, databaseGround, caFile, gatewayPort };
  }

  private async bundle(
    broker: Promise<Broker>,
    databaseGround: Promise<PostgresGround> | undefined,
  ): Promise<string> {
    const [{ caFile }, ground] = await Promise.all([broker, databaseGround]);
    const caFiles = [caFile, ...(ground === undefined ? [] : [ground.certificate.caFile])];
    return writeTrustBundle(join(this.state.run, 'ca.pem'), caFiles);
  }

  private watch(name: string, engine: { readonly exited: Promise<unknown>; readonly logFile: string }): void {
    void engine.exited.then(() => {
      if (this.stops.begun) return;
      this.hasFailed.resolve(
        new TickerlakeError('ENGINE_FAILED', `${name} ended by itself`, {
          hint: `its log is ${engine.logFile}`,
        }),
      );
    });
  }

  private readPlan(): { assembly: ReturnType<typeof readAssembly>; plan: Plan } {
    const startMs = performance.now();
    const assembly = readAssembly(this.options.assemblyDir);
    const planned = plan(assembly, this.region);
    checkPlan(planned);
    this.stepMs['templates'] = performance.now() - startMs;
    return { assembly, plan: planned };
  }

  private async startGateway(engines: Engines, onWarning: (line: string) => void): Promise<Gateway> {
    const { endpoint } = await engines.moto;
    const { name: region, account } = this.region;
    const gateway = await startGateway({
      motoEndpoint: endpoint,
      account,
      region,
      port: engines.gatewayPort,
      onWarning,
    });
    this.stops.add(() => gateway.stop());
    return gateway;
  }

  /** The step's result, unless an engine ends or the caller gives up before. */
  private async orFail<T>(step: Promise<T>): Promise<T> {
    const { signal } = this.options;
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => {
      aborted.reject(signal?.reason);
    };
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
    const failed = this.hasFailed.promise.then((error) => {
      throw error;
    });
    try {
      return await Promise.race([step, failed, aborted.promise]);
    } finally {
      signal?.removeEventListener('abort', abort);
      step.catch(() => undefined);
    }
  }

  private async measured<T>(name: string, step: () => Promise<T>): Promise<T> {
    const startMs = performance.now();
    const result = await step();
    this.stepMs[name] = performance.now() - startMs;
    return result;
  }
}
