/**
 * Evaluates CloudFormation's intrinsic functions.
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
 * An unknown function, a missing logical id or a wrong argument is an error that names stack and path.
 */
import { cidrBlocks } from './cidr.ts';
import type { Scope } from './scope.ts';
import { templateError } from './scope.ts';
import { substitute } from './substitute.ts';
import type { Json, JsonObject } from './template.ts';
import { isObject } from './template.ts';

/** What `AWS::NoValue` evaluates to until the surrounding list or map drops it. */
const NO_VALUE = Symbol('AWS::NoValue');
type Evaluated = Json | typeof NO_VALUE;

/** Evaluates `value` and all within; `path` says where it stands, for messages. `AWS::NoValue` at the top is undefined. */
export function evaluate(value: Json, scope: Scope, path: string): Json | undefined {
  const result = new Evaluator(scope).evaluate(value, path);
  return result === NO_VALUE ? undefined : result;
}

/** Whether the named condition of the scope's stack holds. */
export function conditionHolds(name: string, scope: Scope, path: string): boolean {
  return new Evaluator(scope).condition(name, path);
}

/** `[name, argument]` of an intrinsic call, undefined for ordinary data. */
export function intrinsicCall(value: JsonObject): readonly [string, Json] | undefined {
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0) return undefined;
  return entry[0] === 'Ref' || entry[0].startsWith('Fn::') ? entry : undefined;
}

class Evaluator {
  private readonly scope: Scope;

  constructor(scope: Scope) {
    this.scope = scope;
  }

  evaluate(value: Json, path: string): Evaluated {
    if (Array.isArray(value)) {
      const items = (value as readonly Json[]).map((item, index) => this.evaluate(item, `${path}[${index}]`));
      return items.filter((item) => item !== NO_VALUE);
    }
    if (!isObject(value)) return value;
    const call = intrinsicCall(value);
    if (call !== undefined) return this.call(call[0], call[1], path);
    const entries = Object.entries(value).map(
      ([key, item]) => [key, this.evaluate(item, `${path}.${key}`)] as const,
    );
    return Object.fromEntries(entries.filter(([, item]) => item !== NO_VALUE)) as JsonObject;
  }

  condition(name: string, path: string): boolean {
    const definition = this.scope.conditions[name];
    if (definition === undefined) throw this.error(path, `condition ${name} does not exist in this stack`);
    return this.test(definition, `Conditions.${name}`);
  }

  private call(name: string, argument: Json, path: string): Evaluated {
    const place = `${path}.${name}`;
    switch (name) {
      case 'Ref':
        return argument === 'AWS::NoValue' ? NO_VALUE : this.ref(this.text(argument, place), place);
      case 'Fn::GetAtt':
        return this.getAtt(argument, place);
      case 'Fn::Sub':
        return this.sub(argument, place);
      case 'Fn::Join':
        return this.join(argument, place);
      case 'Fn::Select':
        return this.select(argument, place);
      case 'Fn::Split': {
        const [delimiter, source] = this.pair(argument, place);
        return this.text(source, place).split(this.text(delimiter, place));
      }
      case 'Fn::If':
        return this.choose(argument, place);
      case 'Fn::Equals':
      case 'Fn::And':
      case 'Fn::Or':
      case 'Fn::Not':
        return this.test({ [name]: argument }, path);
      case 'Fn::FindInMap':
        return this.findInMap(argument, place);
      case 'Fn::ImportValue':
        return this.importValue(argument, place);
      case 'Fn::GetStackOutput':
        return this.stackOutput(argument, place);
      case 'Fn::GetAZs':
        return this.scope.availabilityZones;
      case 'Fn::Base64':
        return Buffer.from(this.text(argument, place), 'utf8').toString('base64');
      case 'Fn::Cidr':
        return this.cidr(argument, place);
      default:
        throw templateError(
          this.scope.stack,
          path,
          `intrinsic function ${name} is not known to the runner`,
          'add it to local/template/intrinsics.ts',
        );
    }
  }

  private test(value: Json, path: string): boolean {
    if (typeof value === 'boolean') return value;
    const [name, argument] = isObject(value) ? (Object.entries(value)[0] ?? []) : [];
    const operands = Array.isArray(argument) ? (argument as readonly Json[]) : [];
    switch (name) {
      case 'Condition':
        return this.condition(this.text(argument ?? null, path), path);
      case 'Fn::Equals': {
        const [left, right] = operands.map((operand) =>
          JSON.stringify(this.value(operand, `${path}.${name}`)),
        );
        return left === right;
      }
      case 'Fn::And':
        return operands.every((operand, index) => this.test(operand, `${path}.${name}[${index}]`));
      case 'Fn::Or':
        return operands.some((operand, index) => this.test(operand, `${path}.${name}[${index}]`));
      case 'Fn::Not':
        return !operands.some((operand) => this.test(operand, `${path}.${name}`));
      default:
        throw this.error(path, `${name ?? JSON.stringify(value)} is no condition`);
    }
  }

  private ref(logicalId: string, path: string): Json {
    const found = this.scope.values[logicalId] ?? this.scope.ref(logicalId);
    if (found === undefined) throw this.error(path, `there is no parameter or resource ${logicalId}`);
    return found;
  }

