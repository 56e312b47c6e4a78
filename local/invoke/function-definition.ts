/** A function as its template resource describes it. */

export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  /** `file.export`, as in the template: `index.handler`. */
  readonly handler: string;
  /** Folder with the function's code: a copy, never cdk.out itself. */
  readonly codeDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** The execution role. */
  readonly roleArn: string;
  readonly logGroupName: string;
  /**
   * Most invocations at once; 0 refuses all.
   * @default the account's limit
   */
  readonly reservedConcurrency?: number;
}

/** Default of an account's concurrent executions: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const ACCOUNT_CONCURRENCY = 1000;
/** Largest payload of a synchronous invocation, request and response: 6 MB. */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
/** Time that a runtime has for its init phase. */
export const INIT_TIMEOUT_MS = 10_000;

/** What a function gave back. */
export interface InvocationResult {
  readonly payload: Buffer;
  /** Set when the function failed; `payload` is then {errorType, errorMessage, trace?}. */
  readonly functionError?: 'Unhandled';
  readonly logTail: string;
  /** Without the init phase. */
  readonly durationMs: number;
}

/** A refusal of the Lambda service, named as the API names it. The function did not run. */
export class InvocationRefused extends Error {
  override readonly name:
    | 'TooManyRequestsException'
    | 'ResourceNotFoundException'
    | 'RequestTooLargeException';

  constructor(name: InvocationRefused['name'], message: string) {
    super(message);
    this.name = name;
  }
}

/** The payload of a failed invocation, as the Lambda service words it. */
export function failurePayload(errorType: string, errorMessage: string): Buffer {
  return Buffer.from(JSON.stringify({ errorType, errorMessage }));
}
