/** Turns what was asked for into a valid StageConfig, or an error that says what to change. Pure: bin/ reads env and context. */
import { TickerlakeError } from '../../core/errors.ts';
import { isStage, STAGES } from '../../core/names.ts';
import type { StageConfig } from './stage-config.ts';
import { STAGE_DEFAULTS } from './stage-defaults.ts';
import { GUARDRAILS, RULES } from './stage-rules.ts';
import type { Check } from './value-checks.ts';

type Values = Readonly<Record<string, unknown>>;
interface Rules {
  readonly [property: string]: Check | Rules;
}

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
  const path = `tickerlake.${stage}`;
  const sections = merge({ ...STAGE_DEFAULTS[stage] }, object(byStage[stage] ?? {}, path), RULES, path);
  const config = { stage, ...sections } as StageConfig;
  const broken = GUARDRAILS.find((guardrail) => guardrail.isBroken(config));
  if (broken !== undefined) {
    throw invalid(`tickerlake.${stage}.${broken.property}`, broken.value(config), broken.allowed, broken.fix);
  }
  return config;
}

/** What is overridden, and the default of all else; each value is checked. */
function merge(defaults: Values, overrides: Values, rules: Rules, path: string): Values {
  for (const name of Object.keys(overrides)) {
    if (!Object.hasOwn(rules, name)) throw unknown(`${path}.${name}`, Object.keys(rules));
  }
  const merged = Object.entries(rules).map(([name, rule]) => {
    const place = `${path}.${name}`;
    const value = Object.hasOwn(overrides, name) ? overrides[name] : defaults[name];
    if (typeof rule === 'object')
      return [name, merge(object(defaults[name], place), object(overrides[name] ?? {}, place), rule, place)];
    const allowed = rule(value);
    if (allowed !== undefined) throw invalid(place, value, allowed, FIX);
    return [name, value];
  });
  return Object.fromEntries(merged) as Values;
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
