/**
 * What docs/deploy.md and docs/runbook.md tell people to type exists: commands and options of `tickerlake` by the program itself,
 * npm scripts by package.json, `cdk` by what it parses its own by, and the AWS CLI's by the service models that the emulator brings along.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { buildProgram } from '../../cli/program.ts';
import { STAGES } from '../../core/names.ts';
import { toolPaths } from '../../local/tools.ts';
import { allResources, synthesize, WITH_DASHBOARD } from '../templates/synthesize.ts';
import { recordTerminal } from './cli/terminal-double.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = ['docs/deploy.md', 'docs/runbook.md'];
const EXAMPLES = join(ROOT, 'docs/examples');
const PLACEHOLDER = 'PLACEHOLDER';

/** Words of one command, without what comes behind a pipe or `&&`, and without assignments before it. */
type Words = readonly string[];

const STARTS = ['tickerlake', 'npm', 'npx', 'aws'];

/** Every command of a page: lines of fenced blocks, and code within sentences that begins as a command does. */
function commandsOf(page: string): readonly Words[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const fences = /^ *```(?:sh|bash)?\n([\s\S]*?)^ *```$/gm;
  const fenced = [...text.matchAll(fences)].flatMap(([, block = '']) => linesOf(block));
  const prose = text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
  const inline = [...prose.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll(/\s*\n\s*/g, ' '));
  return [...fenced, ...inline].flatMap(split).filter(([first = '', second]) => {
    return STARTS.includes(first) && second !== undefined;
  });
}

