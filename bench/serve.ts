/**
 * What serving costs against a real PostgreSQL on this machine, and as the floor COPY of the same rows into a plain table:
 * `node bench/serve.ts [records]`. Over the server's socket: of TLS and network neither side pays.
 */
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connectDatabase, createDatabase, type DatabaseOptions } from '../adapters/database.ts';
import { QuoteReader } from '../adapters/quote-reader.ts';
import { QUOTE_SCHEMA_TEXT } from '../core/codec.ts';
import { parseKafkaEvent } from '../core/kafka-event.ts';
import { readMigrations } from '../core/migrations.ts';
import { DATABASE_USERS, SERVING_DATABASE, SERVING_TABLES } from '../core/serving.ts';
import { sourceHeaders } from '../core/source-coordinates.ts';
import { TOPICS } from '../core/topics.ts';
import { applyMigrations } from '../lambdas/migrate-database/apply-migrations.ts';
import { QuoteServer } from '../lambdas/serve-quotes/serve-quotes.ts';
import { type Postgres, startPostgres } from '../local/engines/postgres.ts';
import { startGuard } from '../local/supervisor/index.ts';
import { delivered } from './data/events.ts';
import { benchRecords, CLUSTER_ARN, LOG_ID, SCHEMA_VERSION_ID } from './data/records.ts';
import { printMachine } from './harness/machine.ts';
import { describeRate, describeShares, profileWork, roundedShares } from './harness/profile-work.ts';
import { spreadOf, writeResults } from './harness/report.ts';

const total = Number(process.argv[2] ?? 50_000);
const RUNS = 5;
const EVENT_RECORDS = 2000;
const MIGRATIONS = join(import.meta.dirname, '../sql/migrations');
const { quotes: SOURCE, quotesFiltered: TOPIC } = TOPICS;

/** Events as Lambda hands them over, header values as lists of bytes. */
function makeEvents(): string[] {
  const records = Array.from(benchRecords(total), (record) => {
    const { partition, offset } = record;
    const source = sourceHeaders({ logId: LOG_ID, topic: SOURCE.name, partition, offset });
    const headers = Object.entries(source).map(([name, value]) => ({ [name]: [...Buffer.from(value)] }));
    return { ...delivered(record), topic: TOPIC.name, partition, headers };
  });
  const events: string[] = [];
  for (let first = 0; first < total; first += EVENT_RECORDS) {
    const some = records.slice(first, first + EVENT_RECORDS);
    const byPartition = Object.groupBy(some, ({ partition }) => `${TOPIC.name}-${partition}`);
    events.push(
      JSON.stringify({ eventSource: 'aws:kafka', eventSourceArn: CLUSTER_ARN, records: byPartition }),
    );
  }
  return events;
}

interface Figures {
  readonly seconds: number;
  readonly functionCpu: number;
  readonly databaseCpu: number;
}

async function timed(postgres: Postgres, work: () => Promise<unknown>): Promise<Figures> {
  const [start, cpu, databaseCpu] = [
    performance.now(),
    process.cpuUsage(),
    await databaseCpuSeconds(postgres.pid),
  ];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return {
    seconds: (performance.now() - start) / 1000,
    functionCpu: (user + system) / 1e6,
    databaseCpu: (await databaseCpuSeconds(postgres.pid)) - databaseCpu,
  };
}

/** By time. */
function middleOf(runs: readonly Figures[]): Figures {
  const middle = runs.toSorted((left, right) => left.seconds - right.seconds)[runs.length >> 1];
  if (middle === undefined) throw new RangeError('no run');
  return middle;
}

function print(name: string, { seconds, functionCpu, databaseCpu }: Figures): void {
  const perMillion = (cpu: number): string => ((cpu / total) * 1e6).toFixed(1);
  console.log(
    `${name}: ${Math.round(total / seconds)} rows/s; CPU s per million rows: function ${perMillion(functionCpu)}, database ${perMillion(databaseCpu)}`,
  );
}

/** Of the server and all its processes, those that ended included; 0 where there is no /proc. */
async function databaseCpuSeconds(postmaster: number): Promise<number> {
  const TICKS_PER_SECOND = 100;
  let ticks = 0;
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue;
    // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; the name before may hold spaces.
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent, own, ended] = [fields[1], sum(fields.slice(11, 13)), sum(fields.slice(13, 15))];
    if (Number(pid) === postmaster) ticks += own + ended;
    else if (parent === postmaster) ticks += own;
  }
  return ticks / TICKS_PER_SECOND;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

