/**
 * The templates of one stage taken together: every resource of all stacks, and what a reference means, in whatever stack the
 * thing stands that it names. Pure: it knows nothing but the synthesized JSON.
 */

export type Node = Readonly<Record<string, unknown>>;

/** As much of a CloudFormation template as guardrails look at. */
export interface Template {
  readonly Resources?: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<
    Record<string, { readonly Value?: unknown; readonly Export?: { readonly Name?: unknown } }>
  >;
}

interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Node;
  readonly Metadata?: Node;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface Resource {
  readonly stack: string;
  readonly id: string;
  readonly type: string;
  /** Path of the construct, if the template says it. */
  readonly path: string | undefined;
  readonly properties: Node;
  readonly deletionPolicy: string | undefined;
  readonly updateReplacePolicy: string | undefined;
}

/** Where the ARN of an MSK cluster stands in a text, so that its parts can be told as those of a real one. */
export const KAFKA_ARN = 'arn:aws:kafka:::cluster/';
const KAFKA_CLUSTERS: readonly string[] = ['AWS::MSK::Cluster', 'AWS::MSK::ServerlessCluster'];
const REFERENCE = /^(?:arn:aws:kafka:::cluster\/)?\$\{([\w-]+)\/(\w+)(?:\.[\w.]+)?\}$/;

export class Deployment {
  readonly resources: readonly Resource[];
  private readonly templates: ReadonlyMap<string, Template>;
  private readonly index: ReadonlyMap<string, Resource>;
  private readonly byType: ReadonlyMap<string, readonly Resource[]>;

  /** @param templates by the stack's name */
  constructor(templates: ReadonlyMap<string, Template>) {
    this.templates = templates;
    this.resources = [...templates].flatMap(([stack, { Resources = {} }]) =>
      Object.entries(Resources).map(([id, resource]) => ({
        stack,
        id,
        type: resource.Type,
        path: resource.Metadata?.['aws:cdk:path'] as string | undefined,
        properties: resource.Properties ?? {},
        deletionPolicy: resource.DeletionPolicy,
        updateReplacePolicy: resource.UpdateReplacePolicy,
      })),
    );
    this.index = new Map(this.resources.map((resource) => [`${resource.stack}/${resource.id}`, resource]));
    this.byType = Map.groupBy(this.resources, ({ type }) => type);
  }

  ofType(...types: readonly string[]): readonly Resource[] {
    return types.flatMap((type) => this.byType.get(type) ?? []);
  }

  /** What a value says, with references as `${stack/LogicalId.Attribute}`, those of CloudFormation as `${AWS::Region}`. */
  text(value: unknown, stack: string): string {
    if (value === undefined) return '';
    if (Array.isArray(value)) return value.map((each) => this.text(each, stack)).join(',');
    if (typeof value === 'string') return value;
    if (!isNode(value)) return JSON.stringify(value);
    const [[name, argument] = ['', undefined]] = Object.entries(value);
    return this.intrinsic(name, argument, stack) ?? JSON.stringify(value);
  }

  /** The resource that a value refers to; undefined for one outside these stacks. */
  target(value: unknown, stack: string): Resource | undefined {
    const [, owner, id] = REFERENCE.exec(this.text(value, stack)) ?? [];
    return this.index.get(`${owner ?? ''}/${id ?? ''}`);
  }

  /** Whether another stack has such an output; a name that only CloudFormation knows may be there. */
  hasOutput(stack: unknown, output: string): boolean {
    return typeof stack !== 'string' || this.templates.get(stack)?.Outputs?.[output] !== undefined;
  }

  private intrinsic(name: string, argument: unknown, stack: string): string | undefined {
    switch (name) {
      case 'Ref':
        return this.reference(String(argument), undefined, stack);
      case 'Fn::GetAtt': {
        const [id = '', ...attribute] = [argument].flat().join('.').split('.');
        return this.reference(id, attribute.join('.'), stack);
      }
      case 'Fn::GetStackOutput': {
        const { StackName, OutputName } = argument as { StackName: unknown; OutputName: string };
        const owner = String(StackName);
        const output = this.templates.get(owner)?.Outputs?.[OutputName];
        return output && this.text(output.Value, owner);
      }
      case 'Fn::ImportValue':
        return this.exported(this.text(argument, stack));
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, unknown];
        return Array.isArray(parts)
          ? parts.map((part) => this.text(part, stack)).join(separator)
          : this.text(parts, stack);
      }
      case 'Fn::Select': {
        const [index, parts] = argument as [number | string, unknown];
        return this.list(parts, stack)?.[Number(index)];
      }
      case 'Fn::Sub':
        return this.substitute(argument, stack);
      default:
        return undefined;
    }
  }

  private reference(id: string, attribute: string | undefined, stack: string): string {
    if (id.startsWith('AWS::')) return `\${${id}}`;
    const text = `\${${stack}/${id}${attribute === undefined ? '' : `.${attribute}`}}`;
    const isClusterArn = KAFKA_CLUSTERS.includes(this.index.get(`${stack}/${id}`)?.type ?? '');
    return isClusterArn && (attribute === undefined || attribute === 'Arn') ? `${KAFKA_ARN}${text}` : text;
  }

  private list(parts: unknown, stack: string): readonly string[] | undefined {
    if (Array.isArray(parts)) return parts.map((part) => this.text(part, stack));
    const split = (parts as Node)['Fn::Split'] as [string, unknown] | undefined;
    return split && this.text(split[1], stack).split(split[0]);
  }

  private substitute(argument: unknown, stack: string): string {
    const [format, values] = (Array.isArray(argument) ? argument : [argument, {}]) as [string, Node];
    return format.replaceAll(/\$\{(!?)([\w.:]+)\}/g, (whole: string, literal: string, name: string) => {
      if (literal === '!') return `\${${name}}`;
      if (Object.hasOwn(values, name)) return this.text(values[name], stack);
      const [id = '', ...attribute] = name.split('.');
      const isKnown = this.index.has(`${stack}/${id}`);
      return isKnown ? this.reference(id, attribute.join('.') || undefined, stack) : whole;
    });
  }

  private exported(name: string): string | undefined {
    for (const [stack, { Outputs = {} }] of this.templates)
      for (const { Value, Export } of Object.values(Outputs))
        if (Export !== undefined && this.text(Export.Name, stack) === name) return this.text(Value, stack);
    return undefined;
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}

/** What stands at `A.B.C` in a value; undefined where a step is missing. A name may have dots itself: `Parameters.rds.force_ssl`. */
export function dig(value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, path)) return (value as Node)[path];
  const dot = path.indexOf('.');
  return dot < 0 ? undefined : dig((value as Node)[path.slice(0, dot)], path.slice(dot + 1));
}

/** The objects of a list, or none. */
export function nodes(value: unknown): readonly Node[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isNode) : [];
}

/** A list as it is, one value as a list of it, and nothing as none. */
export function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : [value].flat();
}
