/** Where quotes come from: one port, and what every source of them keeps to. */

import type { TapeCursor } from '../../core/produce-contract.ts';
import type { Quote } from '../../core/quote.ts';
import type { SimulatorCursor } from '../../core/simulator.ts';

export type SourceCursor = SimulatorCursor | TapeCursor;

/** A quote, or a line that gives none and why. `line` counts from 1: the line of a tape, the place of a symbol in the list. */
export type SourceItem = { readonly quote: Quote } | { readonly line: number; readonly reason: string };

export interface QuoteSource {
  /** Items in order. Ends early, without an error, soon after the signal is aborted. */
  read(signal: AbortSignal): AsyncIterable<SourceItem>;
  /** Where to go on after the last item given; undefined when there is nothing more. */
  readonly next: SourceCursor | undefined;
}
