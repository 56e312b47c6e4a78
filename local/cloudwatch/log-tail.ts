/** Follows a log that others write. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const NEWLINE = 0x0a;

export class LogTail {
  private readonly file: string;
  private position = 0;

  constructor(file: string) {
    this.file = file;
  }

  /** The whole lines that were written since the last call; none while there is no file. */
  read(): readonly string[] {
    const descriptor = open(this.file);
    if (descriptor === undefined) return [];
    try {
      const { size } = fstatSync(descriptor);
      // Someone emptied it.
      if (size < this.position) this.position = 0;
      const written = Buffer.alloc(size - this.position);
      const bytes = readSync(descriptor, written, 0, written.length, this.position);
      const end = written.subarray(0, bytes).lastIndexOf(NEWLINE) + 1;
      this.position += end;
      return end === 0 ? [] : written.toString('utf8', 0, end - 1).split('\n');
    } finally {
      closeSync(descriptor);
    }
  }
}

function open(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch {
    return undefined;
  }
}
