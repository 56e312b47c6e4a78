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

  private found: readonly Finding[] = [];

  /** What the last validation found. */
  get findings(): readonly Finding[] {
    return this.found;
  }

  validate({ templatePaths }: IPolicyValidationContext): PolicyValidationPluginReport {
    const templates = readTemplateFiles(templatePaths);
    const paths = new Map([...templates.keys()].map((stack, index) => [stack, templatePaths[index] ?? '']));
    this.found = checkTemplates(TEMPLATE_GUARDRAILS, templates);
    return {
      success: this.found.length === 0,
      violations: this.found.map((finding) => violation(finding, paths.get(finding.stack) ?? '')),
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
