import { type Finding, finding } from '../finding.ts';
import { at, isObject, listOf, type Plain, plainText, referencesIn } from '../plain-values.ts';
import type { Entry, ResourcePairs } from '../resource-pairs.ts';
import { type Permission, permissionLines, permissionsOf, widened } from './statements.ts';

/** Whose permissions, or to what: a role's own, who may take it, or a resource's policy. */
interface Policy {
  readonly owner: Entry;
  readonly kind: 'permissions' | 'trust' | 'resource';
  readonly permissions: Permission[];
}

const KINDS = {
  permissions: 'may do more than before',
  trust: 'may be assumed by more than before',
  resource: 'lets in more than before by its own policy',
} as const satisfies Record<Policy['kind'], string>;

/** Findings for roles and resources whose policies, gathered from wherever they stand, allow more than before. */
export function policyFindings({ pairs, removed, added }: ResourcePairs): readonly Finding[] {
  const olds = policiesOf([...pairs.map(({ before }) => before), ...removed]);
  const news = policiesOf([...pairs.map(({ after }) => after), ...added]);
  // What was there before and still is: of it, one finds out what it may do beyond; of all else, whether it is open to anybody.
  const known = new Set(pairs.map(({ after }) => after.address));
  const owners = pairs.map(({ after }) => after).concat(added);
  return owners.flatMap((owner) =>
    (Object.keys(KINDS) as Policy['kind'][]).flatMap((kind) => {
      const now = news.get(`${kind} ${owner.address}`)?.permissions ?? [];
      if (!known.has(owner.address)) return newPolicyFindings(owner, kind, now);
      const before = olds.get(`${kind} ${owner.address}`)?.permissions ?? [];
      return widenedFindings(owner, kind, widened(before, now));
    }),
  );
}

function widenedFindings(owner: Entry, kind: Policy['kind'], details: readonly string[]): readonly Finding[] {
  if (details.length === 0) return [];
  return [
    finding('policy-widened', owner, {
      what: `It ${KINDS[kind]}.`,
      details,
      instead:
        'Grant the one action on the one resource that the code calls, with a grant method of the construct; take the grant back if nothing calls it.',
    }),
  ];
}

/**
 * A new role is told, so that a person reads what it may do; one that may do anything, or be taken by anybody or by another
 * account, is a danger.
 */
function newPolicyFindings(
  owner: Entry,
  kind: Policy['kind'],
  now: readonly Permission[],
): readonly Finding[] {
  const allowed = now.filter(({ isDeny }) => !isDeny);
  const boundless = allowed.filter((permission) => isBoundless(kind, permission));
  if (boundless.length > 0) {
    return [
      finding('policy-widened', owner, {
        what: `It is new, and ${kind === 'permissions' ? 'may do anything' : 'lets in anybody'}.`,
        details: permissionLines('allows', boundless),
        instead: 'Name the actions, the resources and the principals, or add a condition on the account.',
      }),
    ];
  }
  const foreign = allowed.filter(({ principal }) => principal.values.some(isForeign));
  if (kind !== 'permissions' && foreign.length > 0) {
    return [
      finding('policy-widened', owner, {
        what: 'It is new, and lets in another account.',
        details: permissionLines('allows', foreign),
        instead: 'Name a role of this account; if the other is meant, accept the change with the reason.',
      }),
    ];
  }
  if (kind !== 'permissions' || allowed.length === 0) return [];
  return [
    finding('policy-widened', owner, {
      severity: 'caution',
      what: 'It is new, with these permissions.',
      details: permissionLines('allows', allowed),
      instead: 'Read them: each should name an action that its code calls, and the resource.',
    }),
  ];
}

/** All actions, or all of a service on all resources; or, without a condition, any principal, or any that a provider knows. */
function isBoundless(kind: Policy['kind'], { principal, action, resource, conditions }: Permission): boolean {
  if (kind !== 'permissions') {
    const isAnybody = principal.values.some((value) => value === '*' || value.startsWith('Federated:'));
    return principal.isNot || (isAnybody && conditions.size === 0);
  }
  if (action.values.some((value) => BOUNDLESS_MANAGED.test(value))) return true;
  const isWholeService =
    action.isNot || action.values.some((value) => value === '*' || /^[\w-]+:\*$/.test(value));
  return isWholeService && (resource.isNot || resource.values.includes('*'));
}

const MANAGED = 'managed policy ';

