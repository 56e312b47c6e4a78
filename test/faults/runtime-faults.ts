/** Faults of the functions' runtime: answers that mean nothing, memory that does not suffice, time that runs out. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { functionName } from '../../core/names.ts';
import type { SeenRequest } from '../../local/gateway/index.ts';
import { type TestFolders, theResource } from '../helpers/local-lake.ts';
import { randomBelow } from '../helpers/stepped.ts';
import { until } from '../helpers/until.ts';
import type { Fault, FaultReport } from './fault.ts';
import { isWorkQueue } from './shorten-waits.ts';
import type { FaultStand, StandOptions } from './stand.ts';

type Template = Parameters<NonNullable<StandOptions['change']>>[0];

/** How often a line stands in a function's log. */
function countInLog(stand: FaultStand, part: 'land-quotes' | 'curate-quotes', pattern: RegExp): number {
  const file = join(stand.lake.logsDir, `${part}.log`);
  return existsSync(file) ? [...readFileSync(file, 'utf8').matchAll(pattern)].length : 0;
}

function propertiesOf(template: Template, part: string): Record<string, unknown> {
  return theResource(template('pipeline'), 'AWS::Lambda::Function', ({ FunctionName }) =>
    String(FunctionName).endsWith(part),
  ).Properties;
}

/** Answers that ReportBatchItemFailures takes for success (the first), and for failure of the whole batch. */
const NONSENSE = [
  'undefined',
  '{ batchItemFailures: [{ itemIdentifier: null }] }',
  '{ batchItemFailures: [{}] }',
  "{ batchItemFailures: [{ itemIdentifier: { partition: 'quotes-99', offset: 1 } }] }",
  "{ batchItemFailures: 'all of it' }",
  '[]',
] as const;

/**
 * Wraps the bundle of land-quotes: while `switchFile` is there, what the real handler answers is thrown away, and each
 * invocation answers the next piece of nonsense.
 */
function answerNonsense(directory: string, switchFile: string): void {
  const asset = landingAsset(directory);
  const real = join(asset, 'real.js');
  renameSync(join(asset, 'index.js'), real);
  writeFileSync(
    join(asset, 'index.js'),
    `const { appendFileSync, existsSync, readFileSync } = require('node:fs');
const real = require('./real.js');
const nonsense = [${NONSENSE.map((text) => `() => (${text})`).join(', ')}];
exports.handler = async (event, context) => {
  const answer = await real.handler(event, context);
  if (!existsSync(${JSON.stringify(switchFile)})) return answer;
  const answered = readFileSync(${JSON.stringify(switchFile)}, 'utf8').length;
  if (answered >= nonsense.length) return answer;
  appendFileSync(${JSON.stringify(switchFile)}, '.');
  return nonsense[answered]();
};
`,
  );
}

/** Folder of the asset whose bundle is land-quotes. */
function landingAsset(directory: string): string {
  const file = join(directory, 'tickerlake-prod-pipeline.template.json');
  const template = JSON.parse(readFileSync(file, 'utf8')) as ReturnType<Template>;
  const { Properties } = theResource(template, 'AWS::Lambda::Function', ({ FunctionName }) =>
    String(FunctionName).endsWith('-land-quotes'),
  );
  const { S3Key } = Properties['Code'] as { S3Key: string };
  return join(directory, `asset.${S3Key.replace('.zip', '')}`);
}

function nonsenseAnswers(): Fault {
  let switchFile = '';
  return {
    number: 12,
    name: 'handler returns undefined, malformed identifiers',
    lake: {
      stage: 'prod',
      assembly: (directory: string, folders: TestFolders): string => {
        switchFile = join(folders.create('nonsense'), 'answered');
        answerNonsense(directory, switchFile);
        return directory;
      },
    },
    run: async (stand): Promise<FaultReport> => {
      await stand.control();
      writeFileSync(switchFile, '');
      const answered = (): number => readFileSync(switchFile, 'utf8').length;
      for (let wanted = 1; wanted <= NONSENSE.length; wanted += 1) {
        await stand.produceForeign(await stand.quotes(wanted % 4, 5));
        await until(`nonsense ${wanted} of ${NONSENSE.length} to be answered`, () => answered() >= wanted);
      }
      return stand.report(answered());
    },
  };
}

/** Enough to be over a function's memory, whatever else it holds. */
const FLOOD = Buffer.alloc(700 * 1024 * 1024);
const SMALL_MEMORY_MB = 512;

