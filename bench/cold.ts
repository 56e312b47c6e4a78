/**
 * What a cold start costs before the first event: `npm run bench:cold -- [--runs 9] [--slower 1]`. Each function's bundle is taken out of
 * the synthesized app and required in a fresh process with the function's environment, round after round, so that a disturbance meets all.
 * `--slower` says how many times slower this machine is than the one that the limit of milliseconds is meant for.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { assembliesIn, synthesize } from '../cli/assembly/synthesize.ts';
import { TickerlakeError } from '../core/errors.ts';
import { bundleHandlers } from '../lib/constructs/compute/handler-code.ts';
import { environmentOf } from '../local/invoke/environment.ts';
import type { FunctionDefinition } from '../local/invoke/function-definition.ts';
import { readAssembly } from '../local/template/assembly.ts';
import { isObject, type Json, type JsonObject } from '../local/template/template.ts';
import { machine } from './harness/machine.ts';
import { type Spread, spreadOf, table, writeResults } from './harness/report.ts';

const LIMITS = { bundleBytes: 1_000_000, initMs: 150 };
const LARGEST_SHOWN = 5;
const ROOT = join(import.meta.dirname, '..');

interface Start {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly rssMb: number;
}

/** Runs in the fresh process: what Lambda's runtime does with a bundle, timed. */
const PROBE = `
const before = performance.now(), cpu = process.cpuUsage();
if (process.env.LAMBDA_TASK_ROOT !== '') require(process.env.LAMBDA_TASK_ROOT + '/index.js');
const wallMs = performance.now() - before, { user, system } = process.cpuUsage(cpu);
process.stdout.write(JSON.stringify({ wallMs, cpuMs: (user + system) / 1000, rssMb: process.memoryUsage().rss / 1e6 }));
process.exit(0);`;

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '9' }, slower: { type: 'string', default: '1' } },
});
const [runs, slower] = [Number(values.runs), Number(values.slower)];
if (!(Number.isInteger(runs) && runs >= 5 && slower > 0)) {
  throw new TickerlakeError('USAGE', '--runs is at least 5 and --slower above 0', {
    hint: 'npm run bench:cold -- --runs 9 --slower 1',
  });
}
if (!process.version.startsWith('v24.')) {
  throw new TickerlakeError('USAGE', `the functions run on Node 24, this is ${process.version}`, {
    hint: 'npm run bench:cold, which brings the right one',
  });
}

const functions = await synthesizedFunctions();
const starts = new Map(functions.map(({ name }) => [name, [] as Start[]]));
const bare: Start[] = [];
const processMs: number[] = [];
for (let run = 0; run < runs; run += 1) {
  const startedMs = performance.now();
  bare.push(start({ LAMBDA_TASK_ROOT: '' }));
  processMs.push(performance.now() - startedMs);
  for (const { name, environment } of functions) starts.get(name)?.push(start(environment));
}
report();

