/** What others say to the local AWS endpoint, and what it answers: the gateway's public types. */

import type { Alarms } from '../cloudwatch/index.ts';
import type { CsvClassifier } from '../crawler/csv-classifier.ts';
import type { EventAct, Interceptor, RequestAct, RequestMatch } from './interception.ts';

export type OneOrMany<T> = T | readonly T[];

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_statement.html */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | Readonly<Record<string, OneOrMany<string>>>;
  readonly NotPrincipal?: '*' | Readonly<Record<string, OneOrMany<string>>>;
  readonly Action?: OneOrMany<string>;
  readonly NotAction?: OneOrMany<string>;
  readonly Resource?: OneOrMany<string>;
  readonly NotResource?: OneOrMany<string>;
  /** operator -> condition key -> values; a template may state booleans and numbers bare. */
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, OneOrMany<string | number | boolean>>>>
  >;
}

export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: OneOrMany<PolicyStatement>;
}

/** An inline or customer managed policy as attached to a role. */
export interface NamedPolicy {
  readonly name: string;
  readonly document: PolicyDocument;
}

export interface Role {
  readonly name: string;
  readonly arn: string;
  /** Trust policy (AssumeRolePolicyDocument). */
  readonly trust: PolicyDocument;
  readonly policies: readonly NamedPolicy[];
  /**
   * AWS managed policies attached by ARN; one that the gateway does not know is an error.
   * @default none
   */
  readonly managedPolicyArns?: readonly string[];
}

