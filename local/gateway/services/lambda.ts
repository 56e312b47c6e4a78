/** Lambda over the runner's functions: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
import { functionNameOf } from '../actions/rest.ts';
import { type Answer, json } from '../http/answer.ts';
import { AwsError, notImplemented } from '../http/errors.ts';
import type { InvocationType, LambdaPort } from '../types.ts';
import type { LocalService, ServiceCall } from './service.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_SYNC_PAYLOAD_BYTES = 6 * 1024 * 1024;
const MAX_ASYNC_PAYLOAD_BYTES = 1024 * 1024;

const isType = (value: string): value is InvocationType =>
  ['RequestResponse', 'Event', 'DryRun'].includes(value);

export function lambdaService(
  port: () => LambdaPort | undefined,
  account: string,
  region: string,
): LocalService {
  return async (request) => {
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
  const result = await functions.invoke({ functionName, payload: body, type });
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

function assertJson(body: Buffer): void {
  try {
    JSON.parse(body.toString('utf8'));
  } catch (cause) {
    const message = `Could not parse request body into json: ${(cause as Error).message}`;
    throw new AwsError(400, 'InvalidRequestContentException', message);
  }
}
