import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Assembly, Stack } from '../../../local/template/assembly.ts';
import { plan } from '../../../local/template/plan.ts';
import { parseTemplate } from '../../../local/template/template.ts';

const region = { name: 'us-east-1', account: '123456789012' };

function stack(name: string, document: unknown, dependsOn: readonly string[] = []): Stack {
  return { name, template: parseTemplate(document), dependsOn };
}

function order(...stacks: Stack[]): string[] {
  const assembly: Assembly = { directory: '', stacks, assets: new Map() };
  return plan(assembly, region).resources.map(({ id }) => id);
}

const thing = (properties: unknown = {}, more: object = {}): object => ({
  Type: 'X',
  Properties: properties,
  ...more,
});

describe('the order of resources', () => {
  test('follows Ref, GetAtt, Sub and DependsOn inside a stack', () => {
    const resources = {
      A: thing({ name: { 'Fn::Sub': 'x-${B.Arn}' } }),
      B: thing({ name: { 'Fn::Join': ['', [{ Ref: 'C' }]] } }),
      C: thing({}, { DependsOn: ['D'] }),
      D: thing(),
    };
    expect(order(stack('s', { Resources: resources }))).toEqual(['s/D', 's/C', 's/B', 's/A']);
  });

  test('follows a weak reference through the output of another stack', () => {
    const consumer = stack('consumer', {
      Resources: { A: thing({ n: { 'Fn::GetStackOutput': { StackName: 'producer', OutputName: 'Out' } } }) },
    });
    const producer = stack('producer', {
      Resources: { Free: thing(), B: thing() },
      Outputs: { Out: { Value: { Ref: 'B' } } },
    });
    const ids = order(consumer, producer);
    expect(ids.indexOf('producer/B')).toBeLessThan(ids.indexOf('consumer/A'));
  });

  test('follows an import to its export', () => {
    const consumer = stack('consumer', { Resources: { A: thing({ n: { 'Fn::ImportValue': 'shared' } }) } });
    const producer = stack('producer', {
      Resources: { B: thing() },
      Outputs: { Out: { Value: { Ref: 'B' }, Export: { Name: 'shared' } } },
    });
    expect(order(consumer, producer)).toEqual(['producer/B', 'consumer/A']);
  });

  test('puts a stack after the stacks that a deploy puts first', () => {
    const first = stack('first', { Resources: { B: thing() } });
    expect(order(stack('second', { Resources: { A: thing() } }, ['first']), first)).toEqual([
      'first/B',
      'second/A',
    ]);
  });

  test('leaves out a resource whose condition is false', () => {
    const document = {
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
      Resources: { A: thing({}, { Condition: 'Never' }), B: thing() },
    };
    expect(order(stack('s', document))).toEqual(['s/B']);
  });

  test('has every resource after all that it needs, for any graph without circles', () => {
    const graph = fc.array(fc.array(fc.nat(30), { maxLength: 4 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(graph, (edges) => {
        const resources = edges.map((targets, index) => {
          const refs = targets.filter((target) => target < index).map((target) => ({ Ref: `R${target}` }));
          return [`R${index}`, thing({ refs })] as const;
        });
        const ids = order(stack('s', { Resources: Object.fromEntries(resources.toReversed()) }));
        for (const [index, targets] of edges.entries()) {
          for (const target of targets.filter((other) => other < index)) {
            expect(ids.indexOf(`s/R${target}`)).toBeLessThan(ids.indexOf(`s/R${index}`));
          }
        }
        expect(ids).toHaveLength(edges.length);
      }),
    );
  });
});

describe('a plan that cannot be carried out is refused', () => {
  test('a reference to nothing names its place', () => {
    expect(() => order(stack('s', { Resources: { A: thing({ name: { Ref: 'Nope' } }) } }))).toThrow(
      's/A.Properties.name.Ref: there is no parameter or resource Nope',
    );
  });

  test('an output of a stack that does not exist names its place', () => {
    const value = { 'Fn::GetStackOutput': { StackName: 'gone', OutputName: 'Out' } };
    expect(() => order(stack('s', { Resources: { A: thing({ name: value }) } }))).toThrow(
      'stack gone has no output Out',
    );
  });

  test('a circle names its members', () => {
    const resources = { A: thing({ n: { Ref: 'B' } }), B: thing({ n: { Ref: 'A' } }) };
    expect(() => order(stack('s', { Resources: resources }))).toThrow('s/A -> s/B -> s/A');
  });
});
