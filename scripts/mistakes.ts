/**
 * Makes mistakes that somebody could make, each in a copy of the configuration or of the synthesized templates, and fails
 * unless the rule that is meant catches each, the clean copies pass, and every guardrail has a mistake of its own:
 *   node scripts/mistakes.ts [--only ID] [--json]
 * The mistakes are in test/templates/guardrails/mistakes/, the guardrails in lib/guardrails/ and lib/config/.
 */
import { parseArgs } from 'node:util';
import { TickerlakeError } from '../core/errors.ts';
import { STAGES } from '../core/names.ts';
import { TEMPLATE_GUARDRAILS } from '../lib/guardrails/all-guardrails.ts';
import { checkTemplates, describeFinding } from '../lib/guardrails/guardrail.ts';
import { cleanTemplates } from '../test/templates/guardrails/clean-templates.ts';
import { type CleanStages, judge, type Mistake, type Verdict } from '../test/templates/guardrails/mistake.ts';
import { MISTAKES } from '../test/templates/guardrails/mistakes/index.ts';

const USAGE = `usage: npm run mistakes -- [--only ID] [--json]

Seeds mistakes into copies of the configuration and of the synthesized templates, and fails unless each is caught by the
rule that is meant to catch it, and by no other.

  --only ID   one mistake, or all of one rule: kafka-version-ended, kafka-version, config:network.zones
  --json      one JSON document instead of lines
  --help      this text
`;

/** What guardrails say of the copies that have no mistake in them. */
function findObjections(clean: CleanStages): readonly string[] {
  return STAGES.flatMap((stage) =>
    checkTemplates(TEMPLATE_GUARDRAILS, clean[stage]).map(
      (finding) =>
        `stage ${stage} is not clean: ${finding.guardrail}: ${describeFinding(finding)}; ${finding.fix}`,
    ),
  );
}

/** Guardrails that could fall asleep unnoticed. */
function findIdle(): readonly string[] {
  const meant = new Set(MISTAKES.map(({ rule }) => rule));
  return TEMPLATE_GUARDRAILS.filter(({ id }) => !meant.has(id)).map(
    ({ id }) => `no mistake means guardrail ${id}: add one to test/templates/guardrails/mistakes/`,
  );
}

function choose(only: string | undefined): readonly Mistake[] {
  const chosen = MISTAKES.filter(({ id, rule }) => only === undefined || only === id || only === rule);
  if (chosen.length > 0) return chosen;
  throw new TickerlakeError('USAGE', `there is no mistake or rule ${only ?? ''}`, {
    hint: `one of ${[...new Set(MISTAKES.map(({ rule }) => rule))].join(', ')}`,
  });
}

function describeVerdict({ id, stage, rule, isCaught, said }: Verdict): string {
  return `${isCaught ? 'caught' : 'MISSED'} ${id} (${stage}) by ${rule}${isCaught ? '' : `: ${said}`}`;
}

function main(): void {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const mistakes = choose(values.only);
  const started = performance.now();
  const clean = Object.fromEntries(
    STAGES.map((stage) => [stage, cleanTemplates(stage)]),
  ) as unknown as CleanStages;
  const synthesisMs = Math.round(performance.now() - started);
  const objections = findObjections(clean);
  const gaps = [...objections, ...findIdle()];
  // Where clean copies do not pass, a mistake proves nothing.
  const verdicts = objections.length > 0 ? [] : mistakes.map((mistake) => judge(mistake, clean));
  const caught = verdicts.filter(({ isCaught }) => isCaught).length;
  const totalMs = Math.round(performance.now() - started);
  if (values.json) {
    const report = { caught, mistakes: mistakes.length, gaps, verdicts, synthesisMs, totalMs };
    console.log(JSON.stringify(report, null, 2));
  } else {
    for (const verdict of verdicts) console.log(describeVerdict(verdict));
    for (const gap of gaps) console.log(`FAILED ${gap}`);
    console.log(
      `${TEMPLATE_GUARDRAILS.length} guardrails on templates; synthesis ${seconds(synthesisMs)}, all ${seconds(totalMs)}`,
    );
    console.log(`mistakes: ${caught} of ${mistakes.length} caught`);
  }
  if (caught < mistakes.length || gaps.length > 0) process.exitCode = 1;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

try {
  main();
} catch (error) {
  if (!(error instanceof TickerlakeError) && !isUsageError(error)) throw error;
  const hint = error instanceof TickerlakeError ? error.hint : 'npm run mistakes -- --help';
  console.error(`error: ${error.message} — try: ${hint ?? 'npm run mistakes -- --help'}`);
  process.exitCode = error instanceof TickerlakeError && error.code !== 'USAGE' ? 1 : 2;
}

function isUsageError(error: unknown): error is Error {
  return error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
}
