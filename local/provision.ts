/** Provisions the resources of all stacks: each as soon as what it needs is there, many at once. */
import type { Cloud } from './resources/cloud.ts';
import { resolveReferences } from './resources/dynamic-references.ts';
import { requireResourceType, resourceError } from './resources/registry.ts';
import { ResourceRequest } from './resources/resource-request.ts';
import type { Level, Provisioned, ResourceType } from './resources/resource-type.ts';
import type { Stack } from './template/assembly.ts';
import { conditionHolds, evaluate } from './template/intrinsics.ts';
import type { Plan, PlannedResource } from './template/plan.ts';
import { staticScope } from './template/plan.ts';
import type { Region, Scope } from './template/scope.ts';
import { templateError } from './template/scope.ts';
import type { Json, JsonObject } from './template/template.ts';
import { constructPath, isObject } from './template/template.ts';

export type StackOutputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A resource that is there. */
export interface ProvisionedResource {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly level: Level;
  /** What stands behind it locally, in a few words. */
  readonly behind: string;
  readonly physicalId: string;
  /** Of its template, evaluated; secrets are still references to them. */
  readonly properties: JsonObject;
  /** Values of Fn::GetAtt. */
  readonly attributes: Readonly<Record<string, Json>>;
}

export interface ProvisionResult {
  readonly outputs: StackOutputs;
  readonly resources: readonly ProvisionedResource[];
}

export interface ProvisionProgress {
  readonly done: number;
  readonly total: number;
  readonly resource: ProvisionedResource;
}

/**
 * Checks that every type and property of the plan is known, before anything starts.
 * @throws TEMPLATE_UNSUPPORTED that names the first resource that is not
 */
export function checkPlan(plan: Plan): void {
  for (const { id, resource } of plan.resources) {
    requireResourceType(id, resource.Type, Object.keys(resource.Properties ?? {}));
  }
}

/**
 * Provisions every resource of the plan and gives the stacks' outputs.
 * @throws the first failure, after what was under way has ended
 */
export async function provision(
  plan: Plan,
  region: Region,
  cloud: Cloud,
  onProgress: (progress: ProvisionProgress) => void = () => undefined,
): Promise<ProvisionResult> {
  const provisioner = new Provisioner(plan, region, cloud, onProgress);
  await provisioner.run();
  return { outputs: provisioner.outputs(), resources: provisioner.resources };
}

class Provisioner {
  readonly resources: ProvisionedResource[] = [];
  private readonly plan: Plan;
  private readonly region: Region;
  private readonly cloud: Cloud;
  private readonly onProgress: (progress: ProvisionProgress) => void;
  private readonly provisioned = new Map<string, Provisioned>();
  private failed = false;

  constructor(plan: Plan, region: Region, cloud: Cloud, onProgress: (progress: ProvisionProgress) => void) {
    this.plan = plan;
    this.region = region;
    this.cloud = cloud;
    this.onProgress = onProgress;
  }

  async run(): Promise<void> {
    const tasks = new Map<string, Promise<void>>();
    // The plan's order has every resource after what it needs, so the tasks it waits for exist.
    for (const resource of this.plan.resources) {
      const needs = [...resource.needs].flatMap((id) => tasks.get(id) ?? []);
      tasks.set(resource.id, this.after(needs, resource));
    }
    const settled = await Promise.allSettled(tasks.values());
    const failure = settled.find((task) => task.status === 'rejected' && task.reason !== SKIPPED);
    if (failure?.status === 'rejected') throw failure.reason;
  }

  outputs(): StackOutputs {
    return Object.fromEntries(
      this.plan.stacks.map((stack) => {
        const scope = this.scope(stack);
        const active = Object.entries(stack.template.Outputs).filter(
          ([name, { Condition }]) =>
            Condition === undefined || conditionHolds(Condition, scope, `Outputs.${name}`),
        );
        const values = active.map(([name]) => [name, asText(this.output(stack, name))] as const);
        return [stack.name, Object.fromEntries(values)];
      }),
    );
  }

  private async after(needs: readonly Promise<void>[], planned: PlannedResource): Promise<void> {
    const waited = await Promise.allSettled(needs);
    if (this.failed || waited.some(({ status }) => status === 'rejected')) throw SKIPPED;
    try {
      await this.provisionOne(planned);
    } catch (error) {
      this.failed = true;
      throw error;
    }
  }

  private async provisionOne({ id, stack, logicalId, resource }: PlannedResource): Promise<void> {
    const type = requireResourceType(id, resource.Type, Object.keys(resource.Properties ?? {}));
    const properties = evaluate(resource.Properties ?? {}, this.scope(stack), `${logicalId}.Properties`);
    const request = new ResourceRequest(
      { stack: stack.name, logicalId, type: resource.Type, constructPath: constructPath(resource) },
      isObject(properties) ? properties : {},
    );
    const result = await this.create(type, request);
    this.provisioned.set(id, result);
    const provisioned: ProvisionedResource = {
      stack: stack.name,
      logicalId,
      type: resource.Type,
      level: type.level,
      behind: type.behind,
      physicalId: result.ref,
      properties: request.properties,
      attributes: result.attributes ?? {},
    };
    this.resources.push(provisioned);
    this.onProgress({
      done: this.resources.length,
      total: this.plan.resources.length,
      resource: provisioned,
    });
  }

  private async create(type: ResourceType, request: ResourceRequest): Promise<Provisioned> {
    try {
      return await type.provision(await resolveReferences(request, this.cloud), this.cloud);
    } catch (error) {
      throw resourceError(request, error);
    }
  }

  private scope(stack: Stack): Scope {
    return {
      ...staticScope(stack, this.region),
      ref: (logicalId) => this.provisioned.get(`${stack.name}/${logicalId}`)?.ref,
      getAtt: (logicalId, attribute) =>
        this.provisioned.get(`${stack.name}/${logicalId}`)?.attributes?.[attribute],
      importValue: (exportName) => this.exported(exportName),
      stackOutput: (stackName, outputName) => {
        const producer = this.plan.stacks.find(({ name }) => name === stackName);
        return producer?.template.Outputs[outputName] === undefined
          ? undefined
          : this.output(producer, outputName);
      },
    };
  }

  private output(stack: Stack, name: string): Json {
    const output = stack.template.Outputs[name];
    const value =
      output === undefined ? undefined : evaluate(output.Value, this.scope(stack), `Outputs.${name}`);
    if (value === undefined) throw templateError(stack.name, `Outputs.${name}`, 'has no value');
    return value;
  }

  private exported(exportName: string): Json | undefined {
    for (const stack of this.plan.stacks) {
      for (const [name, { Export }] of Object.entries(stack.template.Outputs)) {
        if (Export === undefined) continue;
        const scope = staticScope(stack, this.region);
        if (evaluate(Export.Name, scope, `Outputs.${name}.Export.Name`) === exportName)
          return this.output(stack, name);
      }
    }
    return undefined;
  }
}

/** Marks a resource that was not begun because another failed. */
const SKIPPED = new Error('not begun');

function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