printMachine();
const folder = await mkdtemp(join(tmpdir(), 'tickerlake-bench-'));
await chmod(folder, 0o755);
const guard = await startGuard();
try {
  const postgres = await startPostgres(guard, {
    ground: { dir: join(folder, 'postgres') },
    masterUser: DATABASE_USERS.admin,
    masterPassword: 'of no use here',
    database: SERVING_DATABASE,
  });
  const { host = '', port = 0, user = '' } = postgres.superuser;
  const options: DatabaseOptions = {
    host,
    port,
    user,
    database: SERVING_DATABASE,
    password: () => Promise.resolve(''),
    applicationName: 'bench',
    tls: false,
  };
  const admin = await connectDatabase(options);
  const names = (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql'));
  const texts = await Promise.all(
    names.map(async (name) => [name, await readFile(join(MIGRATIONS, name), 'utf8')] as const),
  );
  await applyMigrations(admin, readMigrations(new Map(texts)), { wait, remainingMs: () => 60_000 });
  const { rows: settings } = await admin.query(
    `SELECT string_agg(name || ' ' || setting || coalesce(unit, ''), ', ') AS text FROM pg_settings
     WHERE name IN ('fsync', 'synchronous_commit', 'shared_buffers', 'max_wal_size')`,
  );
  console.log(`PostgreSQL ${postgres.version}; ${String(settings[0]?.['text'])}`);

  const database = createDatabase(options);
  const schemas = { load: () => Promise.resolve(new Map([[SCHEMA_VERSION_ID, QUOTE_SCHEMA_TEXT]])) };
  const server = new QuoteServer(
    {
      database,
      reader: new QuoteReader(schemas, { lakeStartMs: Date.parse('1990-01-01'), derivedFrom: SOURCE.name }),
      wait,
      random: Math.random,
    },
    { topic: TOPIC.name },
  );
  const events = makeEvents();
  const serve = async (some: readonly string[]): Promise<number> => {
    let served = 0;
    for (const event of some) {
      const serving = await server.serve(parseKafkaEvent(JSON.parse(event)), () => 600_000);
      for (const { failure } of serving.partitions) if (failure !== undefined) throw failure.error;
      served += serving.served;
    }
    return served;
  };
  const tables = `${SERVING_TABLES.filtered}, ${SERVING_TABLES.latest}, ${SERVING_TABLES.offsets}`;

  const serveAll = async (): Promise<void> => {
    const served = await serve(events);
    if (served !== total) throw new Error(`served ${served} of ${total}`);
  };
  const empty = async (): Promise<void> => {
    await admin.query(`TRUNCATE ${tables}`);
    await admin.query('CHECKPOINT');
  };
  await serveAll();
  const runs: Figures[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    await empty();
    runs.push(await timed(postgres, serveAll));
  }
  const upserted = middleOf(runs);
  print(`upsert, ${EVENT_RECORDS} records an event`, upserted);
  const perMillion = (of: (figures: Figures) => number) =>
    spreadOf(runs.map((run) => (of(run) / total) * 1e6));
  const results = {
    records: total,
    cpuSecondsPerMillion: perMillion(({ functionCpu }) => functionCpu),
    databaseCpuSecondsPerMillion: perMillion(({ databaseCpu }) => databaseCpu),
    rowsPerSecond: spreadOf(runs.map(({ seconds }) => total / seconds)),
  };
  console.log(`  function: ${describeRate(results.cpuSecondsPerMillion)}`);
  await empty();
  const parts = await profileWork(serveAll);
  console.log(`  of it ${describeShares(parts)}`);
  print('the same events again', await timed(postgres, () => serve(events)));

  // In the one folder that the server may write to.
  const { rows: folders } = await admin.query('SHOW data_directory');
  const file = join(String(folders[0]?.['data_directory']), 'rows.copy');
  await admin.query(`COPY ${SERVING_TABLES.filtered} TO '${file}'`);
  await admin.query(`CREATE TABLE plain (LIKE ${SERVING_TABLES.filtered})`);
  await admin.query(`CREATE TABLE indexed (LIKE ${SERVING_TABLES.filtered} INCLUDING INDEXES)`);
  const copies: Figures[] = [];
  for (const table of ['plain', 'indexed']) {
    await admin.query('CHECKPOINT');
    const copied = await timed(postgres, () => admin.query(`COPY ${table} FROM '${file}'`));
    print(`COPY into ${table === 'plain' ? 'a plain table' : 'a table with the same indexes'}`, copied);
    copies.push(copied);
  }
  const [floor] = copies;
  if (floor !== undefined) {
    const all = upserted.functionCpu + upserted.databaseCpu;
    console.log(
      `upsert / COPY into a plain table: ${(upserted.seconds / floor.seconds).toFixed(1)} times the time, ` +
        `${(upserted.databaseCpu / floor.databaseCpu).toFixed(1)} times the database's CPU, ${(all / floor.databaseCpu).toFixed(1)} times the CPU in all`,
    );
  }
  console.log(`written: ${writeResults('serve', { ...results, shares: roundedShares(parts) })}`);
  await database.close();
  await admin.close();
  await postgres.stop();
} finally {
  await guard.stopAll();
  await rm(folder, { recursive: true, force: true });
}
