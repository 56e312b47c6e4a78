/**
 * Reads the decisions of Kafka's StandardAuthorizer from its log: what each principal used, and by which ACL it was
 * allowed. Super users are left out of the log by its configuration.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** The ACL that allowed or denied, as Kafka's own names have it. */
export interface DecidingAcl {
  readonly resourceType: string;
  readonly resourceName: string;
  readonly patternType: string;
  readonly operation: string;
}

export interface AuthorizerDecision {
  /** Without the leading "User:". */
  readonly principal: string;
  readonly isAllowed: boolean;
  readonly operation: string;
  readonly resourceType: string;
  readonly resourceName: string;
  /** The Kafka request that asked, as Fetch or Produce. */
  readonly request: string;
  /** Undefined where no ACL matched, which denies. */
  readonly acl: DecidingAcl | undefined;
}

const DECISION =
  /^Principal = User:(?<principal>.+?) is (?<verdict>Allowed|Denied) operation = (?<operation>\w+) from host = \S+ on resource = (?<resourceType>\w+):(?:LITERAL|PREFIXED):(?<resourceName>.+) for request = (?<request>\w+) with resourceRefCount = \d+ based on rule (?<rule>.+)$/;
const ACL =
  /resourceType=(?<resourceType>\w+), resourceName=(?<resourceName>.+), patternType=(?<patternType>\w+), principal=.+, host=.+, operation=(?<operation>\w+), permissionType=/;

/** Parses one line; undefined for a line that is no decision. */
export function parseDecision(line: string): AuthorizerDecision | undefined {
  const groups = DECISION.exec(line)?.groups;
  if (groups === undefined) return undefined;
  const { principal = '', verdict, operation = '', resourceType = '', resourceName = '' } = groups;
  const acl = ACL.exec(groups['rule'] ?? '')?.groups;
  return {
    principal,
    isAllowed: verdict === 'Allowed',
    operation,
    resourceType: resourceType.toUpperCase(),
    resourceName,
    request: groups['request'] ?? '',
    acl: acl === undefined ? undefined : { ...(acl as unknown as DecidingAcl) },
  };
}

/** Every different decision in the log, in the order of its first time. */
export async function readDecisions(file: string): Promise<AuthorizerDecision[]> {
  const seen = new Set<string>();
  const decisions: AuthorizerDecision[] = [];
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    if (seen.has(line)) continue;
    seen.add(line);
    const decision = parseDecision(line);
    if (decision !== undefined) decisions.push(decision);
  }
  return decisions;
}
