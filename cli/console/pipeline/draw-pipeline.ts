/**
 * Draws the pipeline from the resources of the templates, as they were provisioned: who reads and writes what is what its role's
 * policy says, who makes whom act is what event sources, rules, schedules and triggers say. Pure.
 */
import type { NodeKind, Pipeline, PipelineEdge, PipelineNode } from '../../../console/api.ts';
import { locations } from '../../../core/layout.ts';
import { tableNames } from '../../../core/names.ts';
import type { ProvisionedResource } from '../../../local/provision.ts';
import { isObject, type JsonObject } from '../../../local/template/template.ts';
import { type Grant, grantsByRole, listOf, textOf, textsOf } from './grants.ts';

/** @param stage left out of the names that people read */
export function drawPipeline(resources: readonly ProvisionedResource[], stage: string): Pipeline {
  return new Drawing(resources, stage).draw();
}

const CLUSTER = /^AWS::MSK::(Serverless)?Cluster$/;
const ACTORS: Readonly<Record<string, NodeKind>> = {
  'AWS::Lambda::Function': 'function',
  'AWS::Glue::Job': 'job',
  'AWS::Glue::Crawler': 'crawler',
};

class Drawing {
  private readonly nodes = new Map<string, PipelineNode>();
  private readonly edges = new Map<string, PipelineEdge>();
  private readonly resources: readonly ProvisionedResource[];
  private readonly stage: string;
  private readonly grants: ReadonlyMap<string, readonly Grant[]>;
  private readonly byArn: ReadonlyMap<string, ProvisionedResource>;

  constructor(resources: readonly ProvisionedResource[], stage: string) {
    this.resources = resources;
    this.stage = stage;
    this.grants = grantsByRole(resources);
    this.byArn = new Map(
      resources.flatMap((resource) => {
        const arn = arnOf(resource);
        return arn === undefined ? [] : [[arn, resource] as const];
      }),
    );
  }

  draw(): Pipeline {
    // Functions that only a deployment calls handle no record.
    const providers = new Set(
      this.resources.flatMap(({ properties }) => textsOf(properties['ServiceToken'])),
    );
    for (const resource of this.resources) {
      if (!providers.has(arnOf(resource) ?? '')) this.drawResource(resource);
    }
    const edges = [...this.edges.values()].filter(
      // What an actor writes it may read back: that is no flow of its own.
      ({ from, to, kind }) => kind === 'trigger' || isActor(from) || !this.edges.has(`${to}>${from}`),
    );
    const linked = new Set(edges.flatMap(({ from, to }) => [from, to]));
    return {
      nodes: [...this.nodes.values()].filter(({ id }) => linked.has(id)),
      edges,
      resources: countTypes(this.resources),
    };
  }

  private drawResource(resource: ProvisionedResource): void {
    const { type, properties } = resource;
    const kind = ACTORS[type];
    if (kind !== undefined) {
      const id = this.node(kind, resource);
      for (const grant of this.grants.get(roleName(properties['Role'])) ?? []) this.drawGrant(id, grant);
    }
    if (type === 'AWS::Glue::Crawler') this.drawTargets(resource);
    else if (type === 'AWS::Lambda::EventSourceMapping') this.drawEventSource(properties);
    else if (type === 'AWS::Events::Rule') this.drawRule(properties);
    else if (type === 'AWS::Scheduler::Schedule') this.drawSchedule(resource);
    else if (type === 'AWS::Glue::Trigger') this.drawTrigger(resource);
    else if (type === 'AWS::SQS::Queue') this.drawRedrive(resource);
    else if (type === 'Custom::AthenaView') this.drawView(resource);
  }

