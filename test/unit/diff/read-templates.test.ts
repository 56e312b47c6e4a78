/** Templates from wherever a person has them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readTemplates } from '../../../cli/diff/read-templates.ts';
import { compare, side } from './compared.ts';

const TEMPLATE = {
  Resources: {
    Raw: {
      Type: 'AWS::S3::Bucket',
      Metadata: { 'aws:cdk:path': 'tickerlake-dev-lake/Storage/Raw/Resource' },
    },
  },
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tickerlake-read-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('an assembly tells which stacks there are, and which are protected', async () => {
  write('lake.json', TEMPLATE);
  write('manifest.json', {
    artifacts: {
      'tickerlake-dev-lake': {
        type: 'aws:cloudformation:stack',
        properties: { templateFile: 'lake.json', terminationProtection: true },
      },
      'tickerlake-dev-lake.assets': { type: 'cdk:asset-manifest', properties: { file: 'x' } },
    },
  });
  expect(await readTemplates(folder)).toEqual({
    isWhole: true,
    stacks: [{ name: 'tickerlake-dev-lake', template: TEMPLATE, isProtected: true }],
  });
});

test.each([
  ['a template under its own name', 'tickerlake-dev-lake.template.json', { Resources: {} }],
  ['a template under any name', 'any.json', TEMPLATE],
  ['what get-template prints', 'any.json', { TemplateBody: TEMPLATE, StagesAvailable: ['Original'] }],
  ['what get-template prints of a text', 'any.json', { TemplateBody: JSON.stringify(TEMPLATE) }],
])('%s is known by its stack', async (_case, name, content) => {
  const { stacks, isWhole } = await readTemplates(write(name, content));
  expect({ isWhole, names: stacks.map((stack) => stack.name) }).toEqual({
    isWhole: false,
    names: ['tickerlake-dev-lake'],
  });
});

test('a folder of templates has those stacks', async () => {
  write('tickerlake-dev-lake.template.json', TEMPLATE);
  write('tickerlake-dev-query.template.json', { Resources: {} });
  const { stacks } = await readTemplates(folder);
  expect(stacks.map(({ name }) => name)).toEqual(['tickerlake-dev-lake', 'tickerlake-dev-query']);
});

test.each([
  ['YAML', 'a.json', 'Resources: {}', /is not JSON/],
  ['something else', 'a.json', { a: 1 }, /has no Resources/],
  ['a template of nobody knows what', 'a.json', { Resources: { A: { Type: 'B' } } }, /which stack/],
])('%s is refused', async (_case, name, content, message) => {
  await expect(readTemplates(write(name, content))).rejects.toThrow(message);
});

test('an empty folder is refused', async () => {
  await expect(readTemplates(folder)).rejects.toThrow(/neither a manifest.json nor a template/);
});

test('a single template is compared with its stack alone, and follows outputs of the others', () => {
  const output = { 'Fn::GetStackOutput': { StackName: 'tickerlake-dev-lake', OutputName: 'Raw' } };
  const query = side({ 'query/Group': { Type: 'AWS::SQS::Queue', Properties: { Name: output } } });
  const [lake] = side({ 'lake/Raw': { Type: 'AWS::S3::Bucket' } }).stacks;
  if (lake === undefined) throw new Error('no stack');
  const outputs = { Raw: { Value: { Ref: 'Raw' } } };
  const whole = {
    isWhole: true,
    stacks: [...query.stacks, { ...lake, template: { ...lake.template, Outputs: outputs } }],
  };
  expect(compare({ ...query, isWhole: false }, whole)).toEqual({ findings: [], changes: [] });
});
