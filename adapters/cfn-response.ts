/**
 * Answers CloudFormation for a custom resource. A function that never answers leaves its stack waiting for an hour,
 * so the answer is sent on success, on failure, and shortly before the function would be ended.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 */
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';

/** What a custom resource comes to. */
export interface CustomResourceOutcome {
  /** Another id than before tells CloudFormation that the resource was replaced: it deletes the old one. */
  readonly physicalResourceId: string;
  /** Attributes for Fn::GetAtt. */
  readonly data?: Readonly<Record<string, string>>;
}

export interface RespondOptions {
  /** The id to answer with when the work fails before it gave one. */
  readonly physicalResourceId: string;
  /** Called with the error before the answer goes out, so that it is in the log too. */
  readonly onError?: (error: unknown) => void;
  /** What the answer itself may take, ms. @default 10000, at most a third of the time that is left */
  readonly reserveMs?: number;
}

/** CloudFormation refuses a body over 4096 bytes; a reason of this length leaves room for the rest. */
const REASON_CHARS = 1000;
const PUT_ATTEMPTS = 4;

/**
 * Does the work and answers CloudFormation, whatever comes of it. `signal` is aborted when the time is up.
 * Throws only if the answer itself cannot be sent: Lambda then tries the event again.
 */
export async function answerCloudFormation(
  event: CloudFormationCustomResourceEvent,
  context: Pick<Context, 'getRemainingTimeInMillis' | 'logStreamName'>,
  options: RespondOptions,
  work: (signal: AbortSignal) => Promise<CustomResourceOutcome>,
): Promise<void> {
  const answer: Record<string, unknown> = {
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  };
  try {
    const remainingMs = context.getRemainingTimeInMillis();
    const reserveMs = Math.min(options.reserveMs ?? 10_000, remainingMs / 3);
    const outcome = await withinTime(remainingMs - reserveMs, work);
    answer['Status'] = 'SUCCESS';
    answer['PhysicalResourceId'] = outcome.physicalResourceId;
    answer['Data'] = outcome.data ?? {};
  } catch (error) {
    options.onError?.(error);
    answer['Status'] = 'FAILED';
    answer['PhysicalResourceId'] =
      'PhysicalResourceId' in event ? event.PhysicalResourceId : options.physicalResourceId;
    answer['Reason'] = `${reasonOf(error)} (log stream ${context.logStreamName})`;
  }
  await put(event.ResponseURL, JSON.stringify(answer));
}

async function withinTime<T>(timeMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`not done after ${Math.round(timeMs)} ms; deploy again to go on`);
      controller.abort(error);
      reject(error);
    }, timeMs);
  });
  try {
    return await Promise.race([work(controller.signal), timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.length > REASON_CHARS ? `${text.slice(0, REASON_CHARS)}…` : text;
}

async function put(url: string, text: string): Promise<void> {
  // Bytes, not a string: fetch would add a content-type, which the presigned URL does not cover.
  const body = new TextEncoder().encode(text);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await fetch(url, { method: 'PUT', body, signal: AbortSignal.timeout(2000) });
      await response.arrayBuffer();
      if (response.ok) return;
      throw new Error(`CloudFormation's response URL answered HTTP ${response.status}`);
    } catch (error) {
      if (attempt === PUT_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
    }
  }
}