function start(environment: Readonly<Record<string, string>>): Start {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', PROBE], {
    env: environment,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${environment['LAMBDA_TASK_ROOT'] ?? ''} does not load:\n${stderr}`);
  return JSON.parse(stdout) as Start;
}

interface SynthesizedFunction {
  readonly name: string;
  readonly bytes: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** Of stage dev; functions of the derived topic are the same bundles again. */
async function synthesizedFunctions(): Promise<SynthesizedFunction[]> {
  const { directory } = await synthesize({
    root: ROOT,
    stage: 'dev',
    cacheDir: assembliesIn(join(ROOT, '.tickerlake')),
    env: process.env,
    signal: AbortSignal.timeout(300_000),
  });
  const { stacks, assets } = readAssembly(directory);
  const found = stacks.flatMap(({ template }) =>
    Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function'),
  );
  return found
    .map(({ Properties = {} }) => {
      const { Code: code, FunctionName: functionName } = Properties;
      const key = isObject(code) ? code['S3Key'] : undefined;
      const codeDirectory = typeof key === 'string' ? assets.get(key)?.path : undefined;
      if (codeDirectory === undefined || typeof functionName !== 'string')
        throw new TickerlakeError('TEMPLATE_UNSUPPORTED', 'a function has no name or no asset', {
          hint: 'synthesize again: npm run synth',
        });
      const name = functionName.replace('tickerlake-dev-', '');
      return { name, bytes: bytesOf(codeDirectory), environment: environmentFor(codeDirectory, Properties) };
    })
    .filter(({ name }) => !name.endsWith('-filtered'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What Node loads: JavaScript, and WASM if there is any. */
function bytesOf(folder: string): number {
  return readdirSync(folder)
    .filter((file) => /\.(js|wasm)$/.test(file))
    .reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
}

function environmentFor(codeDirectory: string, properties: JsonObject): Record<string, string> {
  const declared = properties['Environment'];
  const variables = isObject(declared) && isObject(declared['Variables']) ? declared['Variables'] : {};
  const definition: FunctionDefinition = {
    name: 'bench',
    arn: 'arn:aws:lambda:us-east-1:123456789012:function:bench',
    handler: 'index.handler',
    codeDirectory,
    environment: Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, literal(name, value)]),
    ),
    timeoutMs: 60_000,
    memoryMb: Number(properties['MemorySize']),
    roleArn: 'arn:aws:iam::123456789012:role/bench',
    logGroupName: '/aws/lambda/bench',
  };
  const credentials = { accessKeyId: 'AKIABENCH', secretAccessKey: 'bench', sessionToken: 'bench' };
  const surroundings = { endpoint: 'http://127.0.0.1:9', region: 'us-east-1', caFile: '' };
  return environmentOf(definition, credentials, surroundings, '127.0.0.1:9', 'bench');
}

/** What only a deployment knows takes a form that configuration accepts. */
function literal(name: string, value: Json): string {
  if (typeof value === 'string') return value;
  return name.endsWith('_PORT') ? '5432' : `bench-${name.toLowerCase()}`;
}

function largestInputs(name: string): Record<string, number> {
  const byPackage = new Map<string, number>();
  for (const [path, bytes] of bundleHandlers().inputs.get(name) ?? []) {
    const owner =
      /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ??
      `${path.split('/')[0] ?? ''}/ of this project`;
    byPackage.set(owner, (byPackage.get(owner) ?? 0) + bytes);
  }
  return Object.fromEntries([...byPackage].sort((a, b) => b[1] - a[1]).slice(0, LARGEST_SHOWN));
}

function report(): void {
  const limitMs = LIMITS.initMs * slower;
  const nodeMs = spreadOf(processMs);
  const measured = functions.map(({ name, bytes }) => {
    const own = starts.get(name) ?? [];
    const initMs = spreadOf(own.map(({ wallMs }) => wallMs));
    return {
      name,
      bytes,
      initMs,
      initCpuMs: spreadOf(own.map(({ cpuMs }) => cpuMs)),
      /** Of the init to the start of a Node that does nothing. */
      timesNodeStart: Math.round((initMs.median / nodeMs.median) * 100) / 100,
      rssMb: spreadOf(own.map(({ rssMb }) => rssMb)),
      largestInputs: largestInputs(name),
    };
  });
  const bareRssMb = spreadOf(bare.map(({ rssMb }) => rssMb));
  console.log(JSON.stringify(machine()));
  console.log(`node -e '': ${shown(nodeMs)} ms, ${Math.round(bareRssMb.median)} MB resident\n`);
  console.log(
    table(
      ['function', 'bundle KB', 'init ms', 'min', 'max', 'CPU ms', 'x node', 'RSS MB'],
      measured.map(({ name, bytes, initMs, initCpuMs, timesNodeStart, rssMb }) => [
        name,
        String(Math.round(bytes / 1000)),
        ...[initMs.median, initMs.min, initMs.max, initCpuMs.median].map((ms) => ms.toFixed(0)),
        timesNodeStart.toFixed(1),
        rssMb.median.toFixed(0),
      ]),
    ),
  );
  console.log('\nKB of the largest parts of each bundle');
  for (const { name, largestInputs: parts } of measured) {
    const text = Object.entries(parts).map(([part, bytes]) => `${part} ${Math.round(bytes / 1000)}`);
    console.log(`${name}: ${text.join(', ')}`);
  }
  const file = writeResults('cold', {
    limits: { ...LIMITS, slower },
    nodeStartMs: nodeMs,
    nodeRssMb: bareRssMb,
    functions: measured,
  });
  const over = measured.filter(({ bytes, initMs }) => bytes > LIMITS.bundleBytes || initMs.median > limitMs);
  const limits = `${LIMITS.bundleBytes / 1000} KB and ${limitMs} ms`;
  console.log(
    over.length === 0
      ? `\nall within ${limits}`
      : `\nover ${limits}: ${over.map(({ name }) => name).join(', ')}`,
  );
  console.log(file);
  if (over.length > 0) process.exitCode = 1;
}

function shown({ min, median, max }: Spread): string {
  return `${median.toFixed(0)} (${min.toFixed(0)} to ${max.toFixed(0)})`;
}
