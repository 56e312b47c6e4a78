/** Turns what was asked for into a valid StageConfig, or an error that says what to change. Pure: bin/ reads env and context. */
import { TickerlakeError } from '../../core/errors.ts';
import { isStage, STAGES } from '../../core/names.ts';
import type { StageConfig } from './stage-config.ts';
import { STAGE_DEFAULTS } from './stage-defaults.ts';
import { GUARDRAILS, RULES } from './stage-rules.ts';
import type { Check } from './value-checks.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * @param stage what the user asked for
 * @param overrides context `tickerlake`: by stage, by section, by property
 * @throws CONFIG_INVALID naming the property, its value, what is allowed, and the fix
 */
export function resolveConfig(stage: string, overrides: unknown = {}): StageConfig {
  if (!isStage(stage)) {
    throw invalid(
      'stage',
      stage,
      `one of ${STAGES.join(', ')}`,
      'set TICKERLAKE_STAGE, or pass --context stage=dev',
    );
  }
  const byStage = object(overrides, 'tickerlake');
  for (const name of Object.keys(byStage)) {
    if (!isStage(name)) throw unknown(`tickerlake.${name}`, STAGES);
  }
  const config = merge(STAGE_DEFAULTS[stage], object(byStage[stage] ?? {}, `tickerlake.${stage}`), stage);
  const broken = GUARDRAILS.find((guardrail) => guardrail.isBroken(config));
  if (broken !== undefined) {
    throw invalid(`tickerlake.${stage}.${broken.property}`, broken.value(config), broken.allowed, broken.fix);
  }
  return config;
}

function merge(defaults: StageConfig, overrides: Values, stage: string): StageConfig {
  const sections = Object.keys(RULES) as (keyof typeof RULES)[];
  for (const name of Object.keys(overrides)) {
    if (!(name in RULES)) throw unknown(`tickerlake.${stage}.${name}`, sections);
  }
  const merged = sections.map((name) => {
    const path = `tickerlake.${stage}.${name}`;
    const section = { ...defaults[name], ...object(overrides[name] ?? {}, path) };
    checkSection(section, RULES[name], path);
    return [name, section];
  });
  return { ...defaults, ...(Object.fromEntries(merged) as Omit<StageConfig, 'stage'>) };
}

function checkSection(section: Values, rules: Readonly<Record<string, Check>>, path: string): void {
  for (const [property, value] of Object.entries(section)) {
    const check = rules[property];
    if (check === undefined) throw unknown(`${path}.${property}`, Object.keys(rules));
    const allowed = check(value);
    if (allowed !== undefined) throw invalid(`${path}.${property}`, value, allowed, FIX);
  }
}

const FIX = 'change it under context.tickerlake in cdk.json, or remove it there to get the default';

function object(value: unknown, path: string): Values {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Values;
  throw invalid(path, value, 'an object of properties', FIX);
}

function unknown(path: string, known: readonly string[]): TickerlakeError {
  const [property = path, ...parents] = path.split('.').reverse();
  const place = parents.reverse().join('.');
  return new TickerlakeError(
    'CONFIG_INVALID',
    `${place} has no property ${property}; it has ${known.join(', ')}`,
    {
      hint: 'check the spelling under context.tickerlake in cdk.json',
      coordinates: { property: path },
    },
  );
}

function invalid(path: string, value: unknown, allowed: string, fix: string): TickerlakeError {
  return new TickerlakeError('CONFIG_INVALID', `${path} is ${JSON.stringify(value)}; allowed is ${allowed}`, {
    hint: fix,
    coordinates: { property: path },
  });
}
