/** What the pipeline does now: the figures on its nodes. */
import { GetCrawlerCommand, GetJobRunsCommand, GetWorkflowRunsCommand } from '@aws-sdk/client-glue';
import type { Admin } from 'kafkajs';
import type { Activity, Freshness, NodeActivity, Pipeline, PipelineNode } from '../../../console/api.ts';
import { locations } from '../../../core/layout.ts';
import { TOPICS } from '../../../core/topics.ts';
import { connectToTopic } from '../../lake/clients.ts';
import { outputOf } from '../../lake/connection.ts';
import { measureObjects } from '../../lake/measure-objects.ts';
import { measureQueue } from '../../lake/measure-queue.ts';
import { withReader } from '../../serving/reader.ts';
import { readFreshness } from '../../status/read-status.ts';
import type { ConsoleContext } from '../context.ts';
import { LatestReading, PacedReading } from '../paced-reading.ts';
import { RecordRate } from './record-rate.ts';

const EVERY_MS = 500;
/** Within one round all see the same. */
const ENDS_EVERY_MS = 200;
const QUEUE_EVERY_MS = 1000;
/** What is counted by listing or by SQL. */
const COUNT_EVERY_MS = 1500;
const FRESHNESS_EVERY_MS = 2000;
const STATE_EVERY_MS = 3000;

type Read = () => Promise<NodeActivity> | NodeActivity;

/** Reads a node's figures at the pace that they cost; however many pages ask. */
export class ActivityReader {
  readonly pipeline: Pipeline;
  private readonly context: ConsoleContext;
  private readonly reads: ReadonlyMap<string, Read>;
  private readonly round: PacedReading<Activity>;
  private readonly freshness: LatestReading<Freshness>;
  private readonly rates = new Map<string, RecordRate>();
  private readonly ends = new Map<string, PacedReading<number[]>>();
  private last: { readonly appended: number; readonly freshness: Freshness } | undefined;
  private admin: Promise<Admin> | undefined;

  constructor(context: ConsoleContext, pipeline: Pipeline) {
    this.context = context;
    this.pipeline = pipeline;
    this.reads = new Map(
      pipeline.nodes.flatMap((node) => {
        const read = this.readerOf(node, pipeline);
        return read === undefined ? [] : [[node.id, read] as const];
      }),
    );
    this.freshness = new LatestReading(FRESHNESS_EVERY_MS, () => this.readFreshness());
    this.round = new PacedReading(EVERY_MS, () => this.readAll());
  }

  read(): Promise<Activity> {
    return this.round.get();
  }

  async close(): Promise<void> {
    await (await this.admin?.catch(() => undefined))?.disconnect();
  }

  private async readAll(): Promise<Activity> {
    const nodes = await Promise.all(
      [...this.reads].map(async ([id, read]) => {
        try {
          return [id, await read()] as const;
        } catch (error) {
          return [id, { problem: error instanceof Error ? error.message : String(error) }] as const;
        }
      }),
    );
    const now = new Date().toISOString();
    const freshness = this.freshness.peek() ?? {
      rows: 0,
      newestEvent: null,
      newestRecord: null,
      recordsBehind: null,
      at: now,
    };
    return { at: now, nodes: Object.fromEntries(nodes), freshness };
  }

  private readerOf(node: PipelineNode, { nodes, edges }: Pipeline): Read | undefined {
    switch (node.kind) {
      case 'topic':
        return () => this.readTopic(node.title);
      case 'function': {
        const sources = edges
          .filter(({ to, kind }) => to === node.id && kind === 'data')
          .flatMap(({ from }) => nodes.find(({ id, kind }) => id === from && kind === 'topic') ?? []);
        return () =>
          this.readFunction(
            node.physicalId,
            sources.map(({ title }) => title),
          );
      }
      case 'queue':
      case 'dead-letters':
        return latest(QUEUE_EVERY_MS, () => measureQueue(this.context.clients.sqs, node.physicalId));
      case 'objects':
        return latest(COUNT_EVERY_MS, () => this.countObjects(node.physicalId));
      case 'database':
        return latest(COUNT_EVERY_MS, () => this.countServed());
      case 'view':
        return node.title === TOPICS.quotes.name
          ? () => ({ records: this.freshness.peek()?.rows ?? 0 })
          : latest(FRESHNESS_EVERY_MS, this.countRows(node.title));
      case 'job':
      case 'crawler':
      case 'workflow':
        return latest(STATE_EVERY_MS, () => this.readState(node));
      case 'schedule':
        return undefined;
    }
  }

  private connected(): Promise<Admin> {
    this.admin ??= (async () => {
      const admin = (await connectToTopic(this.context.lake, this.context.clients.msk)).admin();
      await admin.connect();
      return admin;
    })();
    this.admin.catch(() => {
      this.admin = undefined;
    });
    return this.admin;
  }

