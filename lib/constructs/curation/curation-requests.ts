import { Duration } from 'aws-cdk-lib';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { CurationSelection } from '../../../core/curation-request.ts';
import { locations } from '../../../core/layout.ts';
import type { Stage } from '../../../core/names.ts';
import type { TopicDefinition } from '../../../core/topics.ts';
import type { CurationConfig, OperationsConfig } from '../../config/stage-config.ts';
import { LakeFunction } from '../compute/lake-function.ts';
import type { LakeStorage } from '../lake/lake-storage.ts';
import { RunbookAlarm } from '../operations/runbook-alarm.ts';

export interface CurationRequestsProps {
  readonly stage: Stage;
  readonly topic: TopicDefinition;
  readonly storage: LakeStorage;
  /** Of raw objects to curate. */
  readonly queue: IQueue;
  readonly curation: CurationConfig;
  readonly operations: OperationsConfig;
}

/** What the schedule asks for. */
const SWEEP: CurationSelection = { action: 'sweep' };

/** One sweep that finds something made good a lost event; the next one finds nothing if that was all. */
const SWEEPS_IN_A_ROW = 2;

/** Asks for the curation of raw objects whose event is not enough: on a schedule of those left out, and for people of any. */
export class CurationRequests extends Construct {
  readonly function: LakeFunction;

  constructor(scope: Construct, id: string, props: CurationRequestsProps) {
    super(scope, id);
    const { topic, storage, queue, curation } = props;
    this.function = new LakeFunction(this, 'RequestCuration', {
      stage: props.stage,
      part: 'request-curation',
      topic,
      description: `Chooses raw objects of topic ${topic.name} and asks for their curation`,
      memoryMiB: 512,
      timeout: Duration.minutes(15),
      environment: {
        RAW_BUCKET: storage.raw.bucketName,
        LAKE_BUCKET: storage.lake.bucketName,
        TOPIC: topic.name,
        QUEUE_URL: queue.queueUrl,
      },
      operations: props.operations,
    });
    this.grant(props);
    const period = Duration.minutes(curation.sweepMinutes);
    // A sweep that failed is made good by the next one.
    this.function.handler.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: period });
    new Schedule(this, 'Sweep', {
      description: `Sweeps up raw objects of topic ${topic.name} that are not curated`,
      schedule: ScheduleExpression.rate(period),
      target: new LambdaInvoke(this.function.handler, {
        input: ScheduleTargetInput.fromObject(SWEEP),
        retryAttempts: 0,
        maxEventAge: period,
      }),
    });
    new RunbookAlarm(this, 'Swept', {
      metric: this.function.metricOf('ObjectsSwept', topic, { period }),
      threshold: 1,
      evaluationPeriods: SWEEPS_IN_A_ROW,
      summary: `Raw objects of topic ${topic.name} had to be swept up, sweep after sweep`,
      section: 'swept-objects',
    });
  }

  private grant({ topic, storage, queue }: CurationRequestsProps): void {
    const { role } = this.function;
    storage.raw.grantList(role);
    storage.raw.grantGetUnder(role, locations.quarantine(topic.name));
    storage.lake.grantList(role);
    storage.lake.grantGetUnder(role, locations.receipts(topic.name));
    storage.lake.grantGetUnder(role, locations.sweeps(topic.name));
    storage.lake.grantWriteUnder(role, locations.sweeps(topic.name));
    queue.grant(role, 'sqs:SendMessage', 'sqs:GetQueueAttributes');
  }
}
