/** What a script finds in sys.argv: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html */

/** Arguments that Glue itself takes, and that have an effect here. */
const TAKEN = new Set(['--conf', '--extra-py-files']);

/** Arguments that Glue itself takes: what they switch on is not here, or is here anyway. */
const WITHOUT_EFFECT = new Set([
  '--continuous-log-logGroup',
  '--datalake-formats',
  '--enable-auto-scaling',
  '--enable-continuous-cloudwatch-log',
  '--enable-continuous-log-filter',
  '--enable-glue-datacatalog',
  '--enable-job-insights',
  '--enable-metrics',
  '--enable-observability-metrics',
  '--enable-spark-ui',
  '--job-language',
  '--spark-event-logs-path',
]);

/** Names of Glue's own that begin so, of which one that is not listed here has an effect that is not here. */
const RESERVED =
  /^--(?:additional-python-modules|class|extra-files|extra-jars|python-modules-installer-option|scriptLocation|user-jars-first|auto-scale-.*|enable-.*)$/;

/**
 * The arguments of a script, each name before its value.
 * @throws Error that names an argument whose effect is not modelled
 */
export function scriptArguments(
  jobName: string,
  runId: string,
  given: Readonly<Record<string, string>>,
): readonly string[] {
  const own = Object.entries(given).filter(([name]) => !TAKEN.has(name) && !WITHOUT_EFFECT.has(name));
  const unknown = own.find(([name]) => RESERVED.test(name));
  if (unknown !== undefined)
    throw new Error(
      `argument ${unknown[0]} is not known to the runner; add it to local/spark/script-arguments.ts`,
    );
  const all = [...own, ['--JOB_NAME', jobName] as const, ['--JOB_RUN_ID', runId] as const];
  return all.flatMap(([name, value]) => [name, value]);
}
