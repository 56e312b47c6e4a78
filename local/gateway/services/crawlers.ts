/** Connections and crawlers of AWS Glue: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-crawling.html */
import { randomUUID } from 'node:crypto';
import type { CsvClassifier } from '../../crawler/csv-classifier.ts';
import { text } from '../actions/call.ts';
import { type Answer, amzJson, epochSeconds } from '../http/answer.ts';
import { AwsError } from '../http/errors.ts';
import type { Crawler, CrawlOutcome, CrawlPort, GlueConnection, StartCrawl } from '../types.ts';
import type { LocalService } from './service.ts';

type State = 'READY' | 'RUNNING' | 'STOPPING';

interface LastCrawl {
  readonly Status: CrawlOutcome;
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
  #ended: Promise<unknown> = Promise.resolve();

  constructor(crawler: Crawler, onWarning: (line: string) => void) {
    this.crawler = crawler;
    this.#onWarning = onWarning;
  }

  get state(): State {
    return this.#state;
  }

  /** Begins a crawl and resolves at its end, which is in `describe` too. */
  start(): Promise<CrawlOutcome> {
    this.#state = 'RUNNING';
    this.#stop = new AbortController();
    this.#beganMs = Date.now();
    const ended = this.#crawl(this.#stop.signal);
    this.#ended = ended;
    return ended;
  }

  /** Resolves when no crawl runs any more. */
  async stop(): Promise<void> {
    if (this.#state === 'RUNNING') this.#state = 'STOPPING';
    this.#stop.abort();
    await this.#ended;
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

  async #crawl(signal: AbortSignal): Promise<CrawlOutcome> {
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
    return outcome.Status;
  }
}

const OPERATIONS = new Set([
  'GetClassifier',
  'GetConnection',
  'GetCrawler',
  'GetCrawlers',
  'StartCrawler',
  'StopCrawler',
]);

export class CrawlerService implements CrawlPort {
  readonly #classifiers = new Map<string, CsvClassifier>();
  readonly #connections = new Map<string, GlueConnection>();
  readonly #crawlers = new Map<string, CrawlerRun>();
  readonly #onWarning: (line: string) => void;

  constructor(onWarning: (line: string) => void) {
    this.#onWarning = onWarning;
  }

  putConnection(connection: GlueConnection): void {
    this.#connections.set(connection.Name, connection);
  }

  putClassifier(classifier: CsvClassifier): void {
    this.#classifiers.set(classifier.name, classifier);
  }

  classifier(name: string): CsvClassifier | undefined {
    return this.#classifiers.get(name);
  }

  async start(crawlerName: string): Promise<CrawlOutcome> {
    return await this.#startable(crawlerName).start();
  }

  putCrawler(crawler: Crawler): StartCrawl {
    const run = new CrawlerRun(crawler, this.#onWarning);
    this.#crawlers.set(crawler.name, run);
    return () => {
      if (run.state === 'READY') void run.start();
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
      case 'GetClassifier': {
        const classifier = this.#classifiers.get(name);
        if (classifier === undefined) throw notFound(`Classifier ${name} not found`);
        return amzJson({ Classifier: { CsvClassifier: describeClassifier(classifier) } });
      }
      case 'GetConnection': {
        const connection = this.#connections.get(name);
        if (connection === undefined) throw notFound(`Connection ${name} not found.`);
        return amzJson({ Connection: connection });
      }
      case 'GetCrawlers':
        return amzJson({ Crawlers: [...this.#crawlers.values()].map((run) => run.describe()) });
      case 'GetCrawler':
        return amzJson({ Crawler: this.#find(name).describe() });
      case 'StartCrawler':
        void this.#startable(name).start();
        return amzJson({});
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

  #startable(name: string): CrawlerRun {
    const run = this.#find(name);
    if (run.state === 'READY') return run;
    throw refused('CrawlerRunning', `Crawler with name ${name} is already running`);
  }

  #find(name: string): CrawlerRun {
    const run = this.#crawlers.get(name);
    if (run === undefined) throw notFound(`Crawler entry with name ${name} does not exist`);
    return run;
  }
}

/** https://docs.aws.amazon.com/glue/latest/webapi/API_CsvClassifier.html */
function describeClassifier(classifier: CsvClassifier): Readonly<Record<string, unknown>> {
  return {
    Name: classifier.name,
    Delimiter: classifier.delimiter,
    QuoteSymbol: classifier.quoteSymbol,
    ContainsHeader: classifier.containsHeader,
    Header: classifier.header,
    DisableValueTrimming: classifier.disableValueTrimming,
    AllowSingleColumn: classifier.allowSingleColumn,
  };
}

const notFound = (message: string): AwsError => new AwsError(400, 'EntityNotFoundException', message);
const refused = (code: string, message: string): AwsError => new AwsError(400, `${code}Exception`, message);
