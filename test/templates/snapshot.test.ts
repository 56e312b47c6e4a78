/**
 * Each stage whole, a line a property, so that a change of the templates is seen for what it is in review. Hashes of assets are
 * masked; tags, policies of roles, columns and named queries are left out, since tests of their own state them.
 */
import { expect, test } from '@jest/globals';
import { STAGES } from '../../core/names.ts';
import { allResources, readable, synthesize } from './synthesize.ts';

const lakes = { dev: synthesize('dev'), prod: synthesize('prod') };

const STATED_ELSEWHERE = new Set(['Tags', 'Columns', 'avro.schema.literal', 'SchemaDefinition']);

test.each(STAGES)('stage %s', (stage) => {
  const resources = [...allResources(lakes[stage])]
    .filter(([, { Type }]) => !['AWS::IAM::Policy', 'AWS::Athena::NamedQuery'].includes(Type))
    .map(([id, { Type, Properties = {} }]) => [`${id} ${Type}`, propertyLines(Properties)]);
  expect(Object.fromEntries(resources)).toMatchSnapshot();
});

function propertyLines(value: object, path = ''): string[] {
  return Object.entries(value).flatMap(([name, item]: [string, unknown]) => {
    if (STATED_ELSEWHERE.has(name)) return [];
    const place = path === '' ? name : `${path}.${name}`;
    if (typeof item === 'object' && item !== null && !isIntrinsic(item)) return propertyLines(item, place);
    return [`${place}: ${readable(item).replaceAll(/\b[0-9a-f]{64}\b/g, '<hash>')}`];
  });
}

function isIntrinsic(value: object): boolean {
  const [name = '', ...more] = Object.keys(value);
  return more.length === 0 && (name === 'Ref' || name.startsWith('Fn::'));
}
