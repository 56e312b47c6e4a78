import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
  PolicyViolation,
} from 'aws-cdk-lib';
import { TEMPLATE_GUARDRAILS } from './all-guardrails.ts';
import { checkTemplates, describeFinding, type Finding } from './guardrail.ts';
import { readTemplateFiles } from './read-templates.ts';

/**
 * Holds the templates of an app against the guardrails while it is synthesized: with a finding `cdk synth` fails, and says what
 * is wrong where. https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
 */
export class GuardrailPlugin implements IPolicyValidationPlugin {
  static readonly NAME = 'tickerlake-guardrails';
  readonly name = GuardrailPlugin.NAME;
  readonly ruleIds = TEMPLATE_GUARDRAILS.map(({ id }) => id);

  validate({ templatePaths }: IPolicyValidationContext): PolicyValidationPluginReport {
    const templates = readTemplateFiles(templatePaths);
    const paths = new Map([...templates.keys()].map((stack, index) => [stack, templatePaths[index] ?? '']));
    const findings = checkTemplates(TEMPLATE_GUARDRAILS, templates);
    return {
      success: findings.length === 0,
      violations: findings.map((finding) => violation(finding, paths.get(finding.stack) ?? '')),
    };
  }
}

function violation(finding: Finding, templatePath: string): PolicyViolation {
  const { guardrail, logicalId, property, fix, source } = finding;
  return {
    ruleName: guardrail,
    description: describeFinding(finding),
    fix: `${fix} (${source})`,
    severity: 'error',
    violatingResources: [
      {
        resourceLogicalId: logicalId,
        templatePath,
        locations: [`Properties/${property.replaceAll('.', '/')}`],
      },
    ],
  };
}
