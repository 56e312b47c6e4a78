import { styleText } from 'node:util';

export type TextStyle = Parameters<typeof styleText>[0];

/** A stream that text goes to: what tests replace. */
export interface TextStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Where a command's text goes: results to stdout, everything about how it is going to stderr. */
export class Terminal {
  readonly #out: TextStream;
  readonly #err: TextStream;
  readonly #env: NodeJS.ProcessEnv;

  constructor(out: TextStream, err: TextStream, env: NodeJS.ProcessEnv) {
    this.#out = out;
    this.#err = err;
    this.#env = env;
  }

  /** Whether a person watches stderr, so that a line may be drawn again in place. */
  get isInteractive(): boolean {
    return this.#err.isTTY === true && this.#env['CI'] === undefined && this.#env['TERM'] !== 'dumb';
  }

  /** Columns that a table of results may take: those of a terminal, or any number in a file or pipe. */
  get tableColumns(): number {
    return this.#out.isTTY === true
      ? (this.#out.columns ?? Number.POSITIVE_INFINITY)
      : Number.POSITIVE_INFINITY;
  }

  /** Columns of the terminal that results go to; 100 when it is none. */
  get columns(): number {
    return this.#out.isTTY === true ? (this.#out.columns ?? 100) : 100;
  }

  /** A line of the result. */
  print(line: string): void {
    this.#out.write(`${line}\n`);
  }

  /** Part of the result, as it stands. */
  write(text: string): void {
    this.#out.write(text);
  }

  /** A line about how it is going. */
  note(line: string): void {
    this.#err.write(`${line}\n`);
  }

  /** Draws the current line of stderr again; only when `isInteractive`. */
  redraw(text: string): void {
    const width = this.#err.columns ?? 80;
    this.#err.write(`\r\u001b[K${text.slice(0, width - 1)}`);
  }

  /** Styled for stdout, when it takes colours: a TTY without NO_COLOR, or FORCE_COLOR. */
  styled(style: TextStyle, text: string): string {
    return this.#takesColor(this.#out) ? styleText(style, text, { validateStream: false }) : text;
  }

  /** Styled for stderr. */
  styledNote(style: TextStyle, text: string): string {
    return this.#takesColor(this.#err) ? styleText(style, text, { validateStream: false }) : text;
  }

  #takesColor(stream: TextStream): boolean {
    const { NO_COLOR: none, FORCE_COLOR: force } = this.#env;
    if (none !== undefined && none !== '') return false;
    if (force !== undefined) return force !== '0' && force !== 'false';
    return stream.isTTY === true && this.#env['TERM'] !== 'dumb';
  }
}