  private drawGrant(actor: string, { action, resource: arn }: Grant): void {
    const [service = '', verb = ''] = action.split(':');
    if (service === 'kafka-cluster') {
      const topic = /:topic\/.*\/([^/*]+)$/.exec(arn)?.[1];
      if (topic === undefined) return;
      if (verb === 'ReadData') this.edge(this.topic(topic), actor, 'data');
      if (verb === 'WriteData') this.edge(actor, this.topic(topic), 'data');
    } else if (service === 's3') {
      const objects = this.objects(arn);
      if (objects === undefined) return;
      if (verb === 'GetObject') this.edge(objects, actor, 'data');
      if (verb === 'PutObject') this.edge(actor, objects, 'data');
    } else if (action === 'sqs:SendMessage') {
      const queue = this.byArn.get(arn);
      if (queue !== undefined) this.edge(actor, this.queue(queue), 'trigger');
    } else if (action === 'lambda:InvokeFunction') {
      const called = this.byArn.get(arn.replace(/:\*$/, ''));
      if (called !== undefined) this.edge(actor, this.node('function', called), 'trigger');
    } else if (action === 'glue:UpdateTable') {
      const shown = this.resources.find(
        ({ type, properties }) =>
          type === 'Custom::AthenaView' && arn.endsWith(`/${textOf(properties['ViewName'])}`),
      );
      if (shown !== undefined) this.edge(actor, this.view(shown), 'trigger');
    } else if (action === 'rds-db:connect') {
      const database = this.resources.find(({ type }) => type === 'AWS::RDS::DBInstance');
      if (database !== undefined) this.edge(actor, this.node('database', database, 'PostgreSQL'), 'data');
    }
  }

  private drawEventSource(properties: JsonObject): void {
    const source = this.byArn.get(textOf(properties['EventSourceArn']));
    const target = this.functionNamed(textOf(properties['FunctionName']));
    if (source?.type === 'AWS::SQS::Queue' && target !== undefined)
      this.edge(this.queue(source), target, 'trigger');
  }

  private drawRule({ EventPattern: pattern, Targets: targets }: JsonObject): void {
    for (const objects of this.objectsOfPattern(pattern)) {
      for (const target of listOf(targets)) {
        const arn = isObject(target) ? textOf(target['Arn']) : '';
        const queue = this.byArn.get(arn);
        if (queue?.type === 'AWS::SQS::Queue') this.edge(objects, this.queue(queue), 'trigger');
        const workflow = this.named('AWS::Glue::Workflow', /:workflow\/(.+)$/.exec(arn)?.[1]);
        if (workflow !== undefined) this.edge(objects, this.node('workflow', workflow), 'trigger');
      }
    }
  }

  /** The places whose new objects a rule's pattern waits for. */
  private objectsOfPattern(pattern: JsonObject[string] | undefined): readonly string[] {
    const detail = pattern !== undefined && isObject(pattern) ? pattern['detail'] : undefined;
    if (detail === undefined || !isObject(detail)) return [];
    const { bucket, object } = detail;
    if (bucket === undefined || object === undefined || !isObject(bucket) || !isObject(object)) return [];
    return textsOf(bucket['name']).flatMap((name) =>
      listOf(object['key']).flatMap((key) =>
        isObject(key) ? (this.objects(`arn:aws:s3:::${name}/${textOf(key['prefix'])}*`) ?? []) : [],
      ),
    );
  }

  private drawSchedule(schedule: ProvisionedResource): void {
    const { Target: target, ScheduleExpression: expression } = schedule.properties;
    const called =
      target !== undefined && isObject(target) ? this.byArn.get(textOf(target['Arn'])) : undefined;
    if (called?.type !== 'AWS::Lambda::Function') return;
    this.edge(this.node('schedule', schedule, textOf(expression)), this.node('function', called), 'trigger');
  }

  private drawTrigger(trigger: ProvisionedResource): void {
    const {
      Type: type,
      Schedule: schedule,
      WorkflowName: workflow,
      Predicate: predicate,
    } = trigger.properties;
    for (const action of listOf(trigger.properties['Actions'])) {
      const target = this.started(action);
      if (target === undefined) continue;
      if (type === 'SCHEDULED')
        this.edge(this.node('schedule', trigger, textOf(schedule)), target, 'trigger');
      const conditions =
        predicate !== undefined && isObject(predicate) ? listOf(predicate['Conditions']) : [];
      for (const condition of conditions) {
        const before = this.started(condition);
        if (before !== undefined) this.edge(before, target, 'trigger');
      }
      const holder = this.named('AWS::Glue::Workflow', workflow);
      if (type === 'EVENT' && holder !== undefined)
        this.edge(this.node('workflow', holder), target, 'trigger');
    }
  }

  /** The job or crawler that a trigger's action or condition names. */
  private started(about: JsonObject[string]): string | undefined {
    if (!isObject(about)) return undefined;
    const job = this.named('AWS::Glue::Job', about['JobName']);
    if (job !== undefined) return this.node('job', job);
    const crawler = this.named('AWS::Glue::Crawler', about['CrawlerName']);
    return crawler === undefined ? undefined : this.node('crawler', crawler);
  }

  private drawTargets(crawler: ProvisionedResource): void {
    const targets = crawler.properties['Targets'];
    if (targets === undefined || !isObject(targets)) return;
    const id = this.node('crawler', crawler);
    for (const target of listOf(targets['S3Targets'])) {
      const path = isObject(target) ? textOf(target['Path']) : '';
      const objects = this.objects(path.replace('s3://', 'arn:aws:s3:::'));
      if (objects !== undefined) this.edge(objects, id, 'data');
    }
    const database = this.resources.find(({ type }) => type === 'AWS::RDS::DBInstance');
    if (listOf(targets['JdbcTargets']).length > 0 && database !== undefined)
      this.edge(this.node('database', database, 'PostgreSQL'), id, 'data');
  }

  private drawRedrive(queue: ProvisionedResource): void {
    const policy = queue.properties['RedrivePolicy'];
    const arn = policy !== undefined && isObject(policy) ? textOf(policy['deadLetterTargetArn']) : '';
    const deadLetters = this.byArn.get(arn);
    if (deadLetters === undefined) return;
    this.edge(this.queue(queue), this.queue(deadLetters), 'trigger');
  }

  /** A view shows what is curated of its topic and what is history. */
  private drawView(view: ProvisionedResource): void {
    const topic = textOf(view.properties['Topic']);
    const id = this.view(view);
    const table = this.resources.find(
      ({ type, properties }) =>
        type === 'AWS::Glue::Table' && nameOf(properties) === tableNames(topic).curated,
    );
    const location = table === undefined ? undefined : locationOf(table.properties);
    const lake = /^s3:\/\/([^/]+)\//.exec(location ?? '')?.[1];
    if (lake === undefined) return;
    for (const prefix of [locations.curated(topic), locations.history(topic)]) {
      const objects = this.objects(`arn:aws:s3:::${lake}/${prefix}*`);
      if (objects !== undefined) this.edge(objects, id, 'data');
    }
  }

  private view(view: ProvisionedResource): string {
    return this.node('view', view, textOf(view.properties['ViewName']));
  }

  private queue(queue: ProvisionedResource): string {
    const isDeadLetters = this.resources.some(({ type, properties }) => {
      const policy = properties['RedrivePolicy'];
      return (
        type === 'AWS::SQS::Queue' &&
        policy !== undefined &&
        isObject(policy) &&
        policy['deadLetterTargetArn'] === queue.attributes['Arn']
      );
    });
    return isDeadLetters ? this.node('dead-letters', queue) : this.node('queue', queue);
  }

  private topic(name: string): string {
    const id = `topic:${name}`;
    const cluster = this.resources.find(({ type }) => CLUSTER.test(type));
    if (cluster !== undefined)
      this.nodes.set(id, { ...about(cluster), id, kind: 'topic', title: name, physicalId: name });
    return id;
  }

  /** All objects under a prefix of one of the templates' buckets; others, such as that of the assets, are none of the pipeline. */
  private objects(arn: string): string | undefined {
    const [, name, path = ''] = /^arn:[^:]+:s3:::([^/]+)\/(.+)\/\*?$/.exec(arn) ?? [];
    const bucket = this.resources.find(
      ({ type, physicalId }) => type === 'AWS::S3::Bucket' && physicalId === name,
    );
    if (bucket === undefined) return undefined;
    const zone = /^Storage(.+?)[0-9A-F]{8}$/.exec(bucket.logicalId)?.[1]?.toLowerCase() ?? bucket.logicalId;
    const title = `${zone}/${path}`;
    const id = `objects:${title}`;
    this.nodes.set(id, {
      ...about(bucket),
      id,
      kind: 'objects',
      title,
      physicalId: `s3://${bucket.physicalId}/${path}/`,
    });
    return id;
  }

  private node(kind: NodeKind, resource: ProvisionedResource, title?: string): string {
    const id = `${kind}:${resource.stack}/${resource.logicalId}`;
    this.nodes.set(id, { ...about(resource), id, kind, title: title ?? this.titleOf(resource) });
    return id;
  }

  private titleOf({ logicalId, properties }: ProvisionedResource): string {
    const name = nameOf(properties);
    if (name !== undefined) return name.replace(new RegExp(`^tickerlake-${this.stage}-`), '');
    // `QuotesCurationDeadLettersBD8F1E28` reads as `quotes curation dead letters`.
    return logicalId
      .replace(/[0-9A-F]{8}$/, '')
      .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
      .toLowerCase();
  }

  private functionNamed(nameOrArn: string): string | undefined {
    const found =
      this.byArn.get(nameOrArn) ??
      this.resources.find(
        ({ type, physicalId }) =>
          type === 'AWS::Lambda::Function' && physicalId === nameOrArn.split(':').at(-1),
      );
    return found === undefined ? undefined : this.node('function', found);
  }

  private named(type: string, name: JsonObject[string] | undefined): ProvisionedResource | undefined {
    return this.resources.find((each) => each.type === type && each.physicalId === name);
  }

  private edge(from: string, to: string, kind: PipelineEdge['kind']): void {
    const key = `${from}>${to}`;
    // What carries records says more than what wakes.
    if (this.edges.get(key)?.kind !== 'data') this.edges.set(key, { from, to, kind });
  }
}

const isActor = (id: string): boolean => /^(function|job|crawler):/.test(id);

function about({ stack, type, physicalId, level, behind }: ProvisionedResource) {
  return { stack, type, physicalId, level, behind };
}

function arnOf({ attributes }: ProvisionedResource): string | undefined {
  const { Arn: arn } = attributes;
  return typeof arn === 'string' ? arn : undefined;
}

function nameOf(properties: JsonObject): string | undefined {
  const input = properties['TableInput'];
  const name = input !== undefined && isObject(input) ? input['Name'] : undefined;
  const given = name ?? properties['FunctionName'] ?? properties['QueueName'] ?? properties['Name'];
  return typeof given === 'string' ? given : undefined;
}

function locationOf(properties: JsonObject): string | undefined {
  const input = properties['TableInput'];
  const storage = input !== undefined && isObject(input) ? input['StorageDescriptor'] : undefined;
  const location = storage !== undefined && isObject(storage) ? storage['Location'] : undefined;
  return typeof location === 'string' ? location : undefined;
}

function roleName(role: JsonObject[string] | undefined): string {
  return typeof role === 'string' ? (role.split('/').at(-1) ?? '') : '';
}

function countTypes(resources: readonly ProvisionedResource[]): Pipeline['resources'] {
  return [...Map.groupBy(resources, ({ type }) => type)]
    .map(([type, [first, ...others]]) => ({
      type,
      level: first?.level ?? ('checked' as const),
      count: 1 + others.length,
      behind: first?.behind ?? '',
    }))
    .sort((left, right) => left.type.localeCompare(right.type));
}
