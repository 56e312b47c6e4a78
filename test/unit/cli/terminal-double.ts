import { Terminal } from '../../../cli/terminal/terminal.ts';

/** A terminal that keeps what it is told. */
export interface RecordedTerminal {
  readonly terminal: Terminal;
  readonly out: () => string;
  readonly err: () => string;
}

export function recordTerminal(
  options: { readonly tty?: boolean; readonly env?: NodeJS.ProcessEnv } = {},
): RecordedTerminal {
  const texts = { out: '', err: '' };
  const stream = (
    name: 'out' | 'err',
  ): { isTTY: boolean; columns: number; write: (text: string) => void } => ({
    isTTY: options.tty === true,
    columns: 80,
    write: (text) => {
      texts[name] += text;
    },
  });
  const terminal = new Terminal(stream('out'), stream('err'), options.env ?? {});
  return { terminal, out: () => texts.out, err: () => texts.err };
}
