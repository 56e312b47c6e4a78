/** The console's HTTP interface: console/api.ts says what each path answers. */
import type { HttpBindings } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { streamSSE } from 'hono/streaming';
import type { LakeInfo, LogFile, QueryRequest } from '../../console/api.ts';
import { TickerlakeError } from '../../core/errors.ts';
import { QUALITY_RULES, type QualityCode } from '../../core/quality.ts';
import { logIdOf, outputOf } from '../lake/connection.ts';
import { TOPIC_NAMES } from '../lake/stations.ts';
import { listLogs } from '../logs/show-logs.ts';
import { answerError, notFound, tooLarge } from './answer-error.ts';
import type { ConsoleContext } from './context.ts';
import { type EventSources, sendEvents } from './events.ts';
import { refusal } from './guard.ts';
import { listAlarms } from './list-alarms.ts';
import { oneOf, wholeNumber } from './parameters.ts';
import { readLog } from './read-log.ts';
import type { Records } from './records/records.ts';
import { readCatalog } from './sql/catalog.ts';
import { engineStates } from './sql/engine-states.ts';
import type { Queries } from './sql/queries.ts';
import { listSavedQueries } from './sql/saved-queries.ts';

export interface ConsoleParts extends EventSources {
  readonly context: ConsoleContext;
  readonly records: Records;
  readonly queries: Queries;
  /** Folder that the page was built into. */
  readonly pageDir: string;
  /** Folder of the current run, with its logs. */
  readonly runDir: string;
  /** That the console listens on. */
  readonly port: () => number;
}

interface Environment {
  Bindings: HttpBindings;
}

const MINUTES = ['1', '5', '15', '60'] as const;
const LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
const MAX_BODY_BYTES = 512 * 1024;
const MAX_RECORDS = 500;
const MAX_ROWS = 10_000;
const MAX_LINES = 5000;

const isSmall = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: (c) => c.json(tooLarge(MAX_BODY_BYTES).body, 413),
});

export function createApp(parts: ConsoleParts): Hono<Environment> {
  const app = new Hono<Environment>();
  app.use(secureHeaders({ contentSecurityPolicy: POLICY, strictTransportSecurity: false }));
  app.use(async (c, next) => {
    const error = refusal({
      method: c.req.method,
      path: c.req.path,
      host: c.req.header('host'),
      origin: c.req.header('origin'),
      fetchSite: c.req.header('sec-fetch-site'),
      contentType: c.req.header('content-type'),
      port: parts.port(),
    });
    if (error !== undefined) return c.json(answerError(error).body, 403);
    await next();
    return undefined;
  });
  app.use('/api/*', async (c, next) => {
    await next();
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store');
  });
  app.onError((error, c) => {
    const { status, body } = answerError(error);
    return c.json(body, status);
  });
  addPipeline(app, parts);
  addMarket(app, parts);
  addRecords(app, parts);
  addOperations(app, parts);
  addSql(app, parts);
  app.all('/api/*', (c) => c.json(notFound(`there is no ${c.req.method} ${c.req.path}`).body, 404));
  addPage(app, parts.pageDir);
  return app;
}

/** Styles: the SQL editor and the charts set theirs from scripts. */
const POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:', 'blob:'],
  connectSrc: ["'self'"],
  fontSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

function addPipeline(app: Hono<Environment>, parts: ConsoleParts): void {
  const { context, activity } = parts;
  const { lake } = context;
  app.get('/api/lake', (c) => {
    const info: LakeInfo = {
      stage: lake.stage,
      region: lake.region,
      endpoint: lake.endpoint,
      bootstrapServers: lake.bootstrapIam,
      startedAt: context.startedAt.toISOString(),
      topics: TOPIC_NAMES,
      database: outputOf(lake, 'lake', 'DatabaseName'),
      workgroup: outputOf(lake, 'query', 'AnalystsWorkGroupName'),
      engines: engineStates(),
    };
    return c.json(info);
  });
  app.get('/api/pipeline', (c) => c.json(activity.pipeline));
  app.get('/api/activity', async (c) => c.json(await activity.read()));
  app.get('/api/events', (c) => {
    const { symbol } = c.req.query();
    const minutes = minutesOf(c);
    return streamSSE(c, (stream) => sendEvents(stream, parts, { symbol, minutes }));
  });
}

function addMarket(app: Hono<Environment>, { market: { market } }: ConsoleParts): void {
  app.get('/api/market/movers', (c) => c.json(market.listMovers()));
  app.get('/api/market/candles', (c) => {
    const { symbol = '' } = c.req.query();
    const minutes = minutesOf(c);
    return c.json({ symbol, minutes, candles: market.candles(symbol, minutes) });
  });
}

