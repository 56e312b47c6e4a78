import type { Terminal } from './terminal.ts';

/** One finished step and how long it took. */
export interface StepTime {
  readonly name: string;
  readonly seconds: number;
}

/** Says what a running step is at; the last thing said stays on its line. */
export type Report = (detail: string) => void;

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const REDRAW_MS = 100;
/** A log without a person before it gets a sign of life this often. */
const HEARTBEAT_MS = 10_000;

/** Shows the steps of a long command on stderr: a spinner for people, a line a step for logs. */
export class Progress {
  readonly steps: StepTime[] = [];
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Runs one step; its line ends with its seconds, and says so when it failed. */
  async step<T>(name: string, work: (report: Report) => Promise<T>): Promise<T> {
    const started = performance.now();
    const elapsed = (): number => (performance.now() - started) / 1000;
    let detail = '';
    const stopDrawing = this.#terminal.isInteractive
      ? this.#spin(() => line(name, elapsed(), detail))
      : this.#beat(() => line(name, elapsed(), detail));
    const end = (mark: string): void => {
      stopDrawing();
      this.#terminal.note(`${mark} ${line(name, elapsed(), detail)}`);
      this.steps.push({ name, seconds: Number(elapsed().toFixed(2)) });
    };
    try {
      const result = await work((text) => {
        detail = text;
      });
      end(this.#terminal.styledNote('green', '✓'));
      return result;
    } catch (error) {
      end(this.#terminal.styledNote('red', '✗'));
      throw error;
    }
  }

  #spin(text: () => string): () => void {
    let frame = 0;
    const timer = setInterval(() => {
      this.#terminal.redraw(`${SPINNER[frame++ % SPINNER.length] ?? ''} ${text()}`);
    }, REDRAW_MS);
    return () => {
      clearInterval(timer);
      this.#terminal.redraw('');
    };
  }

  #beat(text: () => string): () => void {
    const timer = setInterval(() => {
      this.#terminal.note(`… ${text()}`);
    }, HEARTBEAT_MS);
    return () => {
      clearInterval(timer);
    };
  }
}

function line(name: string, seconds: number, detail: string): string {
  return `${name.padEnd(26)} ${seconds.toFixed(1).padStart(6)} s${detail === '' ? '' : `  ${detail}`}`;
}
