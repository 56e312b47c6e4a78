import { type Comparison, compareSides } from '../../../cli/diff/compare.ts';
import type { Finding, Rule } from '../../../cli/diff/finding.ts';
import { readServiceSpec } from '../../../cli/diff/service-spec.ts';
import type { Side, StackTemplate, TemplateResource } from '../../../cli/diff/template.ts';

const TYPES = await readServiceSpec();

export type Resources = Readonly<Record<string, TemplateResource>>;

/** Resources of stack tickerlake-dev-lake, or of stacks by part: `{ 'network/Group': … }`. */
export function side(resources: Resources, options: Pick<StackTemplate, 'isProtected'> = {}): Side {
  const stacks = new Map<string, Record<string, TemplateResource>>();
  for (const [name, resource] of Object.entries(resources)) {
    const [id = '', part = 'lake'] = name.split('/').reverse();
    stacks.set(part, { ...stacks.get(part), [id]: resource });
  }
  return {
    isWhole: true,
    stacks: [...stacks].map(([part, found]) => ({
      name: `tickerlake-dev-${part}`,
      template: { Resources: found },
      isProtected: options.isProtected,
    })),
  };
}

export function compare(before: Resources | Side, after: Resources | Side): Comparison {
  return compareSides(asSide(before), asSide(after), TYPES);
}

function asSide(one: Resources | Side): Side {
  return isSide(one) ? one : side(one);
}

function isSide(one: Resources | Side): one is Side {
  return 'isWhole' in one;
}

/** `danger rule address`, a line a finding. */
export function told(before: Resources | Side, after: Resources | Side): readonly string[] {
  return compare(before, after).findings.map(
    ({ severity, rule, address }) => `${severity} ${rule} ${address}`,
  );
}

/** The one finding of a rule. */
export function only(rule: Rule, before: Resources, after: Resources): Finding {
  const found = compare(before, after).findings.filter((finding) => finding.rule === rule);
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`${found.length} findings of ${rule}, not one`);
  return first;
}

/** A resource with some of its properties changed. */
export function changed(
  resource: TemplateResource,
  properties: Readonly<Record<string, unknown>>,
): TemplateResource {
  return { ...resource, Properties: { ...resource.Properties, ...properties } };
}

export const KEPT = { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' } as const;
