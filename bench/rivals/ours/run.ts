/** Our two functions over a topic: each a process of its own, bundled as they are deployed, with what the event source takes beside. */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'esbuild';
import { TickerlakeError } from '../../../core/errors.ts';
import type { Guard } from '../../../local/supervisor/index.ts';
import { measureTree, type TreeFigures } from '../../harness/process-tree.ts';
import type { Task } from '../rival.ts';

export interface OurFigures {
  readonly land: TreeFigures;
  readonly curate: TreeFigures;
  /** Lambda's own work on AWS, not ours: shown, never added. */
  readonly poller: TreeFigures;
}

/** @throws TickerlakeError ENGINE_FAILED */
export async function runOurs(guard: Guard, task: Task): Promise<OurFigures> {
  const { bootstrap, topic, folder, ends } = task;
  const programs = await bundle(folder);
  const socket = join(folder, 'events.sock');
  const [raw, lake] = [join(folder, 'raw'), join(folder, 'lake')];
  await Promise.all([mkdir(raw), mkdir(lake)]);
  const start = (name: 'deliver' | 'land' | 'curate', ...args: readonly string[]): Promise<TreeFigures> =>
    measureTree(guard, {
      name,
      command: process.execPath,
      args: [programs(name), ...args],
      logFile: join(folder, `${name}.log`),
    });
  const delivering = start('deliver', bootstrap, topic, ends.join(','), socket);
  await Promise.race([listening(socket), delivering]);
  const [poller, land] = await Promise.all([delivering, start('land', socket, topic, raw)]);
  return { land, poller, curate: await start('curate', topic, raw, lake) };
}

export const ourFiles = ({ folder, topic }: Task): string =>
  join(folder, `lake/curated/${topic}/dt=*/*.parquet`);

async function bundle(folder: string): Promise<(name: string) => string> {
  const names = ['deliver', 'land', 'curate'];
  await build({
    entryPoints: names.map((name) => join(import.meta.dirname, `${name}.ts`)),
    outdir: folder,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    banner: {
      js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
    },
  });
  return (name) => join(folder, `${name}.mjs`);
}

async function listening(path: string): Promise<void> {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; ) {
    if ((await stat(path).catch(() => undefined)) !== undefined) return;
    await delay(50);
  }
  throw new TickerlakeError('ENGINE_FAILED', 'the event source does not start in 30 s');
}
