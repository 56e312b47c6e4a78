/**
 * Policies as sets of single permissions, so that the order of statements, and how actions and resources are gathered in them, do
 * not matter. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
import { at, canonical, isObject, listOf, type Plain } from '../plain-values.ts';
import { covers, overlap } from './wildcards.ts';

/** One element of a statement: one value, or all values but those of a list (NotAction and the like). */
interface Element {
  readonly isNot: boolean;
  readonly values: readonly string[];
}

/** What one action on one resource by one principal is, under conditions. */
export interface Permission {
  readonly isDeny: boolean;
  readonly principal: Element;
  readonly action: Element;
  readonly resource: Element;
  /** Allowed values of each `operator key`, sorted. */
  readonly conditions: ReadonlyMap<string, readonly string[]>;
}

/** Every single permission of a policy document. */
export function permissionsOf(document: Plain | undefined): readonly Permission[] {
  return listOf(at(document, 'Statement')).flatMap((statement) => {
    const conditions = conditionsOf(at(statement, 'Condition'));
    const isDeny = at(statement, 'Effect') === 'Deny';
    return elements(statement, 'Principal').flatMap((principal) =>
      elements(statement, 'Action').flatMap((action) =>
        elements(statement, 'Resource').map((resource) => ({
          isDeny,
          principal,
          action,
          resource,
          conditions,
        })),
      ),
    );
  });
}

function elements(statement: Plain, name: 'Principal' | 'Action' | 'Resource'): readonly Element[] {
  const not = at(statement, `Not${name}`);
  if (not !== undefined) return [{ isNot: true, values: texts(name, not).sort() }];
  const values = at(statement, name);
  // A role's policy names no principal, a trust policy no resource.
  if (values === undefined) return [{ isNot: false, values: [''] }];
  return texts(name, values).map((value) => ({ isNot: false, values: [value] }));
}

function texts(name: string, value: Plain): string[] {
  if (name === 'Principal' && isObject(value)) {
    return Object.entries(value).flatMap(([kind, names]) =>
      listOf(names).map((one) => (one === '*' ? '*' : `${kind}:${textOf(one)}`)),
    );
  }
  return listOf(value).map((one) =>
    name === 'Action' ? textOf(one).toLowerCase() : withoutPartition(textOf(one)),
  );
}

/** An ARN with the partition written out or taken from AWS is one ARN. */
function withoutPartition(text: string): string {
  return text.replace(/^arn:(aws|\$\{AWS::Partition\}):/, 'arn:aws:');
}

function textOf(value: Plain): string {
  return typeof value === 'string' ? withoutPartition(value) : canonical(value);
}

function conditionsOf(condition: Plain | undefined): ReadonlyMap<string, readonly string[]> {
  if (!isObject(condition)) return new Map();
  return new Map(
    Object.entries(condition).flatMap(([operator, keys]) =>
      isObject(keys)
        ? Object.entries(keys).map(
            ([key, values]) =>
              [
                `${operator} ${key.toLowerCase()}`,
                listOf(values)
                  .map((value) => conditionText(value))
                  .sort(),
              ] as const,
          )
        : [],
    ),
  );
}

/** `true` and "true" are one value of a condition. */
function conditionText(value: Plain): string {
  return typeof value === 'object' && value !== null ? canonical(value) : withoutPartition(String(value));
}

/** What the new permissions allow beyond the old ones: each new Allow that no old one covers, and each old Deny that is gone. */
export function widened(before: readonly Permission[], after: readonly Permission[]): readonly string[] {
  const [oldAllows, newAllows] = [before, after].map((all) => all.filter(({ isDeny }) => !isDeny));
  const [oldDenies, newDenies] = [before, after].map((all) => all.filter(({ isDeny }) => isDeny));
  const allowed = (newAllows ?? []).filter((now) => !(oldAllows ?? []).some((old) => includes(old, now)));
  const noLongerDenied = (oldDenies ?? []).filter(
    (old) => !(newDenies ?? []).some((now) => includes(now, old)),
  );
  return [
    ...permissionLines('allows', allowed),
    ...permissionLines('no longer denies', noLongerDenied),
  ].sort();
}

/** Whether the wide permission holds wherever the narrow one does. */
function includes(wide: Permission, narrow: Permission): boolean {
  return (
    elementIncludes(wide.principal, narrow.principal) &&
    elementIncludes(wide.action, narrow.action) &&
    elementIncludes(wide.resource, narrow.resource) &&
    [...wide.conditions].every(([name, values]) =>
      conditionIncludes(name, values, narrow.conditions.get(name)),
    )
  );
}

function elementIncludes(wide: Element, narrow: Element): boolean {
  if (!wide.isNot && !narrow.isNot)
    return narrow.values.every((value) => wide.values.some((one) => covers(one, value)));
  if (wide.isNot && narrow.isNot) {
    return wide.values.every((value) => narrow.values.some((one) => covers(one, value)));
  }
  if (wide.isNot) return narrow.values.every((value) => !wide.values.some((one) => overlap(one, value)));
  return wide.values.includes('*');
}

/** Operators that list what must not be: a longer list is the narrower condition. */
const NEGATED = /Not(Equals|Like|IpAddress)|^NotIpAddress/;

function conditionIncludes(
  name: string,
  wide: readonly string[],
  narrow: readonly string[] | undefined,
): boolean {
  if (narrow === undefined) return false;
  const [few, many] = NEGATED.test(name) ? [wide, narrow] : [narrow, wide];
  const covering = name.includes('Like') ? covers : (one: string, value: string): boolean => one === value;
  return few.every((value) => many.some((one) => covering(one, value)));
}

/**
 * Permissions in words, a line for all actions on one resource:
 * `allows s3:putobject, s3:tagobject on ${lake/Raw.Arn}/* to Service:glue.amazonaws.com, if StringEquals aws:sourceaccount is …`
 */
export function permissionLines(verb: string, permissions: readonly Permission[]): readonly string[] {
  const actions = new Map<string, Set<string>>();
  for (const permission of permissions) {
    const rest = restText(permission);
    actions.set(rest, (actions.get(rest) ?? new Set()).add(elementText(permission.action)));
  }
  return [...actions].map(([rest, names]) => `${verb} ${[...names].sort().join(', ')}${rest}`);
}

function restText({ principal, resource, conditions }: Permission): string {
  const on = resource.values.join('') === '' ? '' : ` on ${elementText(resource)}`;
  const to = principal.values.join('') === '' ? '' : ` to ${elementText(principal)}`;
  const terms = [...conditions].map(([name, values]) => `${name} is ${values.join(' or ')}`).sort();
  return `${on}${to}${terms.length === 0 ? '' : `, if ${terms.join(' and ')}`}`;
}

function elementText({ isNot, values }: Element): string {
  return `${isNot ? 'all but ' : ''}${values.map((value) => (value === '*' ? '* (anything)' : value)).join(', ')}`;
}
