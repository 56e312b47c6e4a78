/** A stage's templates as the cost model reads them: a flat list of resources. */
import { TickerlakeError } from '../../core/errors.ts';
import type { Stack } from '../../local/template/assembly.ts';
import { isObject, type JsonObject } from '../../local/template/template.ts';

export interface Resource {
  readonly stack: string;
  /** Logical id. */
  readonly id: string;
  readonly type: string;
  readonly properties: JsonObject;
}

export function resourcesOf(stacks: readonly Pick<Stack, 'name' | 'template'>[]): Resource[] {
  return stacks.flatMap(({ name, template }) =>
    Object.entries(template.Resources).map(([id, { Type, Properties = {} }]) => ({
      stack: name,
      id,
      type: Type,
      properties: Properties,
    })),
  );
}

export function ofType(resources: readonly Resource[], ...types: readonly string[]): Resource[] {
  return resources.filter(({ type }) => types.includes(type));
}

/** The value at a path of properties, undefined where one of them is not there. */
export function valueAt(resource: Resource, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (isObject(value) ? value[name] : undefined),
    resource.properties,
  );
}

export function textAt(resource: Resource, ...path: readonly string[]): string | undefined {
  const value = valueAt(resource, ...path);
  return typeof value === 'string' ? value : undefined;
}

export function isSet(resource: Resource, ...path: readonly string[]): boolean {
  const value = valueAt(resource, ...path);
  return value === true || value === 'true';
}

export function listAt(resource: Resource, ...path: readonly string[]): readonly unknown[] {
  const value = valueAt(resource, ...path);
  return Array.isArray(value) ? value : [];
}

/** A number, also where CloudFormation takes it as text. @throws TickerlakeError TEMPLATE_UNSUPPORTED */
export function numberAt(resource: Resource, ...path: readonly string[]): number {
  const value = optionalNumberAt(resource, ...path);
  if (value !== undefined) return value;
  throw new TickerlakeError(
    'TEMPLATE_UNSUPPORTED',
    `${resource.stack}/${resource.id} (${resource.type}) has no number ${path.join('.')}`,
    { hint: 'teaching cli/cost how this resource says it' },
  );
}

export function optionalNumberAt(resource: Resource, ...path: readonly string[]): number | undefined {
  const value = valueAt(resource, ...path);
  if (value === undefined || value === null || value === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** The logical id that a Ref or Fn::GetAtt points to. */
export function targetOf(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  const { Ref: ref, 'Fn::GetAtt': attribute } = value;
  if (typeof ref === 'string') return ref;
  const id = Array.isArray(attribute) ? (attribute as readonly unknown[])[0] : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** The resource of the same stack that a property points to. */
export function resourceAt(
  resources: readonly Resource[],
  from: Resource,
  ...path: readonly string[]
): Resource | undefined {
  const id = targetOf(valueAt(from, ...path));
  return resources.find((each) => each.stack === from.stack && each.id === id);
}
