/** Trino's protocol against a server that says what it is told to. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { execute, runStatement, TrinoError, type TrinoPage } from '../../../local/trino/client.ts';
import { type Answer, ScriptedServer } from '../../helpers/scripted-server.ts';
import { until } from '../../helpers/until.ts';

const server = new ScriptedServer();
let endpoint: string;
let stop: AbortController;
beforeAll(async () => {
  endpoint = await server.start();
});
beforeEach(() => {
  stop = new AbortController();
});
afterAll(() => server.stop());

const says =
  (body: string, status = 200): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };
const next = (at: string): string => `"nextUri": "${endpoint}/${at}"`;
const COLUMNS =
  '"columns": [{"name": "n", "type": "bigint", "typeSignature": {"rawType": "bigint", "arguments": []}}]';
const statement = (sql = 'SELECT 1') => ({
  sql,
  user: 'analyst',
  catalog: 'awsdatacatalog',
  signal: stop.signal,
});

async function pagesOf(pages: AsyncIterable<TrinoPage>): Promise<TrinoPage[]> {
  const all: TrinoPage[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

test('pages are followed to the last; numbers stay as they are written', async () => {
  server.script(
    says(`{${next('1')}, "stats": {}}`),
    says(`{${next('2')}, ${COLUMNS}, "data": [[9007199254740993]], "stats": {"physicalInputBytes": 10}}`),
    says(`{${COLUMNS}, "data": [[1.0E10]], "stats": {"physicalInputBytes": 20}}`),
  );
  const pages = await pagesOf(runStatement(endpoint, statement()));
  expect(pages.flatMap(({ rows }) => rows)).toEqual([['9007199254740993'], ['1.0E10']]);
  expect(pages.map(({ physicalInputBytes }) => physicalInputBytes)).toEqual([0, 10, 20]);
  expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'POST /v1/statement',
    'GET /1',
    'GET /2',
  ]);
});

test('the statement says who asks, where, and under which limit', async () => {
  server.script(says('{"stats": {}}'));
  await execute(endpoint, {
    ...statement('SELECT 2'),
    schema: 'lake',
    session: { query_max_scan_physical_bytes: '10B' },
  });
  const [request] = server.requests;
  expect(request?.body.toString()).toBe('SELECT 2');
  expect(request?.headers).toMatchObject({
    'x-trino-user': 'analyst',
    'x-trino-catalog': 'awsdatacatalog',
    'x-trino-schema': 'lake',
    'x-trino-time-zone': 'UTC',
    'x-trino-session': 'query_max_scan_physical_bytes=10B',
  });
});

test('a busy server is asked again', async () => {
  server.script(says('', 503), says(`{${next('1')}, "stats": {}}`), says('', 502), says('{"stats": {}}'));
  await execute(endpoint, statement());
  expect(server.unanswered).toBe(0);
});

test('any other answer than the protocol’s is told', async () => {
  server.script(says('who are you?', 401));
  await expect(execute(endpoint, statement())).rejects.toThrow(
    'Trino answers 401 Unauthorized: who are you?',
  );
});

test('a failure brings its name and what caused it', async () => {
  const failureInfo = '"failureInfo": {"message": "outer", "cause": {"message": "Status Code: 403"}}';
  server.script(
    says(
      `{"stats": {}, "error": {"message": "no", "errorName": "HIVE_METASTORE_ERROR", "errorType": "EXTERNAL", ${failureInfo}}}`,
    ),
  );
  const error: unknown = await execute(endpoint, statement()).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TrinoError);
  expect(error).toMatchObject({ errorName: 'HIVE_METASTORE_ERROR', causes: ['outer', 'Status Code: 403'] });
});

test.each(['given up', 'aborted'])('a statement that is %s is cancelled on the server', async (how) => {
  server.script(
    says(`{${next('1')}, ${COLUMNS}, "data": [[1]], "stats": {}}`),
    ...(how === 'aborted' ? [() => undefined] : []),
    says('', 204),
  );
  const pages = runStatement(endpoint, statement());
  await pages.next();
  if (how === 'given up') await pages.return(undefined);
  else {
    const waiting = pages.next();
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  }
  await until('the server to be told', () => server.requests.at(-1)?.method === 'DELETE');
  expect(server.requests.at(-1)?.url).toBe('/1');
});
