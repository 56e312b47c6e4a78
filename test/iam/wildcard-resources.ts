/** Grants of the templates on resources that are not named one by one, against gates/wildcard-resources.json. */
import { readable } from '../helpers/readable.ts';

/** A policy of IAM as a template has it, with the id under which people know its role. */
export interface TemplatePolicy {
  /** `part/LogicalId` without the hash. */
  readonly holder: string;
  readonly statements: readonly {
    readonly Effect: string;
    readonly Action: string | readonly string[];
    readonly Resource: unknown;
  }[];
}

/** A resource as it stands in a template. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** Who may do something on a wildcard, and why it is none that could be named. */
export interface ExplainedWildcard {
  /** As in the template, with `<stage>`. */
  readonly resource: string;
  /** Empty where every action of the role on it has the same reason. */
  readonly actions: readonly string[];
  readonly roles: readonly string[];
  readonly reason: string;
}

const POLICIES: ReadonlySet<string> = new Set(['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']);
const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as unknown[]) : [value];

/** @param resources by `part/LogicalId` */
export function policiesOf(resources: ReadonlyMap<string, TemplateResource>): TemplatePolicy[] {
  return [...resources].flatMap(([id, { Type, Properties = {} }]) => {
    const holder = id.replace(/(DefaultPolicy\w+|[0-9A-F]{8})$/, '');
    const documents = POLICIES.has(Type)
      ? [Properties['PolicyDocument']]
      : Type === 'AWS::IAM::Role'
        ? listOf(Properties['Policies'] ?? []).map(
            (policy) => (policy as Record<string, unknown>)['PolicyDocument'],
          )
        : [];
    return documents.map((document) => {
      const { Statement } = document as { readonly Statement: TemplatePolicy['statements'] };
      return { holder, statements: listOf(Statement) as TemplatePolicy['statements'] };
    });
  });
}

/** `holder: action on resource` of each grant on a wildcard, sorted. */
export function wildcardGrants(policies: readonly TemplatePolicy[], stage: string): string[] {
  const found = policies.flatMap(({ holder, statements }) =>
    statements
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap(({ Action, Resource }) =>
        listOf(Resource)
          .map((resource) => nameOf(resource, stage))
          .filter(isWildcard)
          .flatMap((resource) =>
            listOf(Action).map((action) => `${holder}: ${String(action)} on ${resource}`),
          ),
      ),
  );
  return [...new Set(found)].toSorted();
}

/** Hashes of logical ids say nothing to people, and the stage nothing of the grant. */
function nameOf(resource: unknown, stage: string): string {
  return readable(resource)
    .replaceAll(/\$\{(\w+?)[0-9A-F]{8}(\w*?)(?:[0-9A-F]{8})?(\.\w+)?\}/g, '${$1$2$3}')
    .replaceAll(new RegExp(`tickerlake([_-])${stage}`, 'g'), 'tickerlake$1<stage>');
}

/**
 * Whether it matches more than one thing that a template could name. Objects under a prefix of a bucket and streams of a log group
 * have names that nobody knows when a template is written: their prefix and their group are what is named.
 */
export function isWildcard(resource: string): boolean {
  if (!resource.includes('*')) return false;
  const isKeysUnderPrefix = /^\$\{\w+(\.Arn)?\}\/[^*]+\/\*$/.test(resource);
  const isStreams = /:log-group:[^*]+:\*$/.test(resource) || /^\$\{\w+\.Arn\}:\*$/.test(resource);
  return !isKeysUnderPrefix && !isStreams;
}

/** Grants without a reason, and reasons for which there is no grant. */
export function compareWildcards(
  found: readonly string[],
  explained: readonly ExplainedWildcard[],
): { readonly unexplained: readonly string[]; readonly stale: readonly string[] } {
  const covers = explained.flatMap(({ resource, actions, roles }) =>
    roles.flatMap((role) =>
      actions.length === 0
        ? [
            {
              line: `${role} on ${resource}`,
              covers: (grant: string) => grant.startsWith(`${role}: `) && grant.endsWith(` on ${resource}`),
            },
          ]
        : actions.map((action) => {
            const line = `${role}: ${action} on ${resource}`;
            return { line, covers: (grant: string) => grant === line };
          }),
    ),
  );
  return {
    unexplained: found.filter((grant) => !covers.some((each) => each.covers(grant))),
    stale: covers.filter((each) => !found.some((grant) => each.covers(grant))).map(({ line }) => line),
  };
}
