/** What one part of the proof came to. */
export interface Finding {
  /** query vwap, table quotes_raw, … */
  readonly subject: string;
  /** What was seen, for people. */
  readonly detail: string;
  /** Why it is not proven; undefined where it is. */
  readonly problem: string | undefined;
}

/** What it comes to, an error among it. */
export async function finding(
  subject: string,
  signal: AbortSignal,
  prove: () => Promise<Omit<Finding, 'subject'>>,
): Promise<Finding> {
  try {
    return { subject, ...(await prove()) };
  } catch (error) {
    signal.throwIfAborted();
    return { subject, detail: '', problem: error instanceof Error ? error.message : String(error) };
  }
}
