/** One resource to provision, with its properties evaluated, and typed readers that name what is wrong. */
import { createHash } from 'node:crypto';
import { TickerlakeError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../template/template.ts';
import { isObject } from '../template/template.ts';

export interface ResourceIdentity {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  /** Where its author wrote it, for messages. */
  readonly constructPath: string | undefined;
}

export class ResourceRequest {
  readonly identity: ResourceIdentity;
  readonly properties: JsonObject;

  constructor(identity: ResourceIdentity, properties: JsonObject) {
    this.identity = identity;
    this.properties = properties;
  }

  /** `stack/LogicalId` */
  get place(): string {
    return `${this.identity.stack}/${this.identity.logicalId}`;
  }

  /** The given name, or one such as CloudFormation makes: stack, logical id and a hash that is the same in every run. */
  physicalName(property: string, maxLength = 64): string {
    const given = this.properties[property];
    if (given !== undefined) return this.text(property);
    const { stack, logicalId } = this.identity;
    const suffix = createHash('sha256').update(`${stack}/${logicalId}`).digest('hex').slice(0, 12);
    return `${`${stack}-${logicalId}`.slice(0, maxLength - 13)}-${suffix}`;
  }

  /** A hexadecimal identity of `length` digits that is the same in every run. */
  identifier(length: number): string {
    const { stack, logicalId, type } = this.identity;
    return createHash('sha256').update(`${type}/${stack}/${logicalId}`).digest('hex').slice(0, length);
  }

  text(property: string): string {
    const value = this.properties[property];
    if (typeof value === 'string' && value !== '') return value;
    throw this.error(property, `needs text, got ${describe(value)}`);
  }

  optionalText(property: string): string | undefined {
    return this.properties[property] === undefined ? undefined : this.text(property);
  }

  number(property: string, fallback?: number): number {
    const value = this.properties[property];
    if (value === undefined && fallback !== undefined) return fallback;
    const number = typeof value === 'string' && value !== '' ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number)) return number;
    throw this.error(property, `needs a number, got ${describe(value)}`);
  }

  optionalNumber(property: string): number | undefined {
    return this.properties[property] === undefined ? undefined : this.number(property);
  }

  flag(property: string, fallback: boolean): boolean {
    const value = this.properties[property];
    if (value === undefined) return fallback;
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    throw this.error(property, `needs true or false, got ${describe(value)}`);
  }

  object(property: string): JsonObject {
    const value = this.properties[property];
    if (isObject(value)) return value;
    throw this.error(property, `needs a map, got ${describe(value)}`);
  }

  optionalObject(property: string): JsonObject | undefined {
    return this.properties[property] === undefined ? undefined : this.object(property);
  }

  list(property: string): readonly Json[] {
    const value = this.properties[property] ?? [];
    if (Array.isArray(value)) return value as readonly Json[];
    throw this.error(property, `needs a list, got ${describe(value)}`);
  }

  texts(property: string): readonly string[] {
    return this.list(property).map((item) => {
      if (typeof item === 'string') return item;
      throw this.error(property, `needs a list of text, got ${describe(item)} in it`);
    });
  }

  objects(property: string): readonly JsonObject[] {
    return this.list(property).map((item) => {
      if (isObject(item)) return item;
      throw this.error(property, `needs a list of maps, got ${describe(item)} in it`);
    });
  }

  /** The same readers over a nested map, for messages with the whole path. */
  within(property: string): ResourceRequest {
    return new ResourceRequest(
      { ...this.identity, logicalId: `${this.identity.logicalId}.${property}` },
      this.optionalObject(property) ?? {},
    );
  }

  /** The same readers over each map of a list. */
  items(property: string): readonly ResourceRequest[] {
    return this.objects(property).map((item, index) => {
      const logicalId = `${this.identity.logicalId}.${property}[${index}]`;
      return new ResourceRequest({ ...this.identity, logicalId }, item);
    });
  }

  /** Says that the property cannot be provisioned, and why. */
  error(property: string, problem: string, hint?: string): TickerlakeError {
    const { stack, logicalId, type } = this.identity;
    return new TickerlakeError('RESOURCE_FAILED', `${stack}/${logicalId} (${type}): ${property} ${problem}`, {
      coordinates: { stack, resource: logicalId, property },
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

function describe(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : JSON.stringify(value);
}
