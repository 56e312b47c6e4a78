/** Jobs, classifiers and rulesets of Glue. */

import { type Deployment, dig, type Resource } from './deployment.ts';
import { dqdlFault } from './dqdl.ts';
import type { Guardrail } from './guardrail.ts';

const GLUE_GUIDE = 'https://docs.aws.amazon.com/glue/latest/dg';

/** Spark 3.5.6, Python 3.11 and Iceberg 1.10, which the scripts are written and tested for. */
const GLUE_VERSION = '5.1';

const VERSION: Guardrail = {
  id: 'glue-version',
  forbids: `a Spark job on another Glue than ${GLUE_VERSION}, or another Python than 3`,
  why: 'the scripts use Spark 3.5 and Iceberg 1.10: an older runtime fails at their first statement',
  source: `${GLUE_GUIDE}/release-notes.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::Glue::Job')) {
      const expected: readonly [property: string, allowed: string][] = [
        ['GlueVersion', GLUE_VERSION],
        ['Command.PythonVersion', '3'],
      ];
      for (const [property, allowed] of expected) {
        const value = dig(resource.properties, property);
        if (value !== allowed)
          yield { resource, property, value, allowed, fix: `set ${property} to ${allowed}` };
      }
    }
  },
};

const CLASSIFIER_DELIMITER: Guardrail = {
  id: 'glue-classifier-delimiter',
  forbids: 'a CSV classifier with any but one delimiter, or with its quote symbol as such',
  why: 'a custom classifier has one delimiter: files with the other become one column, or no table',
  source: `${GLUE_GUIDE}/custom-classifier.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::Glue::Classifier')) {
      if (resource.properties['CsvClassifier'] === undefined) continue;
      const value = dig(resource.properties, 'CsvClassifier.Delimiter');
      const isOne = typeof value === 'string' && value.length === 1;
      if (!isOne || value === dig(resource.properties, 'CsvClassifier.QuoteSymbol'))
        yield {
          resource,
          property: 'CsvClassifier.Delimiter',
          value,
          allowed: 'one character, which is not the quote symbol',
          fix: 'define one classifier for each delimiter, and name all of them in the crawler',
        };
    }
  },
};

const DQDL: Guardrail = {
  id: 'glue-dqdl-syntax',
  forbids: 'a ruleset that is not DQDL',
  why: 'Glue parses it when the job runs, which then fails with the day in its hands',
  source: `${GLUE_GUIDE}/dqdl.html`,
  *check(deployment) {
    for (const resource of deployment.ofType('AWS::Glue::DataQualityRuleset')) {
      const problem = dqdlFault(deployment.text(resource.properties['Ruleset'], resource.stack));
      if (problem !== undefined)
        yield {
          resource,
          property: 'Ruleset',
          value: problem,
          allowed: 'Rules = [ <rule type> "<column>" <condition>, … ]',
          fix: 'write the rule as core/data-quality.ts writes its others',
        };
    }
  },
};

const RULESET_NAMED: Guardrail = {
  id: 'glue-ruleset-named',
  forbids: 'a job or trigger that asks for a ruleset which no stack makes',
  why: 'the job reads it by name when it runs',
  source: `${GLUE_GUIDE}/data-quality-getting-started.html`,
  *check(deployment) {
    const made = deployment
      .ofType('AWS::Glue::DataQualityRuleset')
      .map(({ properties, stack }) => deployment.text(properties['Name'], stack));
    for (const { resource, property, value } of rulesetArguments(deployment)) {
      const name = deployment.text(value, resource.stack);
      if (!made.includes(name))
        yield {
          resource,
          property,
          value,
          allowed: made.join(', ') || 'the name of a ruleset, and there is none',
          fix: 'take the name from qualityRulesetName (core/names.ts)',
        };
    }
  },
};

const RULESET = '--quality_ruleset';

function rulesetArguments(
  deployment: Deployment,
): readonly { resource: Resource; property: string; value: unknown }[] {
  const ofJobs = deployment.ofType('AWS::Glue::Job').map((resource) => ({
    resource,
    property: `DefaultArguments.${RULESET}`,
    value: (resource.properties['DefaultArguments'] as Record<string, unknown> | undefined)?.[RULESET],
  }));
  const ofTriggers = deployment.ofType('AWS::Glue::Trigger').flatMap((resource) =>
    ((resource.properties['Actions'] ?? []) as { Arguments?: Record<string, unknown> }[]).map(
      (action, index) => ({
        resource,
        property: `Actions.${index}.Arguments.${RULESET}`,
        value: action.Arguments?.[RULESET],
      }),
    ),
  );
  return [...ofJobs, ...ofTriggers].filter(({ value }) => value !== undefined);
}

export const GLUE_JOB_GUARDRAILS: readonly Guardrail[] = [VERSION, CLASSIFIER_DELIMITER, DQDL, RULESET_NAMED];
