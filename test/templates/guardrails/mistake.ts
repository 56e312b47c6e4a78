import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CloudFormationValidatePlugin, type PolicyViolation } from 'aws-cdk-lib';
import { TickerlakeError } from '../../../core/errors.ts';
import type { StackPart, Stage } from '../../../core/names.ts';
import { stackName } from '../../../core/names.ts';
import { resolveConfig } from '../../../lib/config/resolve-config.ts';
import { TEMPLATE_GUARDRAILS } from '../../../lib/guardrails/all-guardrails.ts';
import type { Template } from '../../../lib/guardrails/deployment.ts';
import { checkTemplates, describeFinding, type Finding } from '../../../lib/guardrails/guardrail.ts';
import { Draft } from './draft.ts';

/** Something that somebody changing lib/ or cdk.json could do, and the one rule that must catch it. */
export type Mistake = TemplateMistake | ConfigMistake | SchemaMistake;

export interface TemplateMistake {
  readonly id: string;
  readonly stage: Stage;
  /** Id of a guardrail. */
  readonly rule: string;
  /** Guardrails that the same mistake breaks as well; any other that objects is a miss. */
  readonly also?: readonly string[];
  readonly make: (draft: Draft) => void;
}

export interface ConfigMistake {
  readonly id: string;
  readonly stage: Stage;
  /** `config:` and the property that the error blames, such as `config:landing.maximumPollers`. */
  readonly rule: `config:${string}`;
  /** As under context.tickerlake.<stage> of cdk.json. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

/** Judged by CloudFormation's own rules as CDK brings them, which `npm test` holds every template against. */
export interface SchemaMistake {
  readonly id: string;
  readonly stage: Stage;
  /** `cloudformation:` and the id of the rule. */
  readonly rule: `cloudformation:${string}`;
  /** The one stack that the mistake is in. */
  readonly part: StackPart;
  readonly make: (draft: Draft) => void;
}

export interface Verdict {
  readonly id: string;
  readonly stage: Stage;
  readonly rule: string;
  readonly isCaught: boolean;
  /** What the rule said, or what was said instead. */
  readonly said: string;
}

export type CleanStages = Readonly<Record<Stage, ReadonlyMap<string, Template>>>;

/** Makes the mistake in a copy, and tells who noticed. */
export function judge(mistake: Mistake, clean: CleanStages): Verdict {
  if ('overrides' in mistake) return judgeConfig(mistake);
  return 'part' in mistake
    ? judgeSchema(mistake, clean[mistake.stage])
    : judgeTemplates(mistake, clean[mistake.stage]);
}

function judgeTemplates(mistake: TemplateMistake, clean: ReadonlyMap<string, Template>): Verdict {
  const { id, stage, rule, also = [] } = mistake;
  const draft = new Draft(stage, clean);
  mistake.make(draft);
  const findings = checkTemplates(TEMPLATE_GUARDRAILS, draft.templates);
  const intended = findings.find(({ guardrail }) => guardrail === rule);
  const silent = also.filter((each) => !findings.some(({ guardrail }) => guardrail === each));
  const strangers = findings.filter(({ guardrail }) => guardrail !== rule && !also.includes(guardrail));
  const isCaught = intended !== undefined && silent.length === 0 && strangers.length === 0;
  const said = isCaught ? describeFinding(intended) : complain(intended, silent, strangers);
  return { id, stage, rule, isCaught, said };
}

function complain(
  intended: Finding | undefined,
  silent: readonly string[],
  strangers: readonly Finding[],
): string {
  const others = strangers.map((finding) => `${finding.guardrail} objects: ${describeFinding(finding)}`);
  return [
    ...(intended === undefined ? ['its rule says nothing'] : []),
    ...silent.map((each) => `${each} says nothing`),
    ...others,
  ].join('; ');
}

function judgeSchema(mistake: SchemaMistake, clean: ReadonlyMap<string, Template>): Verdict {
  const { id, stage, rule, part } = mistake;
  const draft = new Draft(stage, clean);
  mistake.make(draft);
  const broken = validateTemplate(draft.templates.get(stackName(stage, part)));
  const isCaught = broken.length > 0 && broken.every(({ ruleName }) => `cloudformation:${ruleName}` === rule);
  const said = broken.map(({ ruleName, description }) => `${ruleName}: ${description}`).join('; ');
  return { id, stage, rule, isCaught, said: said || 'its rule says nothing' };
}

/** Keeps its engine, which takes seconds to load, for as long as templates have the same types. */
const validator = new CloudFormationValidatePlugin();

function validateTemplate(template: unknown): readonly PolicyViolation[] {
  const folder = mkdtempSync(join(tmpdir(), 'tickerlake-mistake-'));
  try {
    const templatePath = join(folder, 'mistake.template.json');
    writeFileSync(templatePath, JSON.stringify(template));
    const stack = {
      stackConstructPath: 'mistake',
      templatePath,
      accountId: undefined,
      region: undefined,
    };
    return validator.validate({
      templatePaths: [templatePath],
      stackTemplates: [stack],
      appConstruct: new App({ autoSynth: false }),
    }).violations;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function judgeConfig({ id, stage, rule, overrides }: ConfigMistake): Verdict {
  const verdict = { id, stage, rule };
  try {
    resolveConfig(stage, { [stage]: overrides });
  } catch (error) {
    if (!(error instanceof TickerlakeError)) throw error;
    const blamed = String(error.coordinates['property']).replace(`tickerlake.${stage}.`, 'config:');
    return { ...verdict, isCaught: blamed === rule, said: error.message };
  }
  return { ...verdict, isCaught: false, said: 'the configuration was accepted' };
}
