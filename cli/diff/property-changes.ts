import { canonical, isList, isObject, type Plain, referencesIn } from './plain-values.ts';

/** A property that differs. */
export interface PropertyChange {
  /** Keys that lead to it; places in a list are left out: `BrokerNodeGroupInfo`, `SecurityGroups`. */
  readonly path: readonly string[];
  readonly before: Plain | undefined;
  readonly after: Plain | undefined;
}

/** The smallest properties that differ between two values. */
export function propertyChanges(
  before: Plain | undefined,
  after: Plain | undefined,
  path: readonly string[] = [],
): readonly PropertyChange[] {
  if (canonical(before) === canonical(after)) return [];
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => propertyChanges(before[key], after[key], [...path, key]));
  }
  if (isList(before) && isList(after) && before.length === after.length && before.every(isObject)) {
    return before.flatMap((item, index) => propertyChanges(item, after[index], path));
  }
  return [{ path, before, after }];
}

/** Every reference to a resource in a value, and where it stands. */
export function propertyReferences(
  value: Plain | undefined,
  path: readonly string[] = [],
): readonly { readonly path: readonly string[]; readonly address: string }[] {
  if (typeof value === 'string') return referencesIn(value).map((address) => ({ path, address }));
  if (isList(value)) return value.flatMap((item) => propertyReferences(item, path));
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, item]) => propertyReferences(item, [...path, key]));
  }
  return [];
}

/** `BrokerNodeGroupInfo.SecurityGroups` */
export function pathText(path: readonly string[]): string {
  return path.join('.');
}
