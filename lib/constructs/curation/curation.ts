import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { locations } from '../../../core/layout.ts';
import type { Stage } from '../../../core/names.ts';
import { tableNames } from '../../../core/names.ts';
import type { TopicDefinition } from '../../../core/topics.ts';
import type { CurationConfig, LakeConfig, OperationsConfig } from '../../config/stage-config.ts';
import { LakeFunction } from '../compute/lake-function.ts';
import type { LakeCatalog } from '../lake/lake-catalog.ts';
import type { LakeStorage } from '../lake/lake-storage.ts';
import { RunbookAlarm } from '../operations/runbook-alarm.ts';
import type { SchemaRegistry, TopicSchema } from '../stream/schema-registry.ts';

export interface CurationProps {
  readonly stage: Stage;
  readonly topic: TopicDefinition;
  readonly storage: LakeStorage;
  readonly catalog: LakeCatalog;
  readonly registry: SchemaRegistry;
  readonly schema: TopicSchema;
  readonly lake: LakeConfig;
  readonly curation: CurationConfig;
  readonly operations: OperationsConfig;
}

/** AWS's advice, so that no message reappears while it is worked on: six times the function's timeout. */
const VISIBILITY_TIMEOUTS = 6;
/** The longest that SQS keeps a message: time to mend what failed. */
const RETENTION = Duration.days(14);
const BACKLOG_ALARM = Duration.minutes(30);
/** Percent of a quarter of an hour's records, from as many bad ones on as are no accident. */
const QUARANTINE_ALARM_PERCENT = 5;
const QUARANTINE_RATE_RECORDS = 10;
/** In five minutes: below it single bad records, above it a producer or a schema that went wrong. */
const QUARANTINE_ALARM_RECORDS = 100;

/** Curates each raw object of a topic once it is there: rule, queue with dead letters, function, and their alarms. */
export class Curation extends Construct {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly function: LakeFunction;

  constructor(scope: Construct, id: string, props: CurationProps) {
    super(scope, id);
    const { topic, storage, curation, operations } = props;
    const timeout = Duration.seconds(curation.timeoutSeconds);
    // SQS's own key: EventBridge may then send without a grant on ours, and a message holds no more than an object's key.
    const common = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, retentionPeriod: RETENTION };
    this.deadLetterQueue = new Queue(this, 'DeadLetters', common);
    this.queue = new Queue(this, 'Queue', {
      ...common,
      visibilityTimeout: Duration.seconds(timeout.toSeconds() * VISIBILITY_TIMEOUTS),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: curation.receiveAttempts },
    });
    new Rule(this, 'RawObjectCreated', {
      description: `Raw objects of topic ${topic.name} go to curation`,
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [storage.raw.bucketName] },
          object: { key: [{ prefix: locations.raw(topic.name) }] },
        },
      },
      targets: [new SqsQueue(this.queue, { deadLetterQueue: this.deadLetterQueue })],
    });
    this.function = new LakeFunction(this, 'CurateQuotes', {
      stage: props.stage,
      part: 'curate-quotes',
      topic,
      description: `Judges and decodes raw objects of topic ${topic.name} into Parquet or quarantine`,
      memoryMiB: curation.memoryMiB,
      timeout,
      environment: this.environment(props),
      operations,
    });
    this.function.handler.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: curation.batchSize,
        maxConcurrency: curation.maximumConcurrency,
        reportBatchItemFailures: true,
      }),
    );
    this.grant(props);
    this.addAlarms(props);
  }

  private environment({
    topic,
    storage,
    catalog,
    registry,
    schema,
    lake,
  }: CurationProps): Record<string, string> {
    return {
      RAW_BUCKET: storage.raw.bucketName,
      LAKE_BUCKET: storage.lake.bucketName,
      DATABASE_NAME: catalog.databaseName,
      TABLE_NAME: tableNames(topic.name).curated,
      TOPIC: topic.name,
      REGISTRY_NAME: registry.registryName,
      SCHEMA_NAME: schema.schemaName,
      LAKE_START: lake.start,
    };
  }

  private grant({ topic, storage, catalog, schema }: CurationProps): void {
    const { role } = this.function;
    const quarantine = locations.quarantine(topic.name);
    const curated = locations.curated(topic.name);
    const receipts = locations.receipts(topic.name);
    storage.raw.grantList(role);
    storage.raw.grantGetUnder(role, locations.raw(topic.name));
    storage.raw.grantWriteUnder(role, quarantine);
    storage.lake.grantWriteUnder(role, curated);
    storage.lake.grantList(role);
    storage.lake.grantGetUnder(role, receipts);
    storage.lake.grantWriteUnder(role, receipts);
    // A newer curation version removes what the older one wrote and it does not.
    storage.raw.grantDeleteUnder(role, quarantine);
    storage.lake.grantDeleteUnder(role, curated);
    catalog.grantRegisterPartitions(role, tableNames(topic.name).curated);
    schema.grantReadVersions(role);
  }

  private addAlarms({ topic }: CurationProps): void {
    new RunbookAlarm(this, 'DeadLettersArrived', {
      metric: this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1) }),
      threshold: 1,
      summary: `Raw objects of topic ${topic.name} could not be curated`,
      section: 'dead-letters',
    });
    new RunbookAlarm(this, 'Backlog', {
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(5) }),
      threshold: BACKLOG_ALARM.toSeconds(),
      evaluationPeriods: 3,
      summary: `Curation of topic ${topic.name} falls behind`,
      section: 'curation-backlog',
    });
    new RunbookAlarm(this, 'Quarantined', {
      metric: this.function.metricOf('RecordsQuarantined', topic, { period: Duration.minutes(5) }),
      threshold: QUARANTINE_ALARM_RECORDS,
      summary: `Many records of topic ${topic.name} are quarantined`,
      section: 'quarantined-records',
    });
    const period = Duration.minutes(15);
    new RunbookAlarm(this, 'QuarantineRate', {
      metric: new MathExpression({
        label: 'percent quarantined',
        expression: `IF(quarantined >= ${QUARANTINE_RATE_RECORDS}, 100 * quarantined / (quarantined + FILL(curated, 0)), 0)`,
        usingMetrics: {
          quarantined: this.function.metricOf('RecordsQuarantined', topic, { period }),
          curated: this.function.metricOf('RecordsCurated', topic, { period }),
        },
        period,
      }),
      threshold: QUARANTINE_ALARM_PERCENT,
      summary: `More records of topic ${topic.name} are quarantined than single bad ones explain`,
      section: 'quarantine-rate',
    });
  }
}
