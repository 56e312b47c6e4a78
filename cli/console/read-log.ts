/** A log's newest lines that match, read from its end. */
import { open } from 'node:fs/promises';
import type { LogLine, LogLines } from '../../console/api.ts';
import { TickerlakeError } from '../../core/errors.ts';
import { parseLogLine, SILENT_FIELDS } from '../logs/format-line.ts';
import { findLog, listLogs } from '../logs/show-logs.ts';
import { closest } from '../terminal/closest.ts';

/** What is searched: of a longer log, its end. */
const SEARCHED_BYTES = 8 * 1024 * 1024;
const LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;

export interface LogFilter {
  /** Text that the line has, in any case. */
  readonly search: string | undefined;
  /** The least severe level that is shown; lines without one are shown where nothing is asked. */
  readonly level: LogLine['level'] | undefined;
  readonly limit: number;
}

/** @throws TickerlakeError USAGE if there is no such log */
export async function readLog(runDir: string, name: string, filter: LogFilter): Promise<LogLines> {
  const logs = await listLogs(runDir);
  const log = findLog(logs, name);
  if (log === undefined) {
    const near = closest(
      name,
      logs.map((each) => each.name),
    );
    throw new TickerlakeError('USAGE', `there is no log of "${name}"`, { hint: `one of ${near.join(', ')}` });
  }
  const { text, start } = await readEnd(log.file);
  const lines = parseLines(text, start).filter((line) => isMeant(line, filter));
  return {
    name: log.name,
    lines: lines.slice(-filter.limit),
    hasMore: lines.length > filter.limit || start > 0,
  };
}

async function readEnd(file: string): Promise<{ readonly text: Buffer; readonly start: number }> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - SEARCHED_BYTES);
    const buffer = Buffer.alloc(size - start);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    return { text: buffer.subarray(0, bytesRead), start };
  } finally {
    await handle.close();
  }
}

/** Whole lines with their places in the file; lines that follow a structured one without a time of their own keep its level. */
function parseLines(text: Buffer, start: number): readonly LogLine[] {
  const lines: LogLine[] = [];
  // Where the end of a long log begins is not where a line does.
  let at = start === 0 ? 0 : text.indexOf('\n') + 1;
  for (let end = text.indexOf('\n', at); end >= 0; end = text.indexOf('\n', at)) {
    lines.push({ at: start + at, ...parseLine(text.toString('utf8', at, end)) });
    at = end + 1;
  }
  return lines;
}

function parseLine(line: string): Omit<LogLine, 'at'> {
  const entry = parseLogLine(line);
  if (entry === undefined) return { time: null, level: plainLevel(line), message: line, fields: {} };
  const { timestamp, level, message } = entry;
  const fields = Object.entries(entry).filter(([name]) => !SILENT_FIELDS.has(name));
  return {
    time: typeof timestamp === 'string' ? timestamp : null,
    level: levelOf(level),
    message: typeof message === 'string' ? message : '',
    fields: Object.fromEntries(fields),
  };
}

function levelOf(level: unknown): LogLine['level'] {
  if (level === 'CRITICAL' || level === 'FATAL') return 'ERROR';
  return LEVELS.find((each) => each === level) ?? null;
}

/** As engines write it: `[2026-11-20 14:30:00,123] WARN …`. */
function plainLevel(line: string): LogLine['level'] {
  return levelOf(/\b(DEBUG|INFO|WARN|ERROR|FATAL)\b/.exec(line.slice(0, 80))?.[1]);
}

function isMeant({ level, message, fields }: LogLine, filter: LogFilter): boolean {
  if (filter.level !== undefined && filter.level !== null) {
    if (level === null || LEVELS.indexOf(level) < LEVELS.indexOf(filter.level)) return false;
  }
  if (filter.search === undefined || filter.search === '') return true;
  const wanted = filter.search.toLowerCase();
  return `${message} ${JSON.stringify(fields)}`.toLowerCase().includes(wanted);
}
