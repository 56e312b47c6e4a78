/**
 * The process inside an execution environment: loads the handler and speaks the Lambda Runtime API.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. It is started by instance.ts, in the child process.
 */

import { existsSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

type Handler = (event: unknown, context: object) => unknown;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const {
  AWS_LAMBDA_RUNTIME_API: api = '',
  LAMBDA_TASK_ROOT: root = '',
  _HANDLER: handlerName = '',
} = process.env;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function call(
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const url = `http://${api}/2018-06-01/runtime/${path}`;
  const outgoing = request(url, { method, agent, headers }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
    });
  });
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}

function describe(error: unknown): { errorType: string; errorMessage: string; trace: string[] } {
  if (!(error instanceof Error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

async function report(path: string, error: unknown): Promise<void> {
  const description = describe(error);
  console.error(JSON.stringify({ level: 'ERROR', message: 'Invoke Error', ...description }));
  await call('POST', path, JSON.stringify(description), {
    'Lambda-Runtime-Function-Error-Type': description.errorType,
  });
}

function loadHandler(): Handler {
  const dot = handlerName.lastIndexOf('.');
  const [module, name] = [handlerName.slice(0, dot), handlerName.slice(dot + 1)];
  const file = ['js', 'mjs', 'cjs'].map((extension) => join(root, `${module}.${extension}`)).find(existsSync);
  if (file === undefined)
    throw named('Runtime.ImportModuleError', `Cannot find module '${module}' in the function's code`);
  const exported = (createRequire(import.meta.url)(file) as Record<string, unknown>)[name];
  if (typeof exported !== 'function') {
    throw named('Runtime.HandlerNotFound', `${handlerName} is undefined or not exported`);
  }
  return exported as Handler;
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

function contextOf(headers: IncomingHttpHeaders): object {
  const { env } = process;
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms']);
  return {
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: env['AWS_LAMBDA_FUNCTION_NAME'],
    functionVersion: env['AWS_LAMBDA_FUNCTION_VERSION'],
    memoryLimitInMB: env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    logGroupName: env['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: env['AWS_LAMBDA_LOG_STREAM_NAME'],
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

async function main(): Promise<void> {
  let handler: Handler;
  try {
    handler = loadHandler();
  } catch (error) {
    await report('init/error', error);
    process.exit(1);
  }
  let current = '';
  const crash = (error: unknown): void => {
    void report(`invocation/${current}/error`, error).finally(() => process.exit(129));
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  for (;;) {
    const { headers, body } = await call('GET', 'invocation/next');
    current = String(headers['lambda-runtime-aws-request-id']);
    process.env['_X_AMZN_TRACE_ID'] = String(headers['lambda-runtime-trace-id']);
    try {
      const result = await handler(JSON.parse(body.toString('utf8')), contextOf(headers));
      // A handler that returns nothing answers null.
      await call('POST', `invocation/${current}/response`, JSON.stringify(result ?? null));
    } catch (error) {
      await report(`invocation/${current}/error`, error);
    }
  }
}

await main();
