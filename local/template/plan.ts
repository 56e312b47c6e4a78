/** Turns an assembly into a graph of resources across stacks: what there is to provision, and what must be there first. */
import { TickerlakeError } from '../../core/errors.ts';
import type { Assembly, Stack } from './assembly.ts';
import { conditionHolds } from './intrinsics.ts';
import type { Reference } from './references.ts';
import { references } from './references.ts';
import type { Region, Scope } from './scope.ts';
import { availabilityZones, pseudoParameters, templateError } from './scope.ts';
import type { Json, TemplateResource } from './template.ts';

export interface PlannedResource {
  /** `stack/LogicalId` */
  readonly id: string;
  readonly stack: Stack;
  readonly logicalId: string;
  readonly resource: TemplateResource;
  /** Ids of the resources that must exist before. */
  readonly needs: ReadonlySet<string>;
}

export interface Plan {
  readonly stacks: readonly Stack[];
  /** In an order in which each stands after what it needs. */
  readonly resources: readonly PlannedResource[];
}

/** Scope of a stack before anything is provisioned: enough for conditions, which cannot refer to resources. */
export function staticScope(stack: Stack, region: Region): Scope {
  const nothing = (): undefined => undefined;
  const parameters = Object.entries(stack.template.Parameters).flatMap(([name, { Default }]) =>
    Default === undefined ? [] : [[name, Default] as const],
  );
  return {
    stack: stack.name,
    values: {
      ...Object.fromEntries(parameters),
      ...pseudoParameters(stack.name, region, stackId(stack.name, region)),
    },
    mappings: stack.template.Mappings,
    conditions: stack.template.Conditions,
    availabilityZones: availabilityZones(region.name),
    ref: nothing,
    getAtt: nothing,
    importValue: nothing,
    stackOutput: nothing,
  };
}

function stackId(name: string, region: Region): string {
  return `arn:aws:cloudformation:${region.name}:${region.account}:stack/${name}/local`;
}

/**
 * Plans an assembly. A resource waits for what its properties refer to, for its DependsOn, and, as a deploy would, for all
 * of the stacks its own stack depends on.
 * @throws TEMPLATE_UNSUPPORTED for a reference to nothing or a cycle, with its place
 */
export function plan(assembly: Assembly, region: Region): Plan {
  const active = new Map(assembly.stacks.map((stack) => [stack.name, activeResources(stack, region)]));
  const links = new Links(assembly, active);
  const resources = assembly.stacks.flatMap((stack) => {
    const upstream = stack.dependsOn.flatMap((name) =>
      [...(active.get(name)?.keys() ?? [])].map((logicalId) => `${name}/${logicalId}`),
    );
    return [...(active.get(stack.name) ?? [])].map(([logicalId, resource]): PlannedResource => {
      const needs = new Set([...links.of(stack, logicalId, resource), ...upstream]);
      return { id: `${stack.name}/${logicalId}`, stack, logicalId, resource, needs };
    });
  });
  return { stacks: assembly.stacks, resources: sortByNeeds(resources) };
}

type ActiveResources = ReadonlyMap<string, TemplateResource>;

function activeResources(stack: Stack, region: Region): ActiveResources {
  const scope = staticScope(stack, region);
  const all = Object.entries(stack.template.Resources);
  return new Map(
    all.filter(([id, { Condition }]) => Condition === undefined || conditionHolds(Condition, scope, id)),
  );
}

/** Follows references to the resources behind them, through outputs and exports of other stacks. */
class Links {
  private readonly stacks: ReadonlyMap<string, Stack>;
  private readonly active: ReadonlyMap<string, ActiveResources>;
  private readonly exports = new Map<string, { stack: Stack; value: Json }>();

  constructor(assembly: Assembly, active: ReadonlyMap<string, ActiveResources>) {
    this.stacks = new Map(assembly.stacks.map((stack) => [stack.name, stack]));
    this.active = active;
    for (const stack of assembly.stacks) {
      for (const { Value, Export } of Object.values(stack.template.Outputs)) {
        if (Export !== undefined) this.exports.set(JSON.stringify(Export.Name), { stack, value: Value });
      }
    }
  }

  of(stack: Stack, logicalId: string, { Properties = {}, DependsOn = [] }: TemplateResource): string[] {
    const explicit = typeof DependsOn === 'string' ? [DependsOn] : DependsOn;
    return [
      ...explicit.flatMap((name) => this.byName(stack, name, `${logicalId}.DependsOn`)),
      ...this.behind(stack, Properties, `${logicalId}.Properties`),
    ];
  }

  private behind(stack: Stack, value: Json, path: string): string[] {
    return references(value, path).flatMap((reference) => this.follow(stack, reference));
  }

  private follow(stack: Stack, reference: Reference): string[] {
    const { path } = reference;
    if (reference.kind === 'name') {
      return reference.name in stack.template.Parameters ? [] : this.byName(stack, reference.name, path);
    }
    if (reference.kind === 'export') {
      const found = this.exports.get(JSON.stringify(reference.name));
      if (found === undefined)
        throw templateError(stack.name, path, `no stack exports ${JSON.stringify(reference.name)}`);
      return this.behind(found.stack, found.value, path);
    }
    const producer = this.stacks.get(reference.stack);
    const output = producer?.template.Outputs[reference.output];
    if (producer === undefined || output === undefined) {
      throw templateError(stack.name, path, `stack ${reference.stack} has no output ${reference.output}`);
    }
    return this.behind(producer, output.Value, `Outputs.${reference.output}`);
  }

  private byName(stack: Stack, name: string, path: string): string[] {
    if (this.active.get(stack.name)?.has(name) === true) return [`${stack.name}/${name}`];
    // A resource whose condition is false: whoever evaluates the reference says so, if it is evaluated at all.
    if (name in stack.template.Resources) return [];
    throw templateError(stack.name, path, `there is no parameter or resource ${name}`);
  }
}

function sortByNeeds(resources: readonly PlannedResource[]): PlannedResource[] {
  const byId = new Map(resources.map((resource) => [resource.id, resource]));
  const sorted = new Set<PlannedResource>();
  const visit = (resource: PlannedResource, trail: readonly string[]): void => {
    if (sorted.has(resource)) return;
    if (trail.includes(resource.id)) {
      const cycle = [...trail.slice(trail.indexOf(resource.id)), resource.id].join(' -> ');
      throw new TickerlakeError('TEMPLATE_UNSUPPORTED', `resources need each other in a circle: ${cycle}`);
    }
    for (const id of resource.needs) {
      const needed = byId.get(id);
      if (needed !== undefined) visit(needed, [...trail, resource.id]);
    }
    sorted.add(resource);
  };
  for (const resource of resources) visit(resource, []);
  return [...sorted];
}