export interface AccessKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Temporary credentials, in the shape AWS SDK clients take. */
export interface AwsCredentials extends AccessKeys {
  /** Empty for keys that need none. */
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** EventBridge target of a rule: an SQS queue, or a Glue workflow; another kind is an error at registration. */
export interface EventTarget {
  readonly id: string;
  readonly arn: string;
  /** Role that EventBridge tells a workflow with; queues have policies instead. */
  readonly roleName?: string;
  /** Constant text sent in place of the event. */
  readonly input?: string;
  /** `$.detail.object` style path of the part of the event to send. */
  readonly inputPath?: string;
  /** Where events that cannot be delivered go. */
  readonly deadLetterArn?: string;
}

export interface EventRule {
  readonly name: string;
  readonly arn: string;
  /** @default 'default' */
  readonly eventBusName?: string;
  /** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html */
  readonly eventPattern: Readonly<Record<string, unknown>>;
  /** @default 'ENABLED' */
  readonly state?: 'ENABLED' | 'DISABLED';
  readonly targets: readonly EventTarget[];
}

/** What became of the events that matched a rule. */
export interface EventDeliveries {
  readonly matched: number;
  readonly delivered: number;
  readonly failed: number;
  /** The last refusals and failures, newest last, as sentences. */
  readonly failures: readonly string[];
}

/** A cluster as the MSK API describes it; the brokers behind it are the local ones. */
export interface MskCluster {
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly clusterType: 'SERVERLESS' | 'PROVISIONED';
  /** host:port list of the SASL/IAM listener. */
  readonly bootstrapBrokersSaslIam: string;
  /** Provisioned clusters only. */
  readonly kafkaVersion?: string;
  /** Provisioned clusters only. */
  readonly numberOfBrokers?: number;
}

/** A connection as GetConnection shows it: https://docs.aws.amazon.com/glue/latest/webapi/API_Connection.html */
export type GlueConnection = Readonly<Record<string, unknown>> & { readonly Name: string };

/** A crawler behind the Glue API. */
export interface Crawler {
  readonly name: string;
  /** What GetCrawler tells of it that does not change. */
  readonly description: Readonly<Record<string, unknown>>;
  /** One crawl, until its end or the abort. Rejects with why it failed. */
  readonly crawl: (signal: AbortSignal) => Promise<void>;
}

export type CrawlOutcome = 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** Begins a crawl, as a crawler's schedule does; nothing if one runs already. */
export type StartCrawl = () => void;

/** Crawls as others than a client start them, such as a workflow. */
export interface CrawlPort {
  /**
   * Begins a crawl and resolves at its end.
   * @throws AwsError EntityNotFoundException or CrawlerRunningException, as StartCrawler does
   */
  start(crawlerName: string): Promise<CrawlOutcome>;
}

/** One run of a job, to be begun. */
export interface JobLaunch {
  readonly runId: string;
  /** 0, and one more with each retry. */
  readonly attempt: number;
  /** The job's and the run's, by name with its dashes. */
  readonly arguments: Readonly<Record<string, string>>;
}

/** What runs a job's script. */
export interface JobProcess {
  readonly pid: number;
  /** Resolves at its end, with why it failed if it did. */
  readonly ended: Promise<string | undefined>;
  kill(): void;
}

/** A job behind the Glue API. */
export interface GlueJob {
  readonly name: string;
  /** What GetJob tells of it. */
  readonly description: Readonly<Record<string, unknown>>;
  /** What of that each run tells as well. */
  readonly runDescription: Readonly<Record<string, unknown>>;
  readonly defaultArguments: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly maxConcurrentRuns: number;
  /** Begins a run. Rejects with why it cannot be begun. */
  readonly launch: (launch: JobLaunch) => Promise<JobProcess>;
}

/** A run that is under way. */
export interface RunningJob {
  readonly runId: string;
  readonly jobName: string;
  /** Undefined until its process is there. */
  readonly pid: number | undefined;
}

export interface GlueWorkflow {
  readonly name: string;
  readonly description: Readonly<Record<string, unknown>>;
  readonly defaultRunProperties: Readonly<Record<string, string>>;
  /** @default - any number */
  readonly maxConcurrentRuns?: number;
}

/** What a trigger starts. */
export type TriggerAction =
  | {
      readonly kind: 'job';
      readonly jobName: string;
      readonly arguments: Readonly<Record<string, string>>;
      /** @default that of the job */
      readonly timeoutMs?: number;
    }
  | { readonly kind: 'crawler'; readonly crawlerName: string };

/** How a job or crawler of the same run has to have ended. */
export interface TriggerCondition {
  readonly kind: 'job' | 'crawler';
  readonly name: string;
  readonly state: string;
}

export interface GlueTrigger {
  readonly name: string;
  readonly description: Readonly<Record<string, unknown>>;
  readonly type: 'CONDITIONAL' | 'EVENT' | 'ON_DEMAND' | 'SCHEDULED';
  /** @default - of no workflow */
  readonly workflowName?: string;
  readonly startOnCreation: boolean;
  readonly actions: readonly TriggerAction[];
  /** Of a conditional trigger. */
  readonly predicate?: { readonly logical: 'AND' | 'ANY'; readonly conditions: readonly TriggerCondition[] };
  /** Of a trigger on events. */
  readonly batching?: { readonly batchSize: number; readonly batchWindowSeconds?: number };
}

/** A ruleset of Glue Data Quality as GetDataQualityRuleset shows it. */
export type GlueRuleset = Readonly<Record<string, unknown>> & { readonly Name: string };

/** Jobs, triggers and workflows behind the Glue API. */
export interface GlueBook {
  putJob(job: GlueJob): void;
  putWorkflow(workflow: GlueWorkflow): void;
  putTrigger(trigger: GlueTrigger): void;
  /** The moment of a trigger's schedule has come. */
  fireTrigger(name: string): void;
  putRuleset(ruleset: GlueRuleset): void;
  runningJobs(): readonly RunningJob[];
  /** Kills a run's process, as a machine that breaks would: the run fails. */
  killJobRun(runId: string): void;
}

/** A login to a database by an IAM token. */
export interface DatabaseLogin {
  readonly user: string;
  /** Of the endpoint at which the client came in. */
  readonly host: string;
  readonly port: number;
  /** arn:aws:rds-db:<region>:<account>:dbuser:<resource id of instance or proxy>/<user> */
  readonly userArn: string;
}

export type InvocationType = 'RequestResponse' | 'Event' | 'DryRun';

export interface LambdaInvocation {
  readonly functionName: string;
  readonly payload: Buffer;
  readonly type: InvocationType;
}

export interface LambdaResult {
  readonly payload: Buffer;
  /** Set when the function failed; `payload` then holds {errorType, errorMessage, trace}. */
  readonly functionError?: 'Unhandled' | 'Handled';
  /** Last 4 KB of the log, returned when the caller asked for LogType Tail. */
  readonly logTail?: string;
}

/** The functions behind the Lambda API. */
export interface LambdaPort {
  /** Runs the function. For type `Event` it resolves as soon as the event is queued. */
  invoke(invocation: LambdaInvocation): Promise<LambdaResult>;
  /** GetFunctionConfiguration's answer, or undefined when there is no such function. */
  describe(functionName: string): Readonly<Record<string, unknown>> | undefined;
  /** The account's limit of concurrent executions, and what is reserved of it, by function name. */
  concurrency(): { readonly limit: number; readonly reserved: ReadonlyMap<string, number> };
  /** Most executions at once; 0 throttles all, undefined ends the reservation. */
  reserveConcurrency(functionName: string, executions: number | undefined): void;
}

/** As the Lambda API has it: https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html */
export type EventSourceMapping = Readonly<Record<string, unknown>> & {
  readonly UUID: string;
  readonly FunctionArn: string;
  readonly EventSourceArn: string;
};

/** The event source mappings behind the Lambda API. */
export interface EventSourcePort {
  list(): readonly EventSourceMapping[];
  /** Begins a change and answers with the state that it leads through; `busy` while one is under way. */
  setEnabled(uuid: string, enabled: boolean): EventSourceMapping | 'busy';
}

/** A column of a result: an Athena type name such as varchar, double, bigint, timestamp(3), date. */
export interface AthenaColumn {
  readonly name: string;
  readonly type: string;
}

export interface AthenaQuery {
  readonly sql: string;
  /** Database of the query's context. */
  readonly database?: string;
  /** The caller's: the engine reads catalog and objects with them, so the caller's grants decide. */
  readonly credentials: AwsCredentials;
  readonly endpoint: string;
  readonly region: string;
  /** The workgroup's scan cutoff. */
  readonly maxScanBytes?: number;
  readonly signal: AbortSignal;
}

export interface AthenaQueryResult {
  readonly columns: readonly AthenaColumn[];
  /** Batches of rows, each value as Athena prints it. */
  readonly rows: AsyncIterable<readonly (readonly (string | null)[])[]>;
  /** Final once `rows` is drained. */
  readonly scannedBytes: number;
  /** @default 'DML' */
  readonly statementType?: 'DML' | 'DDL' | 'UTILITY';
}

/** A failure whose message is for the analyst, as Athena would word it (`SYNTAX_ERROR: line 1:8: …`). */
export interface AthenaQueryFailure extends Error {
  /** As in Trino and Athena engine version 3: COLUMN_NOT_FOUND, … Decides on the category and type that Athena reports. @default - an internal error */
  readonly athenaErrorName?: string;
  /** 1 system, 2 user, 3 other: asked for names that Athena's catalog of errors has no place for. @default 2, without a name 1 */
  readonly athenaErrorCategory?: 1 | 2 | 3;
  /** CANCELLED for a query that passed its scan cutoff. @default 'FAILED' */
  readonly athenaState?: 'FAILED' | 'CANCELLED';
}

/** Executes SQL for the Athena API; local/athena implements it. */
export interface AthenaEngine {
  execute(query: AthenaQuery): Promise<AthenaQueryResult>;
  /**
   * Rejects with an AthenaQueryFailure named SYNTAX_ERROR for a text that is no statement; `?` may stand in it.
   * @default - that is found out when it runs
   */
  parse?(sql: string): Promise<void>;
  close(): Promise<void>;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
export interface CfnResponse {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly NoEcho?: boolean;
  readonly Data?: Readonly<Record<string, unknown>>;
}

export interface CfnResponseTarget {
  readonly url: string;
  /** Resolves with the first response put there. It has no deadline of its own. */
  readonly response: Promise<CfnResponse>;
}

/** One kind of authorisation: calls of one role whose action, outcome and deciding statements are the same. */
export interface CallRecord {
  /** Role name, or `operator`, or a service principal such as events.amazonaws.com. */
  readonly role: string;
  readonly action: string;
  /** Resource of the first such call. */
  readonly resource: string;
  readonly allowed: boolean;
  /** `policy/sid` (or `policy/#index`) of every identity statement that allowed, or the one that denied. */
  readonly statements: readonly string[];
  /** Whether a resource policy alone would have allowed it. */
  readonly allowedByResourcePolicy: boolean;
  /** Condition keys of the first such call. */
  readonly context: Readonly<Record<string, readonly string[]>>;
  readonly count: number;
}

/** Authorisations so far, deduplicated so that a long run stays small. */
export interface CallLog {
  all(): readonly CallRecord[];
  clear(): void;
}

export interface GatewayOptions {
  readonly motoEndpoint: string;
  readonly account: string;
  readonly region: string;
  /** @default a free port */
  readonly port?: number;
  /** Receives one line for each refused or failed thing worth a person's eye. @default nowhere */
  readonly onWarning?: (line: string) => void;
}

/**
 * Is told that a rule matched an event, or that a delivery to a target of it failed for good:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
 */
export type CountRule = (metric: 'FailedInvocations' | 'TriggeredRules', ruleName: string) => void;

/** A running local AWS endpoint. */
export interface Gateway {
  /** Value for AWS_ENDPOINT_URL: http://127.0.0.1:<port> */
  readonly endpoint: string;
  /** The person at the keyboard: allowed everything that no resource policy denies. */
  readonly operator: AwsCredentials;
  /** Where the broker's callback handler POSTs tokens. */
  readonly kafkaTokenUrl: string;
  /** Registers or replaces a role. Throws when a policy uses what the gateway does not model. */
  putRole(role: Role): void;
  removeRole(name: string): void;
  /** Roles registered so far, without the operator. */
  roles(): readonly Role[];
  /** Credentials of a session of the role, as Lambda would hand them to a function. */
  issueCredentials(roleName: string, sessionName?: string): AwsCredentials;
  /**
   * Decides for an AWS service that acts with a role outside of API calls, as Lambda does when it writes logs, and records it.
   * The sentence of the refusal, or undefined when it is allowed.
   */
  checkRole(roleName: string, action: string, resource: string): string | undefined;
  /** Resource policies; undefined removes one. An explicit deny wins over every allow. */
  putBucketPolicy(bucket: string, document: PolicyDocument | undefined): void;
  putQueuePolicy(queueArn: string, document: PolicyDocument | undefined): void;
  putSecretPolicy(secretArn: string, document: PolicyDocument | undefined): void;
  /** A key without a policy has the default one: the account's IAM policies decide. */
  putKeyPolicy(keyArn: string, document: PolicyDocument | undefined): void;
  /** Default encryption SSE-KMS with this key: callers then need kms:GenerateDataKey and kms:Decrypt. */
  setBucketKey(bucket: string, keyArn: string | undefined): void;
  setQueueKey(queueArn: string, keyArn: string | undefined): void;
  setSecretKey(secretArn: string, keyArn: string | undefined): void;
  /** Whether the bucket sends its events to EventBridge. */
  setBucketEventBridge(bucket: string, on: boolean): void;
  /** Registers or replaces a rule. Throws on a pattern operator or target that is not modelled. */
  putEventRule(rule: EventRule): void;
  removeEventRule(name: string): void;
  eventDeliveries(): EventDeliveries;
  /** Resolves once every event accepted so far is delivered or failed, but for those that an interceptor holds. */
  eventsSettled(): Promise<void>;
  setMsk(cluster: MskCluster): void;
  /** Why the token does not let the user in; undefined when it does. */
  checkDatabaseToken(token: string, login: DatabaseLogin): string | undefined;
  putGlueConnection(connection: GlueConnection): void;
  putCrawler(crawler: Crawler): StartCrawl;
  readonly crawls: CrawlPort;
  putGlueClassifier(classifier: CsvClassifier): void;
  glueClassifier(name: string): CsvClassifier | undefined;
  readonly glue: GlueBook;
  registerLambda(lambda: LambdaPort): void;
  registerEventSources(sources: EventSourcePort): void;
  /** What DescribeAlarms tells of. */
  registerAlarms(alarms: Alarms): void;
  registerRuleMetrics(count: CountRule): void;
  /** The engine of queries that are sent to the endpoint itself; with a name, of those that are sent to `<endpoint>/<name>`. */
  registerAthena(engine: AthenaEngine, name?: string): void;
  /** Keys without a token that stand for the caller of the given key, for clients that know no token. Undefined for an unknown key. */
  lendKeys(accessKeyId: string): AccessKeys | undefined;
  addCfnResponseTarget(): CfnResponseTarget;
  readonly calls: CallLog;
  /** The newest interceptor whose `matches` is true handles a request; until it has, the request's body is held in memory. */
  intercept(matches: RequestMatch, act: RequestAct): Interceptor;
  /**
   * Stands between EventBridge and the rules' queues, the newest one alone: not calling `deliver` loses the event, calling it
   * twice doubles it.
   */
  interceptEvents(act: EventAct): Interceptor;
  /** Closes the endpoint and every connection of it; `reopen` listens on the same port again. What services were doing goes on. */
  cut(): Promise<{ readonly reopen: () => Promise<void> }>;
  /** Closes the server and its connections. The engines are their owners' to close. */
  stop(): Promise<void>;
}
