import { Simulator, type SimulatorCursor, type SimulatorOptions } from '../../core/simulator.ts';
import type { QuoteSource } from './source.ts';

export interface SimulatedSourceOptions extends SimulatorOptions {
  readonly from: SimulatorCursor;
  /** At most so many quotes. @default no limit */
  readonly records?: number;
  /** Ticks due later than this are left for another time. Epoch ms. @default no limit */
  readonly untilMs?: number;
}

/** Quotes of the simulated market. */
export function simulatedSource(options: SimulatedSourceOptions): QuoteSource {
  const { records = Number.POSITIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY } = options;
  const simulator = new Simulator(options, options.from);
  return {
    // The port is asynchronous for sources that wait; this one never does.
    // eslint-disable-next-line @typescript-eslint/require-await
    async *read(signal) {
      for (let given = 0; given < records && !signal.aborted; given += 1) {
        if (simulator.cursor.symbol === 0 && simulator.nextTickMs > untilMs) return;
        yield { quote: simulator.next() };
      }
    },
    get next() {
      return simulator.cursor;
    },
  };
}