const memoryExhausted: Fault = {
  number: 28,
  name: 'memory or disk of the function exhausted',
  lake: {
    stage: 'dev',
    change: (template): void => {
      for (const part of ['land-quotes', 'curate-quotes']) {
        propertiesOf(template, part)['MemorySize'] = SMALL_MEMORY_MB;
      }
    },
  },
  // Neither function writes a file, so there is no disk to exhaust: /tmp stays empty.
  run: async (stand): Promise<FaultReport> => {
    await stand.control();
    const killed = /Runtime exited with error: signal: killed/g;
    const kills = (): number =>
      countInLog(stand, 'land-quotes', killed) + countInLog(stand, 'curate-quotes', killed);
    const before = kills();
    // S3 answers with more than the function can hold: a listing to land-quotes, an object to curate-quotes.
    const flood = (operation: string, part: 'land-quotes' | 'curate-quotes') => {
      const name = functionName(stand.lake.stage, part);
      const interceptor = stand.intercept(
        (request) => request.operation === operation && request.session === name,
        ({ respond }) => {
          interceptor.remove();
          respond({ status: 200, headers: { 'content-type': 'binary/octet-stream' }, body: FLOOD });
        },
      );
      return interceptor;
    };
    flood('GetObject', 'curate-quotes');
    flood('ListObjectsV2', 'land-quotes');
    stand.lake.functions.pool(functionName(stand.lake.stage, 'land-quotes')).killInstances();
    await stand.produceForeign(await stand.quotes(2, 40));
    await until('both functions to be killed for their memory', () => kills() - before >= 2, 60_000);
    return stand.report(kills() - before);
  },
};

const SHORT_TIMEOUT_SECONDS = { 'land-quotes': 3, 'curate-quotes': 5 } as const;

/** Which requests hang is left to chance: this long until each function had some. */
const MOST_MS = 150_000;

const timeOuts: Fault = {
  number: 29,
  name: 'function killed by its time-out at random moments under load',
  lake: {
    stage: 'dev',
    change: (template): void => {
      for (const [part, seconds] of Object.entries(SHORT_TIMEOUT_SECONDS)) {
        propertiesOf(template, part)['Timeout'] = seconds;
      }
      const { 'curate-quotes': seconds } = SHORT_TIMEOUT_SECONDS;
      propertiesOf(template, 'curate-quotes-filtered')['Timeout'] = seconds;
      for (const { Type, Properties } of Object.values(template('pipeline').Resources)) {
        if (isWorkQueue(Type, Properties)) Properties['VisibilityTimeout'] = seconds;
      }
    },
  },
  run: async (stand): Promise<FaultReport> => {
    await stand.control();
    const timeOutsOf = (part: 'land-quotes' | 'curate-quotes'): number =>
      countInLog(stand, part, /Task timed out after/g);
    const before = timeOutsOf('land-quotes') + timeOutsOf('curate-quotes');
    const below = randomBelow(Date.now() % 2 ** 31);
    const parts = Object.entries(SHORT_TIMEOUT_SECONDS).map(
      ([part, seconds]) => [functionName(stand.lake.stage, part as 'land-quotes'), seconds] as const,
    );
    const secondsOf = ({ session }: SeenRequest): number | undefined => new Map(parts).get(session);
    const slow = stand.intercept(
      (request) => request.service === 's3' && secondsOf(request) !== undefined && below(4) === 0,
      async ({ request, forward }) => {
        // Before or after the service does it: the function is dead by the time of the answer.
        const waitMs = (secondsOf(request) ?? 0) * 1000 + 300;
        if (below(2) === 0) {
          await sleep(waitMs);
          await forward();
        } else {
          await forward();
          await sleep(waitMs);
        }
      },
    );
    const enough = (): boolean =>
      timeOutsOf('land-quotes') >= 2 && timeOutsOf('curate-quotes') >= 2 && slow.fired >= 4;
    const endMs = performance.now() + MOST_MS;
    while (!enough() && performance.now() < endMs) {
      await stand.produce(60);
      await sleep(300);
    }
    slow.remove();
    await until('a time-out of each function', enough, 1000);
    // A message that was received too often waits in the dead-letter queue; the sweep does not need it.
    await stand.sweep(0);
    return stand.report(timeOutsOf('land-quotes') + timeOutsOf('curate-quotes') - before);
  },
};

export const faults: readonly Fault[] = [nonsenseAnswers(), memoryExhausted, timeOuts];