function addRecords(app: Hono<Environment>, { records }: ConsoleParts): void {
  app.get('/api/topics', async (c) => c.json(await records.topics()));
  app.get('/api/topics/:topic/records', async (c) => {
    const { partition, offset, limit } = c.req.query();
    return c.json(
      await records.read(oneOf('topic', c.req.param('topic'), TOPIC_NAMES), {
        partition: wholeNumber('partition', partition),
        offset: wholeNumber('offset', offset),
        limit: wholeNumber('limit', limit, { least: 1, most: MAX_RECORDS }) ?? 50,
      }),
    );
  });
  app.get('/api/topics/:topic/records/:partition/:offset', async (c) => {
    const { topic, partition, offset } = c.req.param();
    return c.json(
      await records.detail(
        oneOf('topic', topic, TOPIC_NAMES),
        wholeNumber('partition', partition) ?? 0,
        wholeNumber('offset', offset) ?? 0,
      ),
    );
  });
  app.get('/api/quarantine', async (c) => {
    const { topic = 'quotes', code, limit } = c.req.query();
    return c.json(
      await records.quarantine(oneOf('topic', topic, TOPIC_NAMES), {
        code: code === undefined || code === '' ? undefined : oneOf('code', code, CODES),
        limit: wholeNumber('limit', limit, { least: 1, most: MAX_ROWS }) ?? 200,
      }),
    );
  });
}

const CODES = Object.keys(QUALITY_RULES) as readonly QualityCode[];

function addOperations(app: Hono<Environment>, { context, runDir }: ConsoleParts): void {
  app.get('/api/alarms', (c) => c.json(listAlarms(context.inside.alarms.all())));
  const functions = context.inside.resources
    .filter(({ type }) => type === 'AWS::Lambda::Function')
    .map(({ physicalId }) => physicalId);
  app.get('/api/logs', async (c) => {
    const logs: readonly LogFile[] = (await listLogs(runDir)).map(({ name, bytes }) => ({
      name,
      kind: functions.some((each) => each.endsWith(`-${name}`)) ? 'function' : 'engine',
      bytes,
    }));
    return c.json(logs);
  });
  app.get('/api/logs/:name{.+}', async (c) => {
    const { search, level, limit } = c.req.query();
    return c.json(
      await readLog(runDir, c.req.param('name'), {
        search,
        level: level === undefined || level === '' ? undefined : oneOf('level', level, LEVELS),
        limit: wholeNumber('limit', limit, { least: 1, most: MAX_LINES }) ?? 500,
      }),
    );
  });
}

function addSql(app: Hono<Environment>, { context, queries }: ConsoleParts): void {
  const { lake, clients } = context;
  app.get('/api/catalog', async (c) =>
    c.json(await readCatalog(clients.glue, outputOf(lake, 'lake', 'DatabaseName'))),
  );
  app.get('/api/saved-queries', async (c) => {
    const workgroup = outputOf(lake, 'query', 'AnalystsWorkGroupName');
    return c.json(await listSavedQueries(clients.athena, workgroup, { log_id: logIdOf(lake) }));
  });
  app.post('/api/queries', isSmall, async (c) =>
    c.json(await queries.start(parseRequest(await c.req.json().catch(() => undefined))), 201),
  );
  app.get('/api/queries/:id', async (c) => c.json(await queries.state(c.req.param('id'))));
  app.delete('/api/queries/:id', async (c) => c.json(await queries.stop(c.req.param('id'))));
  app.get('/api/queries/:id/rows', async (c) => {
    const limit = wholeNumber('limit', c.req.query('limit'), { least: 1, most: MAX_ROWS }) ?? 1000;
    return c.json(await queries.rows(c.req.param('id'), limit));
  });
  app.get('/api/queries/:id/result.csv', async (c) => {
    const id = c.req.param('id');
    const body = await queries.csv(id);
    return c.body(body, 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="tickerlake-${id}.csv"`,
    });
  });
}

/** @throws TickerlakeError USAGE */
function parseRequest(body: unknown): QueryRequest {
  const { sql, parameters = [], engine = 'duckdb' } = (body ?? {}) as Record<string, unknown>;
  const isRequest =
    typeof sql === 'string' &&
    sql.trim() !== '' &&
    Array.isArray(parameters) &&
    parameters.every((each) => typeof each === 'string');
  if (!isRequest) {
    throw new TickerlakeError('USAGE', 'the body is not a query', {
      hint: '{"sql": "SELECT 1", "parameters": [], "engine": "duckdb"}',
    });
  }
  return { sql, parameters, engine: oneOf('engine', String(engine), ['duckdb', 'trino']) };
}

function addPage(app: Hono<Environment>, pageDir: string): void {
  app.use(
    '/assets/*',
    serveStatic({
      root: pageDir,
      onFound: (_path, c) => {
        c.header('cache-control', 'public, max-age=31536000, immutable');
      },
    }),
  );
  app.get('/assets/*', (c) => c.notFound());
  // The page knows its paths itself.
  app.get(
    '*',
    serveStatic({
      root: pageDir,
      path: 'index.html',
      onFound: (_path, c) => {
        c.header('cache-control', 'no-cache');
      },
    }),
  );
}

function minutesOf(c: Context<Environment>): number {
  return Number(oneOf('interval', c.req.query('minutes') ?? '5', MINUTES));
}
