import { createReadStream, watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { TickerlakeError } from '../../core/errors.ts';
import { statePaths } from '../../local/state.ts';
import type { CommandContext } from '../context.ts';
import { closest } from '../terminal/closest.ts';
import { renderTable } from '../terminal/table.ts';
import { LogFormatter } from './format-line.ts';

export interface LogsOptions {
  /** `curate-quotes`, `tickerlake-dev-curate-quotes`, `kafka/broker`. */
  readonly name: string | undefined;
  readonly follow: boolean;
  /** Epoch ms. */
  readonly sinceMs: number | undefined;
}

export interface LogFile {
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
}

/** `logs`: what a function (or engine) wrote in the current run, or the last one. */
export async function showLogs(context: CommandContext, options: LogsOptions): Promise<void> {
  const logs = await listLogs(statePaths(context.env).run);
  const { name } = options;
  if (name === undefined) {
    const rows = logs.map((log) => [log.name, log.bytes.toLocaleString('en')]);
    context.terminal.print(
      renderTable(context.terminal, [{ name: 'log' }, { name: 'bytes', align: 'right' }], rows),
    );
    return;
  }
  const log = findLog(logs, name);
  if (log === undefined) {
    const names = logs.map((each) => each.name);
    throw new TickerlakeError('USAGE', `there is no log of "${name}"`, {
      hint:
        names.length === 0
          ? 'npm run up, since nothing ran yet'
          : `one of ${closest(name, names).join(', ')}`,
    });
  }
  await printLog(context, log.file, options);
}

/** Logs of functions by their name, of engines as `kafka/broker`. */
export async function listLogs(run: string): Promise<readonly LogFile[]> {
  const entries = await readdir(run, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.log'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => relative(run, file).split(sep).length === 2);
  const logs = files.map(async (file) => {
    const [folder = '', base = ''] = relative(run, file).slice(0, -'.log'.length).split(sep);
    const name = folder === 'logs' ? base : `${folder}/${base}`;
    return { name, file, bytes: (await stat(file)).size };
  });
  return (await Promise.all(logs)).sort((left, right) => left.name.localeCompare(right.name));
}

/** A log by its name, by a deployed function's name that ends with it, or by the end of its name: `broker`. */
export function findLog(logs: readonly LogFile[], name: string): LogFile | undefined {
  return (
    logs.find((log) => log.name === name) ??
    logs.find((log) => name.endsWith(`-${log.name}`) || log.name.endsWith(`/${name}`))
  );
}

async function printLog(
  { terminal, signal }: CommandContext,
  file: string,
  { follow, sinceMs }: LogsOptions,
): Promise<void> {
  const formatter = new LogFormatter(terminal, sinceMs);
  let position = await printFrom(file, 0, (line) => {
    formatter.print(line);
  });
  if (!follow) return;
  // The watcher only wakes: what is new is read from where the last read ended.
  await new Promise<void>((resolve, reject) => {
    let reading = Promise.resolve();
    const watcher = watch(file, { signal }, () => {
      reading = reading.then(async () => {
        position = await printFrom(file, position, (line) => {
          formatter.print(line);
        });
      });
      reading.catch(reject);
    });
    watcher.once('close', resolve);
    watcher.once('error', (error) => {
      if (signal.aborted) resolve();
      else reject(error);
    });
  });
}

/** Reads the whole lines from a position on and says where the last of them ends. */
async function printFrom(file: string, from: number, print: (line: string) => void): Promise<number> {
  const { size } = await stat(file);
  if (size <= from) return size < from ? 0 : from;
  const stream = createReadStream(file, { start: from, end: size - 1, encoding: 'utf8' });
  let position = from;
  let held: string | undefined;
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (held !== undefined) {
      print(held);
      position += Buffer.byteLength(held) + 1;
    }
    held = line;
  }
  // The last line counts only when its line end is there.
  if (held !== undefined && position + Buffer.byteLength(held) + 1 <= size) {
    print(held);
    position += Buffer.byteLength(held) + 1;
  }
  return position;
}
