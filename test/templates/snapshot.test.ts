/**
 * Each stage whole, and the dashboard that it may have, a line a property, so that a change of the templates is seen for what it is in review. Hashes of assets are
 * masked; tags, policies, columns and saved queries are left out, since tests of their own state them.
 */
import { expect, test } from '@jest/globals';
import { STAGES } from '../../core/names.ts';
import { readable } from '../helpers/readable.ts';
import type { Synthesis } from './synthesize.ts';
import { allResources, synthesize, WITH_DASHBOARD } from './synthesize.ts';

const lakes = { dev: synthesize('dev'), prod: synthesize('prod') };
const withDashboard = {
  dev: synthesize('dev', { overrides: WITH_DASHBOARD }),
  prod: synthesize('prod', { overrides: WITH_DASHBOARD }),
};

const TYPES_STATED_ELSEWHERE = new Set([
  'AWS::IAM::Policy',
  'AWS::IAM::ManagedPolicy',
  'AWS::Athena::NamedQuery',
  'AWS::Athena::PreparedStatement',
  // It has the definition of the dashboard.
  'AWS::QuickSight::Analysis',
]);
const STATED_ELSEWHERE = new Set(['Tags', 'Columns', 'avro.schema.literal', 'SchemaDefinition']);

test.each(STAGES)('stage %s', (stage) => {
  expect(linesOf(lakes[stage])).toMatchSnapshot();
});

test.each(STAGES)('the dashboard of stage %s', (stage) => {
  expect(linesOf(withDashboard[stage], (id) => id.startsWith('dashboard/'))).toMatchSnapshot();
});

function linesOf(lake: Synthesis, isShown = (_id: string): boolean => true): Record<string, string[]> {
  const resources = [...allResources(lake)]
    .filter(([id, { Type }]) => isShown(id) && !TYPES_STATED_ELSEWHERE.has(Type))
    .map(([id, { Type, Properties = {} }]) => [`${id} ${Type}`, propertyLines(Properties)] as const);
  return Object.fromEntries(resources);
}

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