  private getAtt(argument: Json, path: string): Json {
    const [logicalId = '', attribute = ''] =
      typeof argument === 'string'
        ? [argument.slice(0, argument.indexOf('.')), argument.slice(argument.indexOf('.') + 1)]
        : this.pair(argument, path).map((part) => this.text(part, path));
    const found = this.scope.getAtt(logicalId, attribute);
    if (found === undefined)
      throw this.error(path, `there is no attribute ${attribute} of a resource ${logicalId}`);
    return found;
  }

  private sub(argument: Json, path: string): string {
    const [pattern, variables] = Array.isArray(argument) ? this.pair(argument, path) : [argument, {}];
    const own = isObject(variables) ? variables : {};
    return substitute(this.literal(pattern, path), (name) => {
      if (name in own) return this.text(own[name] ?? null, path);
      const dot = name.indexOf('.');
      return this.text(dot < 0 ? this.ref(name, path) : this.getAtt(name, path), path);
    });
  }

  private join(argument: Json, path: string): string {
    const [delimiter, parts] = this.pair(argument, path);
    const list = this.list(parts, path);
    return list
      .map((part, index) => this.text(part, `${path}[1][${index}]`))
      .join(this.literal(delimiter, path));
  }

  private select(argument: Json, path: string): Json {
    const [index, source] = this.pair(argument, path);
    const items = this.list(source, path);
    const item = items[Number(this.text(index, path))];
    if (item === undefined)
      throw this.error(path, `there is no item ${JSON.stringify(index)} in a list of ${items.length}`);
    return item;
  }

  private choose(argument: Json, path: string): Evaluated {
    const [name, whenTrue, whenFalse, ...more] = Array.isArray(argument) ? (argument as readonly Json[]) : [];
    if (typeof name !== 'string' || whenTrue === undefined || whenFalse === undefined || more.length > 0) {
      throw this.error(path, 'needs a condition name and two values');
    }
    return this.condition(name, path)
      ? this.evaluate(whenTrue, `${path}[1]`)
      : this.evaluate(whenFalse, `${path}[2]`);
  }

  private findInMap(argument: Json, path: string): Json {
    const [map, first, second, options] = Array.isArray(argument) ? (argument as readonly Json[]) : [];
    const keys = [map, first, second].map((key) => this.text(key ?? null, path));
    let found: Json | undefined = this.scope.mappings;
    for (const key of keys) found = isObject(found) ? found[key] : undefined;
    if (found === undefined && isObject(options) && options['DefaultValue'] !== undefined) {
      return this.value(options['DefaultValue'], path);
    }
    if (found === undefined) throw this.error(path, `mapping ${keys.join('.')} does not exist`);
    return found;
  }

  private importValue(argument: Json, path: string): Json {
    const name = this.text(argument, path);
    const found = this.scope.importValue(name);
    if (found === undefined) throw this.error(path, `no stack exports ${name}`);
    return found;
  }

  /** CDK's weak cross-stack reference: an output of another stack that need not be exported. */
  private stackOutput(argument: Json, path: string): Json {
    const { StackName, OutputName, Region } = isObject(argument) ? argument : {};
    if (Region !== undefined && this.value(Region, path) !== this.scope.values['AWS::Region']) {
      throw this.error(
        path,
        'the output of a stack in another region cannot be read: the runner has one region',
      );
    }
    const [stack, output] = [this.text(StackName ?? null, path), this.text(OutputName ?? null, path)];
    const found = this.scope.stackOutput(stack, output);
    if (found === undefined) throw this.error(path, `stack ${stack} has no output ${output}`);
    return found;
  }

  private cidr(argument: Json, path: string): Json {
    const [block, count, hostBits] = this.list(argument, path).map((part) => this.text(part, path));
    try {
      return cidrBlocks(block ?? '', Number(count), Number(hostBits));
    } catch (cause) {
      throw this.error(path, cause instanceof Error ? cause.message : String(cause));
    }
  }

  private value(value: Json, path: string): Json {
    const result = this.evaluate(value, path);
    if (result === NO_VALUE) throw this.error(path, 'AWS::NoValue cannot stand here');
    return result;
  }

  private literal(value: Json, path: string): string {
    if (typeof value !== 'string') throw this.error(path, 'needs a literal string');
    return value;
  }

  private text(value: Json, path: string): string {
    const result = this.value(value, path);
    if (typeof result === 'string') return result;
    if (typeof result === 'number' || typeof result === 'boolean') return String(result);
    throw this.error(path, `needs text, not ${Array.isArray(result) ? 'a list' : 'a map'}`);
  }

  private list(value: Json, path: string): readonly Json[] {
    const result = this.value(value, path);
    if (!Array.isArray(result)) throw this.error(path, 'needs a list');
    return result as readonly Json[];
  }

  private pair(value: Json, path: string): readonly [Json, Json] {
    if (Array.isArray(value) && value.length === 2) return value as unknown as readonly [Json, Json];
    throw this.error(path, 'needs exactly two arguments');
  }

  private error(path: string, problem: string): Error {
    return templateError(this.scope.stack, path, problem);
  }
}
