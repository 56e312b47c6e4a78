/** Connections and crawlers of AWS Glue: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-crawling.html */
import { randomUUID } from 'node:crypto';
import { text } from '../actions/call.ts';
import { type Answer, amzJson, epochSeconds } from '../http/answer.ts';
import { AwsError } from '../http/errors.ts';
import type { Crawler, GlueConnection, StartCrawl } from '../types.ts';
import type { LocalService } from './service.ts';

type State = 'READY' | 'RUNNING' | 'STOPPING';

interface LastCrawl {
  readonly Status: 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  readonly ErrorMessage?: string;
  readonly LogGroup: string;
  readonly LogStream: string;
  readonly MessagePrefix: string;
  readonly StartTime: number;
}

/** A crawler and what it is at. */
class CrawlerRun {
  readonly crawler: Crawler;
  readonly #createdAt = epochSeconds(new Date());
  readonly #onWarning: (line: string) => void;
  #state: State = 'READY';
  #last: LastCrawl | undefined;
  #stop = new AbortController();
  #beganMs = 0;
  #ended: Promise<void> = Promise.resolve();

  constructor(crawler: Crawler, onWarning: (line: string) => void) {
    this.crawler = crawler;
    this.#onWarning = onWarning;
  }

  get state(): State {
    return this.#state;
  }

  /** Begins a crawl; its end is in `describe`. */
  start(): void {
    this.#state = 'RUNNING';
    this.#stop = new AbortController();
    this.#beganMs = Date.now();
    this.#ended = this.#crawl(this.#stop.signal);
  }

  /** Resolves when no crawl runs any more. */
  stop(): Promise<void> {
    if (this.#state === 'RUNNING') this.#state = 'STOPPING';
    this.#stop.abort();
    return this.#ended;
  }

  describe(): Readonly<Record<string, unknown>> {
    return {
      ...this.crawler.description,
      Name: this.crawler.name,
      State: this.#state,
      CrawlElapsedTime: this.#state === 'READY' ? 0 : Date.now() - this.#beganMs,
      CreationTime: this.#createdAt,
      LastUpdated: this.#createdAt,
      ...(this.#last === undefined ? {} : { LastCrawl: this.#last }),
      Version: 1,
    };
  }

  async #crawl(signal: AbortSignal): Promise<void> {
    const { name } = this.crawler;
    let outcome: Pick<LastCrawl, 'Status' | 'ErrorMessage'> = { Status: 'SUCCEEDED' };
    try {
      await this.crawler.crawl(signal);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      outcome = signal.aborted ? { Status: 'CANCELLED' } : { Status: 'FAILED', ErrorMessage: why };
      if (!signal.aborted) this.#onWarning(`crawler ${name}: ${why}`);
    }
    this.#last = {
      ...outcome,
      LogGroup: '/aws-glue/crawlers',
      LogStream: name,
      MessagePrefix: randomUUID(),
      StartTime: this.#beganMs / 1000,
    };
    this.#state = 'READY';
  }
}

const OPERATIONS = new Set(['GetConnection', 'GetCrawler', 'GetCrawlers', 'StartCrawler', 'StopCrawler']);

export class CrawlerService {
  readonly #connections = new Map<string, GlueConnection>();
  readonly #crawlers = new Map<string, CrawlerRun>();
  readonly #onWarning: (line: string) => void;

  constructor(onWarning: (line: string) => void) {
    this.#onWarning = onWarning;
  }

  putConnection(connection: GlueConnection): void {
    this.#connections.set(connection.Name, connection);
  }

  putCrawler(crawler: Crawler): StartCrawl {
    const run = new CrawlerRun(crawler, this.#onWarning);
    this.#crawlers.set(crawler.name, run);
    return () => {
      if (run.state === 'READY') run.start();
    };
  }

  /** Ends every crawl. */
  async stop(): Promise<void> {
    await Promise.all([...this.#crawlers.values()].map((run) => run.stop()));
  }

  /** Answers its own operations, and leaves the others to the rest of Glue. */
  before(rest: LocalService): LocalService {
    return (request) => (OPERATIONS.has(request.call.operation) ? this.#answer(request.call) : rest(request));
  }

  #answer({ operation, parameters }: Parameters<LocalService>[0]['call']): Answer {
    const name = text(parameters, 'Name') ?? '';
    switch (operation) {
      case 'GetConnection': {
        const connection = this.#connections.get(name);
        if (connection === undefined) throw notFound(`Connection ${name} not found.`);
        return amzJson({ Connection: connection });
      }
      case 'GetCrawlers':
        return amzJson({ Crawlers: [...this.#crawlers.values()].map((run) => run.describe()) });
      case 'GetCrawler':
        return amzJson({ Crawler: this.#find(name).describe() });
      case 'StartCrawler': {
        const run = this.#find(name);
        if (run.state !== 'READY')
          throw refused('CrawlerRunning', `Crawler with name ${name} is already running`);
        run.start();
        return amzJson({});
      }
      default: {
        const run = this.#find(name);
        if (run.state === 'READY')
          throw refused('CrawlerNotRunning', `Crawler with name ${name} isn't running`);
        if (run.state === 'STOPPING')
          throw refused('CrawlerStopping', `Crawler with name ${name} is stopping`);
        void run.stop();
        return amzJson({});
      }
    }
  }

  #find(name: string): CrawlerRun {
    const run = this.#crawlers.get(name);
    if (run === undefined) throw notFound(`Crawler entry with name ${name} does not exist`);
    return run;
  }
}

const notFound = (message: string): AwsError => new AwsError(400, 'EntityNotFoundException', message);
const refused = (code: string, message: string): AwsError => new AwsError(400, `${code}Exception`, message);
