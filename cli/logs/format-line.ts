import type { Terminal, TextStyle } from '../terminal/terminal.ts';

/** Fields of a structured line that people are not shown: they say the same on every line. */
export const SILENT_FIELDS = new Set([
  'level',
  'message',
  'timestamp',
  'service',
  'sampling_rate',
  'xray_trace_id',
  'cold_start',
  'function_arn',
  'function_memory_size',
  'function_name',
  'function_request_id',
  '_aws',
]);

const LEVEL_STYLES: Readonly<Record<string, TextStyle>> = {
  ERROR: 'red',
  CRITICAL: 'red',
  WARN: 'yellow',
  INFO: 'green',
  DEBUG: 'dim',
};

/** Prints a function's log lines: JSON lines as time, level, message and fields; others as they stand. */
export class LogFormatter {
  readonly #terminal: Terminal;
  readonly #sinceMs: number | undefined;
  /** Lines without a time belong to the line before them. */
  #isShowing: boolean;

  constructor(terminal: Terminal, sinceMs: number | undefined) {
    this.#terminal = terminal;
    this.#sinceMs = sinceMs;
    this.#isShowing = sinceMs === undefined;
  }

  print(line: string): void {
    const entry = parseLogLine(line);
    const time = typeof entry?.['timestamp'] === 'string' ? Date.parse(entry['timestamp']) : Number.NaN;
    if (this.#sinceMs !== undefined && !Number.isNaN(time)) this.#isShowing = time >= this.#sinceMs;
    if (this.#isShowing) this.#terminal.print(entry === undefined ? line : this.#format(entry));
  }

  #format(entry: Readonly<Record<string, unknown>>): string {
    const time = typeof entry['timestamp'] === 'string' ? entry['timestamp'].slice(11, 23) : '';
    const level = typeof entry['level'] === 'string' ? entry['level'] : '';
    const message = typeof entry['message'] === 'string' ? entry['message'] : '';
    const fields = Object.entries(entry)
      .filter(([name]) => !SILENT_FIELDS.has(name))
      .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
    return [
      this.#terminal.styled('dim', time),
      this.#terminal.styled(LEVEL_STYLES[level] ?? 'dim', level.padEnd(5)),
      message,
      this.#terminal.styled('dim', fields.join(' ')),
    ]
      .join(' ')
      .trimEnd();
  }
}

/** A structured line's fields; undefined where the line is none. */
export function parseLogLine(line: string): Readonly<Record<string, unknown>> | undefined {
  return asLogged(parseEntry(line));
}

/** Metrics say their time and their kind elsewhere: embedded metric format. */
function asLogged(
  entry: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, unknown>> | undefined {
  const about = entry?.['_aws'] as { readonly Timestamp?: unknown } | null | undefined;
  if (typeof about?.Timestamp !== 'number') return entry;
  return { ...entry, level: 'INFO', message: 'metrics', timestamp: new Date(about.Timestamp).toISOString() };
}

function parseEntry(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