  /** End offset of each partition. */
  private endsOf(topic: string): Promise<number[]> {
    const reading =
      this.ends.get(topic) ??
      new PacedReading(ENDS_EVERY_MS, async () => {
        const offsets = await (await this.connected()).fetchTopicOffsets(topic);
        const ends: number[] = [];
        for (const { partition, high } of offsets) ends[partition] = Number(high);
        return ends;
      });
    this.ends.set(topic, reading);
    return reading.get();
  }

  private async readTopic(topic: string): Promise<NodeActivity> {
    const records = sum(await this.endsOf(topic));
    const rate = this.rates.get(topic) ?? new RecordRate();
    this.rates.set(topic, rate);
    return { records, recordsPerSecond: rate.of(records, performance.now()) };
  }

  private async readFunction(name: string, topics: readonly string[]): Promise<NodeActivity> {
    const counts = this.context.inside.functions.countsOf(name);
    if (topics.length === 0) return counts;
    const lags = await Promise.all(topics.map((topic) => this.readLag(name, topic)));
    return { ...counts, lag: sum(lags) };
  }

  /** The mapping's consumer group bears its function's name. */
  private async readLag(groupId: string, topic: string): Promise<number> {
    const admin = await this.connected();
    const [ends, [committed]] = await Promise.all([
      this.endsOf(topic),
      admin.fetchOffsets({ groupId, topics: [topic] }),
    ]);
    const next = new Map(committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    return sum(ends.map((end, partition) => Math.max(0, end - Math.max(0, next.get(partition) ?? 0))));
  }

  /** @param place `s3://bucket/prefix/` */
  private countObjects(place: string): Promise<NodeActivity> {
    const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(place) ?? [];
    return measureObjects(this.context.clients.s3, bucket, prefix);
  }

  private async countServed(): Promise<NodeActivity> {
    return withReader(this.context.lake, async (client) => {
      const { rows } = await client.query<{ records: string }>(
        'SELECT count(*) AS records FROM quotes_filtered',
      );
      return { records: Number(rows[0]?.records ?? 0) };
    });
  }

  /** Rows of a topic's view, asked for again when the topic has more records than rows were seen. */
  private countRows(topic: string): () => Promise<NodeActivity> {
    let rows = 0;
    return async () => {
      if (sum(await this.endsOf(topic)) !== rows) {
        const { lake, clients, signal } = this.context;
        ({ rows } = await readFreshness(lake, clients, topic, signal));
      }
      return { records: rows };
    };
  }

  private async readFreshness(): Promise<Freshness> {
    const { lake, clients, signal } = this.context;
    const topic = TOPICS.quotes.name;
    // The ends first: what comes meanwhile is not behind.
    const appended = sum(await this.endsOf(topic));
    const { last } = this;
    // A query costs somebody else's history of queries a place: nothing new is not asked for.
    if (last?.appended === appended && last.freshness.recordsBehind === 0)
      return { ...last.freshness, at: new Date().toISOString() };
    const quarantine = `s3://${outputOf(lake, 'lake', 'RawBucketName')}/${locations.quarantine(topic)}`;
    const [freshness, { objects: quarantined = 0 }] = await Promise.all([
      readFreshness(lake, clients, topic, signal),
      this.countObjects(quarantine),
    ]);
    const read: Freshness = {
      rows: freshness.rows,
      newestEvent: isoTime(freshness.newestEvent),
      newestRecord: isoTime(freshness.newestRecord),
      recordsBehind: Math.max(0, appended - freshness.rows - quarantined),
      at: new Date().toISOString(),
    };
    this.last = { appended, freshness: read };
    return read;
  }

  private async readState({ kind, physicalId }: PipelineNode): Promise<NodeActivity> {
    const { glue } = this.context.clients;
    if (kind === 'job') {
      const { JobRuns: runs } = await glue.send(
        new GetJobRunsCommand({ JobName: physicalId, MaxResults: 1 }),
      );
      return { state: runs?.[0]?.JobRunState ?? 'NEVER RUN' };
    }
    if (kind === 'workflow') {
      const { Runs: runs } = await glue.send(new GetWorkflowRunsCommand({ Name: physicalId, MaxResults: 1 }));
      return { state: runs?.[0]?.Status ?? 'NEVER RUN' };
    }
    const { Crawler: crawler } = await glue.send(new GetCrawlerCommand({ Name: physicalId }));
    const isIdle = crawler?.State === undefined || crawler.State === 'READY';
    return { state: isIdle ? (crawler?.LastCrawl?.Status ?? 'NEVER RUN') : String(crawler.State) };
  }
}

/** A figure that takes its time: the last one at once, the next when it is there. */
function latest(everyMs: number, read: () => Promise<NodeActivity>): Read {
  const reading = new LatestReading(everyMs, read);
  return () => {
    const value = reading.peek() ?? {};
    return reading.problem === undefined ? value : { ...value, problem: reading.problem };
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** Athena prints `2026-11-20 14:30:00.123`, in UTC. */
function isoTime(printed: string | null): string | null {
  return printed === null ? null : `${printed.replace(' ', 'T')}Z`;
}
