/** The local AWS endpoint: see types.ts for what can be said to it. */
import { randomUUID } from 'node:crypto';
import type { Alarms } from '../cloudwatch/index.ts';
import { AthenaService } from './athena/service.ts';
import { Authorizer } from './authorizer.ts';
import { checkDatabaseToken } from './database-tokens.ts';
import { EventBus } from './events/bus.ts';
import { putEventsService } from './events/put-events.ts';
import { Upstream } from './http/upstream.ts';
import { Identities } from './identity.ts';
import { type EventAct, Interceptors, type RequestRule } from './interception.ts';
import { verifyToken } from './kafka-tokens.ts';
import { ObjectEvents } from './s3/object-events.ts';
import { S3Service } from './s3/service.ts';
import { GatewayServer, KAFKA_TOKEN_PATH } from './server.ts';
import { alarmService } from './services/alarms.ts';
import { CfnResponses } from './services/cfn-responses.ts';
import { CrawlerService } from './services/crawlers.ts';
import { GlueJobService } from './services/glue-jobs.ts';
import { TableOptimizers } from './services/glue-table-optimizers.ts';
import { lambdaService } from './services/lambda.ts';
import { MskService } from './services/msk.ts';
import { SchemaRegistryService } from './services/schema-registry.ts';
import type { LocalService } from './services/service.ts';
import { stsService } from './services/sts.ts';
import { LocalSurroundings } from './surroundings.ts';
import type {
  CountRule,
  Crawler,
  EventSourcePort,
  Gateway,
  GatewayOptions,
  LambdaPort,
  MskCluster,
} from './types.ts';

export type { Interception, Interceptor, RequestMatch, SeenEvent, SeenRequest } from './interception.ts';
export type * from './types.ts';

