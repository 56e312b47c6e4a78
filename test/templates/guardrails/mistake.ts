import { TickerlakeError } from '../../../core/errors.ts';
import type { Stage } from '../../../core/names.ts';
import { resolveConfig } from '../../../lib/config/resolve-config.ts';
import { TEMPLATE_GUARDRAILS } from '../../../lib/guardrails/all-guardrails.ts';
import type { Template } from '../../../lib/guardrails/deployment.ts';
import { checkTemplates, describeFinding, type Finding } from '../../../lib/guardrails/guardrail.ts';
import { Draft } from './draft.ts';

/** Something that somebody changing lib/ or cdk.json could do, and the one rule that must catch it. */
export type Mistake = TemplateMistake | ConfigMistake;

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
  return 'make' in mistake ? judgeTemplates(mistake, clean[mistake.stage]) : judgeConfig(mistake);
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
