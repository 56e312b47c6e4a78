/** What a value in a template refers to, found without evaluating it. */
import { intrinsicCall } from './intrinsics.ts';
import { placeholders } from './substitute.ts';
import type { Json } from './template.ts';
import { isObject } from './template.ts';

export type Reference =
  | { readonly kind: 'name'; readonly name: string; readonly path: string }
  | { readonly kind: 'export'; readonly name: Json; readonly path: string }
  | { readonly kind: 'output'; readonly stack: string; readonly output: string; readonly path: string };

/** Every Ref, Fn::GetAtt, Fn::Sub variable (kind `name`: a logical id or parameter), import and stack output in `value`. */
export function references(value: Json, path: string): Reference[] {
  if (Array.isArray(value)) {
    return (value as readonly Json[]).flatMap((item, index) => references(item, `${path}[${index}]`));
  }
  if (!isObject(value)) return [];
  const call = intrinsicCall(value);
  if (call === undefined)
    return Object.entries(value).flatMap(([key, item]) => references(item, `${path}.${key}`));
  const [name, argument] = call;
  const place = `${path}.${name}`;
  switch (name) {
    case 'Ref':
      return typeof argument === 'string' && !argument.startsWith('AWS::') ? [byName(argument, place)] : [];
    case 'Fn::GetAtt': {
      const target = Array.isArray(argument) ? (argument[0] as Json) : argument;
      return typeof target === 'string' ? [byName(target.split('.')[0] ?? '', place)] : [];
    }
    case 'Fn::Sub':
      return subReferences(argument, place);
    case 'Fn::ImportValue':
      return [{ kind: 'export', name: argument, path: place }, ...references(argument, place)];
    case 'Fn::GetStackOutput': {
      const { StackName: stack, OutputName: output } = isObject(argument) ? argument : {};
      return typeof stack === 'string' && typeof output === 'string'
        ? [{ kind: 'output', stack, output, path: place }]
        : references(argument, place);
    }
    default:
      return references(argument, place);
  }
}

function byName(name: string, path: string): Reference {
  return { kind: 'name', name, path };
}

function subReferences(argument: Json, path: string): Reference[] {
  const [pattern, variables] = Array.isArray(argument) ? (argument as readonly Json[]) : [argument];
  const own = isObject(variables) ? variables : {};
  const names = typeof pattern === 'string' ? placeholders(pattern) : [];
  const outer = names.filter((name) => !(name in own) && !name.startsWith('AWS::'));
  return [...outer.map((name) => byName(name.split('.')[0] ?? '', path)), ...references(own, path)];
}