/** Starts the endpoint on 127.0.0.1 in front of a running moto server. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { motoEndpoint, account, region } = options;
  const onWarning = options.onWarning ?? ((): void => undefined);
  let endpoint = '';
  let functions: LambdaPort | undefined;
  let sources: EventSourcePort | undefined;
  let alarms: Alarms | undefined;
  let cluster: MskCluster | undefined;
  let countRule: CountRule = () => undefined;
  const identities = new Identities(account);
  const authorizer = new Authorizer(identities, account, region);
  const upstream = new Upstream(motoEndpoint, region);
  const athena = new AthenaService({ account, region, endpoint: () => endpoint });
  const around = new LocalSurroundings(account, region, upstream, athena);
  const interceptors = new Interceptors<RequestRule>();
  const eventInterceptors = new Interceptors<EventAct>();
  const checkRole = (roleName: string, action: string, resource: string): string | undefined =>
    authorizer.decide(
      identities.serviceSession(roleName),
      { action, resource },
      { userAgent: undefined, sourceIp: undefined },
    );
  const bus = new EventBus({
    upstream,
    authorizer,
    motoEndpoint,
    onWarning,
    interceptors: eventInterceptors,
    count: (metric, ruleName) => {
      countRule(metric, ruleName);
    },
    queueKey: (arn) => around.queueKey(arn),
    checkRole,
    notifyWorkflow: (name, eventId) => {
      glueJobs.notify(name, eventId);
    },
  });
  const events = new ObjectEvents({
    account,
    region,
    upstream,
    publish: (event) => {
      bus.publish(event);
    },
  });
  const msk = new MskService();
  const cfn = new CfnResponses();
  const crawlers = new CrawlerService(onWarning);
  const publishGlueEvent = (detailType: string, detail: Readonly<Record<string, unknown>>): void => {
    bus.publish({
      version: '0',
      id: randomUUID(),
      'detail-type': detailType,
      source: 'aws.glue',
      account,
      time: `${new Date().toISOString().slice(0, 19)}Z`,
      region,
      resources: [],
      detail,
    });
  };
  const glueJobs = new GlueJobService({ crawls: crawlers, publish: publishGlueEvent, onWarning });
  const optimizers = new TableOptimizers(upstream);
  const schemas = new SchemaRegistryService(upstream, onWarning);
  const local = new Map<string, LocalService>([
    ['athena', athena.answer],
    ['glue', crawlers.before(glueJobs.before(optimizers.before(schemas.answer)))],
    ['kafka', msk.answer],
    [
      'lambda',
      lambdaService(
        () => functions,
        () => sources,
        account,
        region,
      ),
    ],
    ['monitoring', alarmService(() => alarms, upstream)],
    ['sts', stsService(identities, authorizer, account)],
    ['events', putEventsService(bus, account, region)],
  ]);
  const server = new GatewayServer({
    identities,
    authorizer,
    around,
    upstream,
    s3: new S3Service({ identities, authorizer, around, upstream, events }),
    local,
    cfn,
    interceptors,
    verifyKafkaToken: (token) => verifyToken(token, cluster?.clusterArn, identities, authorizer),
    onWarning,
  });
  const port = await server.listen(options.port ?? 0);
  endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    operator: identities.operator.credentials,
    kafkaTokenUrl: `${endpoint}${KAFKA_TOKEN_PATH}`,
    calls: authorizer.calls,
    putRole: (role) => {
      identities.putRole(role);
    },
    removeRole: (name) => {
      identities.removeRole(name);
    },
    roles: () => identities.roles(),
    issueCredentials: (roleName, sessionName = roleName) =>
      // Session names are at most 64 characters, as Lambda cuts function names.
      identities.open(roleName, sessionName.slice(0, 64)).credentials,
    checkRole,
    putBucketPolicy: (bucket, document) => {
      authorizer.putPolicy(`arn:aws:s3:::${bucket}`, document);
    },
    putQueuePolicy: (queueArn, document) => {
      authorizer.putPolicy(queueArn, document);
    },
    putSecretPolicy: (secretArn, document) => {
      authorizer.putPolicy(secretArn, document);
    },
    putKeyPolicy: (keyArn, document) => {
      authorizer.putPolicy(keyArn, document);
    },
    setBucketKey: (bucket, keyArn) => {
      around.setBucketKey(bucket, keyArn);
    },
    setQueueKey: (queueArn, keyArn) => {
      around.setQueueKey(queueArn, keyArn);
    },
    setSecretKey: (secretArn, keyArn) => {
      around.setSecretKey(secretArn, keyArn);
    },
    setBucketEventBridge: (bucket, on) => {
      events.set(bucket, on);
    },
    putEventRule: (rule) => {
      bus.putRule(rule);
    },
    removeEventRule: (name) => {
      bus.removeRule(name);
    },
    eventDeliveries: () => bus.deliveries(),
    eventsSettled: () => bus.settled(),
    setMsk: (description) => {
      cluster = description;
      msk.put(description);
    },
    putGlueConnection: (connection) => {
      crawlers.putConnection(connection);
    },
    putCrawler: (crawler) =>
      crawlers.putCrawler({ ...crawler, crawl: tellingOf(crawler, account, publishGlueEvent) }),
    glue: glueJobs,
    crawls: crawlers,
    putGlueClassifier: (classifier) => {
      crawlers.putClassifier(classifier);
    },
    glueClassifier: (name) => crawlers.classifier(name),
    checkDatabaseToken: (token, login) => checkDatabaseToken(token, login, identities, authorizer),
    registerLambda: (port) => {
      functions = port;
    },
    registerAlarms: (port) => {
      alarms = port;
    },
    registerEventSources: (port) => {
      sources = port;
    },
    registerRuleMetrics: (count) => {
      countRule = count;
    },
    registerAthena: (engine, name) => {
      athena.register(engine, name);
    },
    lendKeys: (accessKeyId) => identities.lend(accessKeyId)?.credentials,
    addCfnResponseTarget: () => cfn.add(endpoint),
    intercept: (matches, act) => interceptors.add({ matches, act }),
    interceptEvents: (act) => eventInterceptors.add(act),
    cut: async () => {
      await server.close();
      return {
        reopen: async () => {
          await server.listen(port);
        },
      };
    },
    stop: async () => {
      athena.stop();
      await glueJobs.stop();
      await crawlers.stop();
      await server.close();
      await bus.settled();
      upstream.close();
    },
  };
}

/** A crawl that tells the default bus of its begin and end: https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html */
function tellingOf(
  { name, crawl }: Crawler,
  account: string,
  publish: (detailType: string, detail: Readonly<Record<string, unknown>>) => void,
): Crawler['crawl'] {
  return async (signal) => {
    const startTime = new Date().toISOString();
    const tell = (state: string, message: string): void => {
      publish('Glue Crawler State Change', {
        accountId: account,
        crawlerName: name,
        startTime,
        state,
        message,
        ...(state === 'Started' ? {} : { completionDate: new Date().toISOString() }),
      });
    };
    tell('Started', 'Crawler Started');
    try {
      await crawl(signal);
    } catch (error) {
      if (!signal.aborted) tell('Failed', error instanceof Error ? error.message : String(error));
      throw error;
    }
    tell('Succeeded', 'Crawler Succeeded');
  };
}
