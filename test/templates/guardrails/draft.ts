/** A copy of the templates of a stage, for a mistake to be made in. */
import type { StackPart, Stage } from '../../../core/names.ts';
import { stackName } from '../../../core/names.ts';
import type { Template } from '../../../lib/guardrails/deployment.ts';

export type Json = Record<string, unknown>;

export interface DraftResource {
  Type: string;
  Properties?: Json;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

interface DraftTemplate {
  readonly Resources: Record<string, DraftResource>;
  readonly Outputs?: NonNullable<Template['Outputs']>;
}

export class Draft {
  private readonly stage: Stage;
  private readonly stacks: ReadonlyMap<string, DraftTemplate>;

  constructor(stage: Stage, clean: ReadonlyMap<string, Template>) {
    this.stage = stage;
    this.stacks = structuredClone(clean) as unknown as ReadonlyMap<string, DraftTemplate>;
  }

  get templates(): ReadonlyMap<string, Template> {
    return this.stacks;
  }

  /** Properties of the first resource of a type whose logical id begins so. */
  of(type: string, id = ''): Json {
    return (this.find(type, id).resource.Properties ??= {});
  }

  /** Properties of all resources of a type whose logical id begins so. */
  all(type: string, id = ''): readonly Json[] {
    return this.entries(type, id).map(({ resource }) => (resource.Properties ??= {}));
  }

  find(type: string, id = ''): { readonly id: string; readonly resource: DraftResource } {
    const [first] = this.entries(type, id);
    if (first === undefined) throw new Error(`stage ${this.stage} has no ${type} ${id}…`);
    return first;
  }

  remove(type: string, id = ''): void {
    const { id: found } = this.find(type, id);
    for (const { Resources } of this.stacks.values())
      if (Resources[found]?.Type === type) Reflect.deleteProperty(Resources, found);
  }

  add(part: StackPart, id: string, resource: DraftResource): void {
    const template = this.stacks.get(stackName(this.stage, part));
    if (template === undefined) throw new Error(`stage ${this.stage} has no stack ${part}`);
    template.Resources[id] = resource;
  }

  /** Statements of the policies of a role whose policy's logical id begins so. */
  statements(policy: string): Json[] {
    return this.all('AWS::IAM::Policy', policy).flatMap(
      (properties) => get(properties, 'PolicyDocument.Statement') as Json[],
    );
  }

  /** Takes an action from all statements of a role. */
  revoke(policy: string, action: string): void {
    const holders = this.statements(policy).filter(({ Action }) => [Action].flat().includes(action));
    if (holders.length === 0) throw new Error(`no statement of ${policy}… has ${action}`);
    for (const statement of holders)
      statement['Action'] = [statement['Action']].flat().filter((each) => each !== action);
  }

  private entries(type: string, id: string) {
    return [...this.stacks.values()]
      .flatMap(({ Resources }) => Object.entries(Resources))
      .filter(([name, { Type }]) => Type === type && name.startsWith(id))
      .map(([name, resource]) => ({ id: name, resource }));
  }
}

/** What stands at `A.0.C`. */
export function get(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, step) => (at as Readonly<Record<string, unknown>> | undefined)?.[step], value);
}

/** Sets what stands at `A.0.C`, or takes it away; the step before must be there, or the mistake would be none. */
export function set(target: Json, path: string, value: unknown): void {
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  const parent = (steps.length === 0 ? target : get(target, steps.join('.'))) as Json | undefined;
  if (parent === undefined) throw new Error(`there is no ${steps.join('.')} to set ${last} in`);
  if (value === undefined && !Object.hasOwn(parent, last))
    throw new Error(`there is no ${path} to take away`);
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else parent[last] = value;
}

/** Rewrites the JSON of a property; one that does not change would be no mistake. */
export function rewrite(target: Json, property: string, search: string, replacement: string): void {
  const before = JSON.stringify(target[property]);
  const after = before.replaceAll(search, replacement);
  if (after === before) throw new Error(`${property} has no ${search}`);
  target[property] = JSON.parse(after);
}

/** Replaces text inside of a property's strings. */
export function replace(target: Json, property: string, search: string, replacement: string): void {
  const [from, to] = [search, replacement].map((text) => JSON.stringify(text).slice(1, -1));
  rewrite(target, property, from ?? '', to ?? '');
}
