import { pathText, propertyChanges, propertyReferences } from '../property-changes.ts';
import type { Pair } from '../resource-pairs.ts';
import type { ResourceTypes } from '../service-spec.ts';

/** Why a resource is replaced. */
export interface Replacement {
  /** Properties whose change does it. */
  readonly properties: readonly string[];
  /** The replaced resources whose new identity changes those properties; none where they changed themselves. */
  readonly because: readonly string[];
  /** AWS decides it by what else holds. */
  readonly isCertain: boolean;
}

/**
 * Which pairs CloudFormation replaces, by address, and why. A replaced resource has another identity, so whoever names it in a
 * property that cannot be updated is replaced with it.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
 */
export function replacements(pairs: readonly Pair[], types: ResourceTypes): ReadonlyMap<string, Replacement> {
  const replaced = new Map<string, Replacement>();
  for (const pair of pairs) {
    const own = pair.isRenamed ? undefined : ownReplacement(pair, types);
    if (own !== undefined) replaced.set(pair.after.address, own);
  }
  // A renamed resource is new as well.
  const renewed = new Set(pairs.filter(({ isRenamed }) => isRenamed).map(({ after }) => after.address));
  for (const [address, { isCertain }] of replaced) if (isCertain) renewed.add(address);
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    for (const { after, isRenamed } of pairs) {
      if (isRenamed || renewed.has(after.address)) continue;
      const causes = propertyReferences(after.properties).filter(
        ({ path, address }) => renewed.has(address) && types.effectOf(after.type, path) === 'replace',
      );
      if (causes.length === 0) continue;
      replaced.set(after.address, {
        properties: unique(causes.map(({ path }) => pathText(path))),
        because: unique(causes.map(({ address }) => address)),
        isCertain: true,
      });
      renewed.add(after.address);
      isSettled = false;
    }
  }
  return replaced;
}

function ownReplacement({ before, after }: Pair, types: ResourceTypes): Replacement | undefined {
  const changes = propertyChanges(before.properties, after.properties).map(({ path }) => ({
    path,
    effect: types.effectOf(after.type, path),
  }));
  for (const effect of ['replace', 'may-replace'] as const) {
    const properties = unique(
      changes.filter((change) => change.effect === effect).map(({ path }) => pathText(path)),
    );
    if (properties.length > 0) return { properties, because: [], isCertain: effect === 'replace' };
  }
  return undefined;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}
