import { join } from 'node:path';
import type { Stage } from '../../core/names.ts';
import { requireFreePort } from '../../local/engines/ports.ts';
import { type Lake, type LakeProgress, startLake } from '../../local/lake.ts';
import { statePaths, writeRunFile } from '../../local/state.ts';
import { toolPaths } from '../../local/tools.ts';
import { assembliesIn, synthesize } from '../assembly/synthesize.ts';
import type { CommandContext } from '../context.ts';
import type { Progress } from '../terminal/progress.ts';
import { LakeClients } from './clients.ts';
import type { LakeConnection } from './connection.ts';
import { type EngineVersions, readEngineVersions } from './engine-versions.ts';
import { refuseSecondLake } from './running-lake.ts';

const ROOT = join(import.meta.dirname, '../..');

/** How many resources of the templates are run by a real engine, emulated, or only checked; and which types. */
export type ResourceCounts = Readonly<
  Record<'run' | 'emulated' | 'checked', { readonly count: number; readonly types: readonly string[] }>
>;

/** The lake of this very process. */
export interface LocalLake extends LakeConnection {
  readonly engines: EngineVersions;
  readonly resources: ResourceCounts;
  /** Milliseconds of each part of the start; they overlap. */
  readonly startMs: Readonly<Record<string, number>>;
  /** What only the process that holds the lake can look at. */
  readonly inside: Pick<Lake, 'alarms' | 'functions' | 'resources'>;
}

export interface LocalLakeOptions {
  readonly stage: Stage;
  /** Port of the AWS endpoint. @default a free one */
  readonly port?: number | undefined;
  readonly progress: Progress;
  /** Whether the templates' schedules fire; a demo brings its own quotes. */
  readonly withSchedules: boolean;
}

/**
 * Synthesizes a stage, starts it, does the work, and stops everything whatever happens: also when the work fails, an
 * engine dies, or Ctrl-C is pressed. Meanwhile commands in other terminals find the lake by its run file.
 */
export async function withLocalLake<T>(
  context: CommandContext,
  options: LocalLakeOptions,
  work: (lake: LocalLake, clients: LakeClients) => Promise<T>,
): Promise<T> {
  const { progress, stage } = options;
  refuseSecondLake(context.env);
  if (options.port !== undefined) await requireFreePort(options.port);
  const engines = await readEngineVersions(toolPaths());
  const assemblyDir = await progress.step(`synthesize stage ${stage}`, async (report) => {
    const cacheDir = assembliesIn(statePaths(context.env).folder);
    const { directory, isCached } = await synthesize({
      root: ROOT,
      stage,
      cacheDir,
      env: context.env,
      signal: context.signal,
    });
    if (isCached) report('unchanged since the last time');
    return directory;
  });
  const lake = await progress.step('start and provision', (report) =>
    start(context, options, assemblyDir, report),
  );
  const local: LocalLake = {
    ...connectionOf(lake),
    engines,
    resources: countResources(lake),
    startMs: lake.stepMs,
    inside: lake,
  };
  const clients = new LakeClients(local);
  try {
    writeRunFile({ ...connectionOf(lake), pid: process.pid, startedAt: new Date() }, statePaths(context.env));
    if (options.withSchedules) lake.schedules.start();
    return await unlessEnded(context.signal, lake, work(local, clients));
  } finally {
    clients.close();
    await progress.step('stop', () => lake.stop());
  }
}

async function start(
  { env, signal, terminal }: CommandContext,
  { stage, port }: LocalLakeOptions,
  assemblyDir: string,
  report: (text: string) => void,
): Promise<Lake> {
  const lake = await startLake({
    stage,
    port,
    assemblyDir,
    state: statePaths(env),
    signal,
    onProgress: (progress) => {
      report(describe(progress));
    },
    onWarning: (line) => {
      // Whatever fails because of the stop is no news.
      if (signal.aborted) return;
      terminal.note(`${terminal.styledNote('yellow', 'warning:')} ${line}`);
    },
  });
  const { run, emulated, checked } = countResources(lake);
  report(
    `${lake.resources.length} resources: ${run.count} run, ${emulated.count} emulated, ${checked.count} checked`,
  );
  return lake;
}

function describe(progress: LakeProgress): string {
  switch (progress.kind) {
    case 'engines':
      return 'starting the Kafka broker and the AWS endpoint';
    case 'resource':
      return `${progress.done} of ${progress.total} resources: ${progress.resource.type}`;
    case 'sources':
      return 'waiting for the event sources to poll';
  }
}

/** The lake as its clients know it. */
export function connectionOf(lake: Lake): LakeConnection {
  const { stage, endpoint, region, account, bootstrapIam, caFile, outputs, logsDir } = lake;
  // Without the expiration: it is a Date, which a file does not keep, and beyond the life of the lake.
  const { accessKeyId, secretAccessKey, sessionToken } = lake.operator;
  const operator = { accessKeyId, secretAccessKey, sessionToken };
  return { stage, endpoint, region, account, operator, bootstrapIam, caFile, outputs, logsDir };
}

function countResources({ resources }: Pick<Lake, 'resources'>): ResourceCounts {
  const at = (level: 'run' | 'emulated' | 'checked'): ResourceCounts['run'] => {
    const chosen = resources.filter((resource) => resource.level === level);
    return { count: chosen.length, types: [...new Set(chosen.map(({ type }) => type))].sort() };
  };
  return { run: at('run'), emulated: at('emulated'), checked: at('checked') };
}

/** The work's result, unless an engine ends or the caller gives up before. */
async function unlessEnded<T>(signal: AbortSignal, lake: Lake, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => {
    aborted.reject(signal.reason as Error);
  };
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  const failed = lake.failed.then((error) => {
    throw error;
  });
  try {
    return await Promise.race([work, failed, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    // Whatever the work still does ends with the lake.
    work.catch(() => undefined);
  }
}