/**
 * Policies of AWS that allow everything, everything but IAM, or all of a service (as IAMFullAccess), by their names; lower case, as
 * actions are. https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
const BOUNDLESS_MANAGED = new RegExp(
  `^${MANAGED}.*:iam::aws:policy/(.*/)?(administratoraccess|poweruseraccess$|.*fullaccess)`,
);

/** A principal of AWS that these stacks neither make nor own by their account. Services and providers are something else. */
function isForeign(principal: string): boolean {
  const [, name] = /^(?:AWS|CanonicalUser):(.*)$/s.exec(principal) ?? [];
  if (name === undefined) return false;
  if (/^(arn:[^:]+:(iam|sts)::)?\d{12}(:|$)/.test(name)) return true;
  // An output of a stack that is not compared is one of ours as well.
  const isOwn = name.includes('${AWS::AccountId}') || /^<(output|import) /.test(name);
  return !isOwn && referencesIn(name).length === 0;
}

/** Every policy of one side, by kind and the address of its owner. */
function policiesOf(entries: readonly Entry[]): ReadonlyMap<string, Policy> {
  const byAddress = new Map(entries.map((entry) => [entry.address, entry]));
  const policies = new Map<string, Policy>();
  function add(kind: Policy['kind'], owner: Entry, permissions: readonly Permission[]): void {
    const key = `${kind} ${owner.address}`;
    const policy = policies.get(key) ?? { owner, kind, permissions: [] };
    policy.permissions.push(...permissions);
    policies.set(key, policy);
  }
  for (const entry of entries) {
    for (const { kind, address, document } of documentsOf(entry)) {
      // Of an owner that is not in the templates, the policy stands for itself.
      add(kind, byAddress.get(address ?? '') ?? entry, permissionsOf(document));
    }
  }
  // A role that takes a managed policy has its permissions; those of AWS's own are known by name only.
  for (const entry of entries) {
    for (const policy of listOf(entry.properties['ManagedPolicyArns'])) {
      const name = plainText(policy);
      const own = byAddress.get(referencesIn(name)[0] ?? '');
      add('permissions', entry, permissionsOf(own?.properties['PolicyDocument'] ?? managed(name)));
    }
  }
  return policies;
}

/** Stands for what a policy that is not in the templates allows. */
function managed(name: string): Plain {
  return { Statement: [{ Effect: 'Allow', Action: `${MANAGED}${name}`, Resource: '' }] };
}

interface PolicyDocument {
  readonly kind: Policy['kind'];
  readonly address: string | undefined;
  readonly document: Plain | undefined;
}

/** Where each type keeps a policy, and whose it is. */
function documentsOf(entry: Entry): readonly PolicyDocument[] {
  const { type, properties, address } = entry;
  const of = (
    kind: Policy['kind'],
    owners: Plain | undefined,
    document: Plain | undefined,
  ): readonly PolicyDocument[] =>
    listOf(owners).map((owner) => ({ kind, address: referencesIn(plainText(owner))[0], document }));
  switch (type) {
    case 'AWS::IAM::Role':
      return [
        { kind: 'trust', address, document: properties['AssumeRolePolicyDocument'] },
        ...listOf(properties['Policies']).map((policy) => ({
          kind: 'permissions' as const,
          address,
          document: at(policy, 'PolicyDocument'),
        })),
      ];
    case 'AWS::IAM::Policy':
    case 'AWS::IAM::ManagedPolicy':
    case 'AWS::IAM::RolePolicy':
      return ['Roles', 'Users', 'Groups', 'RoleName'].flatMap((name) =>
        of('permissions', properties[name], properties['PolicyDocument']),
      );
    case 'AWS::KMS::Key':
      return [{ kind: 'resource', address, document: properties['KeyPolicy'] }];
    case 'AWS::S3::BucketPolicy':
      return of('resource', properties['Bucket'], properties['PolicyDocument']);
    case 'AWS::SQS::QueuePolicy':
      return of('resource', properties['Queues'], properties['PolicyDocument']);
    case 'AWS::SNS::TopicPolicy':
      return of('resource', properties['Topics'], properties['PolicyDocument']);
    case 'AWS::SecretsManager::ResourcePolicy':
      return of('resource', properties['SecretId'], properties['ResourcePolicy']);
    case 'AWS::Lambda::Permission':
      return of('resource', properties['FunctionName'], permissionDocument(properties));
    default:
      return [];
  }
}

/** A function's permission as the statement that Lambda makes of it. */
function permissionDocument(properties: Readonly<Record<string, Plain>>): Plain {
  const {
    Principal: principal = '*',
    Action: action = '*',
    SourceArn: arn,
    SourceAccount: account,
  } = properties;
  const condition = {
    ...(arn !== undefined && { ArnLike: { 'aws:SourceArn': arn } }),
    ...(account !== undefined && { StringEquals: { 'aws:SourceAccount': account } }),
  };
  return {
    Statement: [
      {
        Effect: 'Allow',
        Action: action,
        Principal: isObject(principal) || principal === '*' ? principal : { Service: principal },
        ...(Object.keys(condition).length > 0 && { Condition: condition }),
      },
    ],
  };
}
