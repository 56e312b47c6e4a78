/**
 * Templates as plain values: intrinsic functions become text in which a reference is `${part/LogicalId.Attribute}`, in whichever
 * stack the resource is, and hashes of code are masked. Two values that mean the same are then equal.
 */
import { partOf, type StackTemplate } from './template.ts';

/** JSON without intrinsic functions. */
export type Plain = string | number | boolean | null | readonly Plain[] | PlainObject;
export interface PlainObject {
  readonly [key: string]: Plain;
}

/** A reference to a resource in plain text; groups: its address, its attribute. */
const REFERENCE = /\$\{([\w-]+\/\w+)(?:\.([\w.]+))?\}/g;

/** Addresses of the resources that a text refers to. */
export function referencesIn(text: string): readonly string[] {
  return [...text.matchAll(REFERENCE)].map(([, address = '']) => address);
}

/** The text with references to renamed resources under their new addresses. */
export function withRenames(value: Plain, renames: ReadonlyMap<string, string>): Plain {
  if (renames.size === 0) return value;
  return mapStrings(value, (text) =>
    text.replaceAll(REFERENCE, (whole, address: string) =>
      renames.has(address) ? whole.replace(address, renames.get(address) ?? address) : whole,
    ),
  );
}

/** The SHA-256 by which CDK names an asset's file. */
const CODE_HASH = /(?<![0-9a-f])[0-9a-f]{64}(?=\.\w+$)/g;

/** Hashes of the code that a value names. */
export function codeHashes(value: Plain): readonly string[] {
  const found: string[] = [];
  mapStrings(value, (text) => {
    found.push(...(text.match(CODE_HASH) ?? []));
    return text;
  });
  return found.sort();
}

/** The value without hashes of code: other code is no other resource. */
export function maskCode(value: Plain): Plain {
  return mapStrings(value, (text) => text.replaceAll(CODE_HASH, '<code>'));
}

function mapStrings(value: Plain, map: (text: string) => string): Plain {
  if (typeof value === 'string') return map(value);
  if (isList(value)) return value.map((item) => mapStrings(item, map));
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, map)]));
  }
  return value;
}

export function isList(value: Plain | undefined): value is readonly Plain[] {
  return Array.isArray(value);
}

export function isObject(value: Plain | undefined): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a property that takes one value or a list of them holds. */
export function listOf(value: Plain | undefined): readonly Plain[] {
  if (value === undefined || value === null) return [];
  return isList(value) ? value : [value];
}

/** The value under a path of keys; undefined where there is none. */
export function at(value: Plain | undefined, ...path: readonly string[]): Plain | undefined {
  return path.reduce<Plain | undefined>((found, key) => (isObject(found) ? found[key] : undefined), value);
}

/** One text for all values that mean the same: keys sorted, and lists of plain texts, whose order AWS does not keep. */
export function canonical(value: Plain | undefined): string {
  if (isList(value)) {
    const items = value.map(canonical);
    const isSet = value.every((item) => typeof item === 'string');
    return `[${(isSet ? items.sort() : items).join(',')}]`;
  }
  if (isObject(value)) {
    const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
  }
  return value === undefined ? 'undefined' : JSON.stringify(value);
}

/** A value as text: a text as it stands. */
export function plainText(value: Plain | undefined): string {
  return typeof value === 'string' ? value : canonical(value);
}

/** Makes values of one stack plain. Outputs of other stacks are followed to the resource that they tell of. */
export class Plainer {
  readonly #stack: StackTemplate;
  readonly #others: readonly StackTemplate[];
  readonly #part: string;

  constructor(stack: StackTemplate, others: readonly StackTemplate[]) {
    this.#stack = stack;
    this.#others = others;
    this.#part = partOf(stack.name).part;
  }

  plain(value: unknown): Plain {
    if (Array.isArray(value)) return value.map((item) => this.plain(item));
    if (typeof value !== 'object' || value === null) {
      return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? value
        : null;
    }
    const entries = Object.entries(value);
    const [[name, argument] = ['', undefined]] = entries;
    if (entries.length === 1 && (name === 'Ref' || name === 'Condition' || name.startsWith('Fn::'))) {
      const text = this.#intrinsic(name, argument);
      if (text !== undefined) return text;
    }
    return Object.fromEntries(
      entries.filter(([, item]) => item !== undefined).map(([key, item]) => [key, this.plain(item)]),
    );
  }

  /** Text of a function's value; undefined where what looks like one is none, such as a policy's Condition. */
  #intrinsic(name: string, argument: unknown): Plain | undefined {
    switch (name) {
      case 'Ref':
        return typeof argument === 'string' ? this.#reference(argument) : undefined;
      case 'Fn::GetAtt': {
        const [id = '', ...attribute] = Array.isArray(argument)
          ? argument.map(String)
          : String(argument).split('.');
        return `\${${this.#part}/${id}.${attribute.join('.')}}`;
      }
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, unknown];
        return Array.isArray(parts)
          ? parts.map((part) => this.#text(part)).join(separator)
          : this.#opaque(name, argument);
      }
      case 'Fn::Sub':
        return this.#substitute(argument);
      case 'Fn::GetStackOutput': {
        const { StackName: stack, OutputName: output } = argument as {
          StackName?: unknown;
          OutputName?: unknown;
        };
        return this.#output(String(stack), String(output));
      }
      case 'Fn::ImportValue':
        return this.#imported(this.#text(argument));
      case 'Condition':
        return undefined;
      default:
        return this.#opaque(name, argument);
    }
  }

  /** A function that only AWS can work out: the same text for the same arguments. */
  #opaque(name: string, argument: unknown): string {
    return `<${name.replace('Fn::', '')} ${canonical(this.plain(argument))}>`;
  }

  #text(value: unknown): string {
    return plainText(this.plain(value));
  }

  #reference(id: string): string {
    return id.startsWith('AWS::') ? `\${${id}}` : `\${${this.#part}/${id}}`;
  }

  #substitute(argument: unknown): string {
    const [text, variables] = (Array.isArray(argument) ? argument : [argument, {}]) as [
      string,
      Readonly<Record<string, unknown>>,
    ];
    return text.replaceAll(/\$\{(!?)([^}]+)\}/g, (_whole, literal: string, name: string) => {
      if (literal !== '') return `\${${name}}`;
      if (Object.hasOwn(variables, name)) return this.#text(variables[name]);
      return name.startsWith('AWS::') ? `\${${name}}` : `\${${this.#part}/${name}}`;
    });
  }

  #output(stackName: string, outputName: string): string {
    const stack = this.#others.find(({ name }) => name === stackName);
    const output = stack?.template.Outputs?.[outputName];
    if (stack !== undefined && output !== undefined) return this.#in(stack).#text(output.Value);
    // Of a template without the others: CDK's names of outputs tell of the resource, so the same name is the same value.
    return `<output ${partOf(stackName).part} ${outputName}>`;
  }

  #imported(exportName: string): string {
    for (const stack of this.#others) {
      const there = this.#in(stack);
      const found = Object.values(stack.template.Outputs ?? {}).find(
        (output) => output.Export !== undefined && there.#text(output.Export.Name) === exportName,
      );
      if (found !== undefined) return there.#text(found.Value);
    }
    return `<import ${exportName}>`;
  }

  #in(stack: StackTemplate): Plainer {
    return stack === this.#stack ? this : new Plainer(stack, this.#others);
  }
}