/** A line goes on behind a backslash, and as long as a quotation is open. */
function linesOf(block: string): readonly string[] {
  const lines: string[] = [];
  let open = '';
  for (const line of block.replaceAll(/\\\n\s*/g, ' ').split('\n')) {
    open = open === '' ? line : `${open} ${line}`;
    if ((open.match(/'/g)?.length ?? 0) % 2 === 1) continue;
    lines.push(open);
    open = '';
  }
  return lines;
}

/** The commands of a line; what a command substitution holds is one more. */
function split(line: string): readonly Words[] {
  const inner = [...line.matchAll(/\$\(([^()]+)\)/g)].flatMap(([, command = '']) => split(command));
  const outer = line.replaceAll(/\$\([^()]+\)/g, PLACEHOLDER).replaceAll(/<[^<>\n]+>/g, PLACEHOLDER);
  const commands: string[][] = [[]];
  for (const [token] of outer.matchAll(/(?:[^\s'"|&;#]|'[^']*'|"[^"]*"|(?<=\S)#)+|[|&;]+|#.*$/g)) {
    if (token.startsWith('#')) break;
    if (/^[|&;]+$/.test(token)) commands.push([]);
    else commands.at(-1)?.push(token.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
  }
  const isAssignment = (word: string): boolean => /^[A-Z_]+=/.test(word);
  return [...inner, ...commands.map((words) => words.slice(words.findIndex((word) => !isAssignment(word))))];
}

/** Why a command of ours would be refused before it runs; undefined if it would not be. */
async function faultOfTickerlake(words: Words): Promise<string | undefined> {
  const program = buildProgram({
    terminal: recordTerminal().terminal,
    env: {},
    signal: new AbortController().signal,
    fail: () => undefined,
  });
  const command = disarm(program, words);
  const fault = command.options.length === 0 ? undefined : faultOfOptions(command, words);
  if (fault !== undefined) return fault;
  // A placeholder may stand for what only some values are allowed for; a name alone, in a sentence, is no command line.
  const isNameAlone = words.every((word) => /^[a-z]+$/.test(word)) && command !== program;
  if (isNameAlone || words.some((word) => word.includes(PLACEHOLDER))) return undefined;
  try {
    await program.parseAsync([...words], { from: 'user' });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Has no command do anything. @returns the one that is meant */
function disarm(program: Command, words: Words): Command {
  const visit = (command: Command): void => {
    command.exitOverride();
    if (command.commands.length === 0) command.action(() => undefined);
    command.commands.forEach(visit);
  };
  visit(program);
  let found = program;
  for (const word of words) {
    const next = found.commands.find((command) => command.name() === word);
    if (next === undefined) break;
    found = next;
  }
  return found;
}

function faultOfOptions(command: Command, words: Words): string | undefined {
  const known = new Set(command.options.flatMap(({ long, short }) => [long, short]));
  const unknown = optionsOf(words).find((option) => !known.has(option) && option !== '--help');
  return unknown && `${command.name()} has no option ${unknown}`;
}

function optionsOf(words: Words): readonly string[] {
  return words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.replace(/=.*$/, ''));
}

const SCRIPTS = (
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
).scripts;

function faultOfNpm([, verb = '', script = '']: Words): string | undefined {
  if (verb !== 'run') return ['ci', 'test'].includes(verb) ? undefined : `npm ${verb} is not looked at here`;
  return Object.hasOwn(SCRIPTS, script) ? undefined : `package.json has no script ${script}`;
}

type CdkOptions = Readonly<
  Record<string, { readonly type: string; readonly alias?: string | readonly string[] }>
>;

/** What the pinned CDK parses its command line by. */
const CDK = JSON.parse(
  readFileSync(join(ROOT, 'node_modules/aws-cdk/lib/cli/cli-type-registry.json'), 'utf8'),
) as {
  readonly globalOptions: CdkOptions;
  readonly commands: Readonly<Record<string, { readonly options?: CdkOptions }>>;
};

function faultOfCdk([, tool = '', verb = '', ...rest]: Words): string | undefined {
  if (tool !== 'cdk') return `npx ${tool} is not looked at here`;
  const command = CDK.commands[verb];
  if (command === undefined) return `cdk has no command ${verb}`;
  const known = Object.entries({ ...CDK.globalOptions, ...command.options }).flatMap(([name, { type }]) =>
    type === 'boolean' ? [`--${name}`, `--no-${name}`] : [`--${name}`],
  );
  const unknown = optionsOf(rest).find((option) => !known.includes(option));
  return unknown && `cdk ${verb} has no option ${unknown}`;
}

interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
}

interface ServiceModel {
  readonly operations: Readonly<Record<string, { readonly input?: { readonly shape: string } }>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** The AWS CLI's own models: both are generated from the same, and the emulator comes with them. */
const MODELS = ((): string => {
  const lib = join(dirname(dirname(toolPaths().python)), 'lib');
  const [version = ''] = readdirSync(lib).filter((name) => name.startsWith('python'));
  return join(lib, version, 'site-packages/botocore/data');
})();

const models = new Map<string, ServiceModel | undefined>();

function modelOf(service: string): ServiceModel | undefined {
  if (!models.has(service)) models.set(service, readModel(service));
  return models.get(service);
}

function readModel(service: string): ServiceModel | undefined {
  if (!readdirSync(MODELS).includes(service)) return undefined;
  const latest = readdirSync(join(MODELS, service)).sort().at(-1) ?? '';
  const file = join(MODELS, service, latest, 'service-2.json.gz');
  return JSON.parse(gunzipSync(readFileSync(file)).toString()) as ServiceModel;
}

/** As the CLI writes an operation or a member: DescribeDBInstances, describe-db-instances. */
function kebab(name: string): string {
  return name
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1-$2')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();
}

/** https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-options.html */
const GLOBAL_OPTIONS = ['region', 'profile', 'output', 'query', 'no-cli-pager', 'cli-binary-format'];

/** Commands that the CLI has beside the operations of a service. */
const CLI_COMMANDS: Readonly<Record<string, readonly string[]>> = {
  's3 cp': ['recursive'],
  's3 rm': ['recursive', 'exclude', 'include'],
  's3 rb': ['force'],
  's3 ls': ['recursive', 'summarize'],
  'logs tail': ['follow', 'since', 'filter-pattern'],
};

function faultOfAws([, service = '', verb = '', ...rest]: Words): string | undefined {
  const options = optionsOf(rest).map((option) => option.slice(2));
  const known = CLI_COMMANDS[`${service} ${verb}`] ?? membersOf(service, verb);
  if (typeof known === 'string') return known;
  const unknown = options.find((option) => ![...known, ...GLOBAL_OPTIONS].includes(option));
  return unknown && `aws ${service} ${verb} has no option --${unknown}`;
}

/** Options of an operation, or why there are none. */
function membersOf(service: string, verb: string): readonly string[] | string {
  // The CLI calls S3's operations so, since `s3` has commands of its own.
  const model = modelOf(service === 's3api' ? 's3' : service);
  if (model === undefined) return `aws has no service ${service}`;
  const operation = Object.keys(model.operations).find((name) => kebab(name) === verb);
  if (operation === undefined) return `aws ${service} has no operation ${verb}`;
  const input = model.operations[operation]?.input?.shape ?? '';
  return Object.entries(model.shapes[input]?.members ?? {}).flatMap(([member, { shape }]) => {
    const option = kebab(member);
    return model.shapes[shape]?.type === 'boolean' ? [option, `no-${option}`] : [option];
  });
}

async function faultOf(words: Words): Promise<string | undefined> {
  switch (words[0]) {
    case 'tickerlake':
      return faultOfTickerlake(words.slice(1));
    case 'npm':
      return words[2] === 'tickerlake' ? faultOfTickerlake(words.slice(4)) : faultOfNpm(words);
    case 'npx':
      return faultOfCdk(words);
    default:
      return faultOfAws(words);
  }
}

describe.each(PAGES)('%s', (page) => {
  const commands = commandsOf(page);

  test('names commands', () => {
    expect(commands.filter((words) => words.includes('tickerlake')).length).toBeGreaterThan(2);
    expect(commands.filter(([first]) => first === 'aws').length).toBeGreaterThan(2);
  });

  test('names none that does not exist, with no option that it has not', async () => {
    const faults: string[] = [];
    for (const words of commands) {
      const fault = await faultOf(words);
      if (fault !== undefined) faults.push(`${words.join(' ')}: ${fault}`);
    }
    expect(faults).toEqual([]);
  }, 60_000);
});

describe('examples', () => {
  const read = (name: string): string => readFileSync(join(EXAMPLES, name), 'utf8');
  const policies = readdirSync(EXAMPLES).filter((name) => name.endsWith('.json'));

  test('the workflow runs commands that exist, holds no secret, and pins every action to a version', async () => {
    const workflow = read('deploy.yml');
    const runs = runsOf(workflow);
    const commands = runs.flatMap(split).filter(([first = '']) => STARTS.includes(first));
    expect(commands.length).toBeGreaterThan(5);
    expect((await Promise.all(commands.map(faultOf))).filter((fault) => fault !== undefined)).toEqual([]);
    expect(workflow).not.toMatch(/secrets\.|AWS_SECRET|aws-access-key/i);
    const uses = [...workflow.matchAll(/uses: (\S+)/g)].map(([, action]) => action);
    expect(uses.filter((action) => !/^[\w-]+\/[\w-]+@v\d+$/.test(action ?? ''))).toEqual([]);
  });

  describe('the workflow', () => {
    const [, text = ''] = read('deploy.yml').split('\njobs:\n');
    const jobs = text.split(/^(?= {2}[a-z-]+:$)/m);
    const jobOf = (name: string): string => jobs.find((job) => job.startsWith(`  ${name}:\n`)) ?? '';

    test.each(STAGES)('compares with what stage %s runs before anything is deployed', (stage) => {
      expect(jobOf('check')).toContain(`tickerlake -- diff --stage ${stage} --against deployed-${stage}\n`);
      expect(text).not.toContain('github.event.before');
    });

    test.each(STAGES)('marks what stage %s runs, once it works', (stage) => {
      const deployed = jobOf(stage).indexOf(`cdk deploy --all --context stage=${stage} `);
      expect(deployed).toBeGreaterThan(0);
      expect(jobOf(stage).indexOf(`smoke --aws --stage ${stage}\n`)).toBeGreaterThan(deployed);
      const mark = jobOf(`mark-${stage}`);
      expect(mark).toContain(`needs: ${stage}\n`);
      expect(mark).toContain(`git push --force origin \${{ github.sha }}:refs/tags/deployed-${stage}\n`);
    });

    test('compares with what prod runs once more, when it was agreed to', () => {
      const compared = jobOf('prod').indexOf('diff --stage prod --against deployed-prod\n');
      expect(compared).toBeGreaterThan(0);
      expect(jobOf('prod').indexOf('cdk deploy')).toBeGreaterThan(compared);
    });

    test('lets no job write to the repository that runs the project’s code or has credentials of an account', () => {
      const writers = jobs.filter((job) => job.includes('contents: write'));
      expect(writers).toHaveLength(STAGES.length);
      expect(writers.filter((job) => /id-token|npm|npx|node/.test(job))).toEqual([]);
    });
  });

  test.each(policies)('%s is a policy that IAM has room for', (name) => {
    const policy = JSON.parse(read(name)) as { Version: string; Statement: { Effect: string }[] };
    expect(policy.Version).toBe('2012-10-17');
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: blanks do not count.
    expect(read(name).replaceAll(/\s/g, '').length).toBeLessThanOrEqual(6144);
  });

  test('what CloudFormation may do names every service that a stack has something of, and is of one region where it is of all resources', () => {
    const policy = JSON.parse(read('bootstrap-policy.json')) as {
      Statement: { Effect: string; Action: string[]; Resource: string | string[]; Condition?: object }[];
    };
    const allowed = policy.Statement.filter(({ Effect }) => Effect === 'Allow');
    const services = new Set(allowed.flatMap(({ Action }) => Action.map((action) => action.split(':')[0])));
    const missing = stackModules().filter((module) => !services.has(IAM_PREFIXES[module] ?? module));
    expect(missing).toEqual([]);
    for (const { Action, Resource, Condition } of allowed) {
      expect(Action).not.toContain('*');
      // Of everything there is, in one region only.
      if (Resource === '*')
        expect(Condition).toHaveProperty('StringEquals', { 'aws:RequestedRegion': ['us-east-1'] });
    }
  });

  test('the role of the smoke test may call what the smoke test calls', () => {
    const { Statement: statements } = JSON.parse(read('deploy-role-policy.json')) as {
      Statement: { Action: string[] }[];
    };
    const allowed = new Set(statements.flatMap(({ Action }) => Action));
    // Athena and Glue's tables come with the managed policy for analysts.
    const calls = [
      'cli/smoke',
      'cli/lake/deployed-stacks.ts',
      'cli/lake/invoke-function.ts',
      'cli/serving/current-watchlist.ts',
    ]
      .flatMap(sourcesIn)
      .flatMap((file) => callsIn(readFileSync(file, 'utf8')));
    expect(calls.length).toBeGreaterThan(10);
    expect(calls.filter((call) => !allowed.has(call) && !ON_THIS_MACHINE.includes(call))).toEqual([]);
    expect(ON_THIS_MACHINE.filter((call) => !calls.includes(call) || allowed.has(call))).toEqual([]);
  });

  test.each(STAGES)(
    'the boundary leaves roles of stage %s what the templates give them, and reaches each',
    (stage) => {
      const { Statement: statements } = JSON.parse(read('boundary-policy.json')) as {
        Statement: { Action: string[] }[];
      };
      const patterns = statements.flatMap(({ Action }) => Action);
      const bounded = synthesize(stage, {
        overrides: WITH_DASHBOARD,
        prepare: (app) => {
          app.node.setContext('@aws-cdk/core:permissionsBoundary', { name: 'tickerlake-boundary' });
        },
      });
      const resources = [...allResources(bounded)].map(([, resource]) => resource);
      const actions = resources
        .filter(({ Type }) => Type === 'AWS::IAM::Policy')
        .flatMap(
          ({ Properties }) =>
            (Properties?.['PolicyDocument'] as { Statement: { Action: unknown }[] }).Statement,
        )
        .flatMap(({ Action }) => [Action].flat() as string[]);
      expect(actions.length).toBeGreaterThan(50);
      expect(actions.filter((action) => !patterns.some((pattern) => isMatch(pattern, action)))).toEqual([]);
      const roles = resources
        .filter(({ Type }) => Type === 'AWS::IAM::Role')
        .map(({ Properties }) => Properties);
      expect(roles.length).toBeGreaterThan(20);
      for (const role of roles) {
        expect(JSON.stringify(role?.['PermissionsBoundary'])).toContain(':policy/tickerlake-boundary');
        expect(role).not.toHaveProperty('ManagedPolicyArns');
      }
    },
    120_000,
  );

  test('the boundary lets nobody make a role, take one on, or change who may what', () => {
    const { Statement: statements } = JSON.parse(read('boundary-policy.json')) as {
      Statement: { Effect: string; Action: string[]; Resource: string | string[] }[];
    };
    const patterns = statements.flatMap(({ Action }) => Action);
    const dangers = [
      'iam:CreateRole',
      'iam:PutRolePolicy',
      'iam:DeleteRolePermissionsBoundary',
      'sts:AssumeRole',
      'lambda:UpdateFunctionCode',
      'kms:PutKeyPolicy',
      's3:PutBucketPolicy',
      'secretsmanager:PutResourcePolicy',
    ];
    expect(dangers.filter((action) => patterns.some((pattern) => isMatch(pattern, action)))).toEqual([]);
    const passing = statements.filter(({ Action }) => Action.some((action) => action.startsWith('iam:')));
    expect(passing.map(({ Resource }) => Resource)).toEqual([['arn:aws:iam::*:role/tickerlake-*']]);
  });
});

/** What the smoke test calls of a local lake alone. */
const ON_THIS_MACHINE: readonly string[] = ['lambda:GetFunctionConfiguration'];

/** Whether a pattern of IAM, with its stars, is of an action. */
function isMatch(pattern: string, action: string): boolean {
  const parts = pattern.toLowerCase().split('*');
  return new RegExp(`^${parts.join('.*')}$`).test(action.toLowerCase());
}

/** Lines that a workflow runs, those of blocks as well. */
function runsOf(workflow: string): readonly string[] {
  const blocks = workflow.matchAll(/^( *)(?:- )?run: (?:\|\n((?:\1 +.*\n)+)|(.+)$)/gm);
  return [...blocks].flatMap(([, , block, line = '']) =>
    (block ?? line).split('\n').map((each) => each.trim().replaceAll(/\$\{\{.+?\}\}/g, PLACEHOLDER)),
  );
}

/** Where an IAM action begins otherwise than CDK's module is called. */
const IAM_PREFIXES: Readonly<Record<string, string>> = { msk: 'kafka' };

/** Modules of CDK that the stacks use, but for those of one construct with another. */
function stackModules(): readonly string[] {
  const sources = readdirSync(join(ROOT, 'lib'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(ROOT, 'lib', name), 'utf8'));
  const modules = sources.flatMap((source) => [...source.matchAll(/'aws-cdk-lib\/aws-([a-z0-9-]+)'/g)]);
  const names = new Set(modules.map(([, name = '']) => name));
  return [...names].filter((name) => !/-(targets|actions|assets|sources|subscriptions)$/.test(name)).sort();
}

function sourcesIn(path: string): readonly string[] {
  const whole = join(ROOT, path);
  if (path.endsWith('.ts')) return [whole];
  return readdirSync(whole).map((name) => join(whole, name));
}

/** IAM actions of the commands that a source file imports from SDK clients. */
function callsIn(source: string): readonly string[] {
  const imports = source.matchAll(/import \{([^}]+)\} from '@aws-sdk\/client-([a-z-]+)'/g);
  return [...imports].flatMap(([, names = '', client = '']) =>
    [...names.matchAll(/(\w+)Command\b/g)].flatMap(([, operation = '']) => {
      if (client === 'athena') return [];
      return [`${client}:${operation === 'Invoke' ? 'InvokeFunction' : operation}`];
    }),
  );
}

describe('a command that does not exist', () => {
  test.each([
    ['tickerlake fly', /unknown command 'fly'/],
    ['tickerlake smoke --fast', /smoke has no option --fast/],
    ['tickerlake produce --records none', /whole number/],
    ['tickerlake backfill --target <zone> --from-moon <day>', /backfill has no option --from-moon/],
    ['npm run fly', /no script fly/],
    ['npx cdk fly', /no command fly/],
    ['npx cdk deploy --fast', /cdk deploy has no option --fast/],
    ['aws fly me', /no service fly/],
    ['aws sqs fly-away', /aws sqs has no operation fly-away/],
    ['aws sqs send-message --queue <url>', /aws sqs send-message has no option --queue/],
    ["AWS_REGION=x aws glue get-job --query 'a | b' --name x && aws glue fly", /no operation fly/],
  ])(
    'is found: %s',
    async (line, fault) => {
      const faults = await Promise.all(split(line).map(faultOf));
      expect(faults.filter((each) => each !== undefined).join()).toMatch(fault);
    },
    30_000,
  );
});
