/** Lambda over the runner's functions: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
import { InvocationRefused } from '../../invoke/function-definition.ts';
import { functionNameOf } from '../actions/rest.ts';
import { type Answer, json } from '../http/answer.ts';
import { AwsError, notImplemented } from '../http/errors.ts';
import type { EventSourcePort, InvocationType, LambdaPort } from '../types.ts';
import { answerMappings, MAPPING_OPERATIONS } from './event-source-mappings.ts';
import type { LocalService, ServiceCall } from './service.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_SYNC_PAYLOAD_BYTES = 6 * 1024 * 1024;
const MAX_ASYNC_PAYLOAD_BYTES = 1024 * 1024;

const isType = (value: string): value is InvocationType =>
  ['RequestResponse', 'Event', 'DryRun'].includes(value);

/** An account's unreserved concurrency never falls below it: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
const MIN_UNRESERVED_CONCURRENCY = 100;

export function lambdaService(
  port: () => LambdaPort | undefined,
  sources: () => EventSourcePort | undefined,
  account: string,
  region: string,
): LocalService {
  return async (request) => {
    if (MAPPING_OPERATIONS.has(request.call.operation)) return answerMappings(request, sources());
    const functions = port();
    if (functions === undefined)
      throw new AwsError(502, 'ServiceException', 'No functions are registered with the local gateway yet.');
    const name = functionNameOf(request.argument ?? '');
    const configuration = functions.describe(name);
    if (configuration === undefined)
      throw new AwsError(
        404,
        'ResourceNotFoundException',
        `Function not found: arn:aws:lambda:${region}:${account}:function:${name}`,
      );
    switch (request.call.operation) {
      case 'GetFunctionConfiguration':
        return json(configuration);
      case 'Invoke':
        return await invoke(functions, name, request);
      case 'PutFunctionConcurrency':
        return putConcurrency(functions, name, request.body);
      case 'GetFunctionConcurrency':
        return json(concurrencyOf(functions, name));
      case 'DeleteFunctionConcurrency':
        functions.reserveConcurrency(name, undefined);
        return { status: 204, headers: {}, body: '' };
      default:
        throw notImplemented(
          'rest-json',
          `Lambda operation ${request.call.operation} is not modelled by the local gateway`,
        );
    }
  };
}

async function invoke(
  functions: LambdaPort,
  functionName: string,
  { call, body }: ServiceCall,
): Promise<Answer> {
  const type = String(call.headers['x-amz-invocation-type'] ?? 'RequestResponse');
  if (!isType(type))
    throw new AwsError(400, 'InvalidParameterValueException', `Unsupported invocation type ${type}`);
  if (type === 'DryRun') return { status: 204, headers: {}, body: '' };
  const limit = type === 'Event' ? MAX_ASYNC_PAYLOAD_BYTES : MAX_SYNC_PAYLOAD_BYTES;
  if (body.length > limit)
    throw new AwsError(
      413,
      'RequestTooLargeException',
      `${body.length} byte payload is too large for the ${type} invocation type (limit ${limit} bytes)`,
    );
  if (body.length > 0) assertJson(body);
  const result = await functions.invoke({ functionName, payload: body, type }).catch((error: unknown) => {
    throw error instanceof InvocationRefused ? refusal(error, functions, functionName) : error;
  });
  if (type === 'Event') return { status: 202, headers: {}, body: '' };
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-amz-executed-version': '$LATEST',
  };
  if (result.functionError !== undefined) headers['x-amz-function-error'] = result.functionError;
  if (call.headers['x-amz-log-type'] === 'Tail' && result.logTail !== undefined)
    headers['x-amz-log-result'] = Buffer.from(result.logTail).toString('base64');
  return { status: 200, headers, body: result.payload };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html */
function putConcurrency(functions: LambdaPort, name: string, body: Buffer): Answer {
  assertJson(body);
  const { ReservedConcurrentExecutions: reserved } = JSON.parse(body.toString('utf8')) as {
    ReservedConcurrentExecutions?: unknown;
  };
  if (typeof reserved !== 'number' || !Number.isInteger(reserved) || reserved < 0)
    throw new AwsError(
      400,
      'InvalidParameterValueException',
      'ReservedConcurrentExecutions must be a whole number that is not negative.',
      { Type: 'User' },
    );
  const { limit, reserved: all } = functions.concurrency();
  const others = [...all].filter(([other]) => other !== name).reduce((sum, [, count]) => sum + count, 0);
  if (limit - others - reserved < MIN_UNRESERVED_CONCURRENCY)
    throw new AwsError(
      400,
      'InvalidParameterValueException',
      `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${MIN_UNRESERVED_CONCURRENCY}].`,
      { Type: 'User' },
    );
  functions.reserveConcurrency(name, reserved);
  return json(concurrencyOf(functions, name));
}

function concurrencyOf(functions: LambdaPort, name: string): object {
  const reserved = functions.concurrency().reserved.get(name);
  return reserved === undefined ? {} : { ReservedConcurrentExecutions: reserved };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors */
function refusal(error: InvocationRefused, functions: LambdaPort, functionName: string): AwsError {
  if (error.name !== 'TooManyRequestsException')
    return new AwsError(error.name === 'RequestTooLargeException' ? 413 : 404, error.name, error.message);
  const isReserved = functions.concurrency().reserved.has(functionName);
  return new AwsError(429, error.name, error.message, {
    Type: 'User',
    Reason: `${isReserved ? 'ReservedFunction' : ''}ConcurrentInvocationLimitExceeded`,
  });
}

function assertJson(body: Buffer): void {
  try {
    JSON.parse(body.toString('utf8'));
  } catch (cause) {
    const message = `Could not parse request body into json: ${(cause as Error).message}`;
    throw new AwsError(400, 'InvalidRequestContentException', message);
  }
}
