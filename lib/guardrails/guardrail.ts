import { Deployment, KAFKA_ARN, type Resource, type Template } from './deployment.ts';

/** Something that AWS refuses, or lets pass to our harm, and that a template shows. */
export interface Guardrail {
  /** Kebab-case; docs/guardrails.md explains it under this name. */
  readonly id: string;
  /** What it forbids, in one clause. */
  readonly forbids: string;
  /** What would happen otherwise, in one clause. */
  readonly why: string;
  /** The page of AWS's documentation that says so. */
  readonly source: string;
  readonly check: (deployment: Deployment) => Iterable<Fault>;
}

/** A property of a resource that breaks a guardrail. */
export interface Fault {
  readonly resource: Resource;
  /** As in the template, with dots between: `BrokerNodeGroupInfo.InstanceType`. */
  readonly property: string;
  readonly value: unknown;
  readonly allowed: string;
  readonly fix: string;
}

/** A fault for people: references in its value are told by name. */
export interface Finding {
  readonly guardrail: string;
  readonly source: string;
  readonly stack: string;
  readonly logicalId: string;
  readonly path: string | undefined;
  readonly property: string;
  readonly value: string;
  readonly allowed: string;
  readonly fix: string;
}

/** All that is wrong in the templates of a stage. */
export function checkTemplates(
  guardrails: readonly Guardrail[],
  templates: ReadonlyMap<string, Template>,
): readonly Finding[] {
  const deployment = new Deployment(templates);
  return guardrails.flatMap(({ id, source, check }) =>
    [...check(deployment)].map(({ resource, property, value, allowed, fix }) => ({
      guardrail: id,
      source,
      stack: resource.stack,
      logicalId: resource.id,
      path: resource.path,
      property,
      value: value === undefined ? 'not set' : describe(deployment.text(value, resource.stack)),
      allowed,
      fix,
    })),
  );
}

/** The finding in one sentence, without its fix. */
export function describeFinding({ stack, logicalId, path, property, value, allowed }: Finding): string {
  return `${path ?? `${stack}/${logicalId}`}: ${property} is ${value}; allowed is ${allowed}`;
}

const LONGEST_VALUE = 400;

function describe(value: string): string {
  const readable = value.replaceAll(KAFKA_ARN, '');
  const quoted = /^(\d+|true|false)$/.test(readable) ? readable : JSON.stringify(readable);
  return quoted.length > LONGEST_VALUE ? `${quoted.slice(0, LONGEST_VALUE)}…` : quoted;
}
