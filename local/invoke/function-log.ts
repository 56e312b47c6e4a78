/** The log file of one function: its output with Lambda's START, END and REPORT lines around each invocation. */
import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

const TAIL_BYTES = 4096;

export interface Report {
  readonly requestId: string;
  readonly durationMs: number;
  readonly memoryMb: number;
  readonly maxMemoryMb?: number | undefined;
  readonly initMs?: number | undefined;
  readonly status?: 'timeout' | 'error' | undefined;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html */
export function reportLine(report: Report): string {
  const fields = [
    `REPORT RequestId: ${report.requestId}`,
    `Duration: ${report.durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(report.durationMs + (report.initMs ?? 0))} ms`,
    `Memory Size: ${report.memoryMb} MB`,
  ];
  if (report.maxMemoryMb !== undefined) fields.push(`Max Memory Used: ${report.maxMemoryMb} MB`);
  if (report.initMs !== undefined) fields.push(`Init Duration: ${report.initMs.toFixed(2)} ms`);
  if (report.status !== undefined) fields.push(`Status: ${report.status}`);
  return fields.join('\t');
}

export class FunctionLog {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
    appendFileSync(file, '');
  }

  append(line: string): void {
    appendFileSync(this.file, `${line}\n`);
  }

  /** Where the next line will stand. */
  get position(): number {
    return existsSync(this.file) ? statSync(this.file).size : 0;
  }

  /** The last 4 KB written since `position`, as the Invoke API's LogResult gives. */
  tailSince(position: number): string {
    const descriptor = openSync(this.file, 'r');
    try {
      const { size } = fstatSync(descriptor);
      const start = Math.max(position, size - TAIL_BYTES);
      const buffer = Buffer.alloc(Math.max(0, size - start));
      readSync(descriptor, buffer, 0, buffer.length, start);
      return buffer.toString('utf8');
    } finally {
      closeSync(descriptor);
    }
  }
}
