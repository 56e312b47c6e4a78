import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { readAssembly } from '../../../local/template/assembly.ts';

const folder = mkdtempSync(join(tmpdir(), 'assembly-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Writes an assembly and gives its folder. */
function assembly(name: string, files: Readonly<Record<string, unknown>>): string {
  for (const [file, content] of Object.entries(files)) {
    const path = join(folder, name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return join(folder, name);
}

const stackArtifact = (templateFile: string, more: object = {}): object => ({
  type: 'aws:cloudformation:stack',
  properties: { templateFile },
  ...more,
});

describe('a cloud assembly', () => {
  test('gives its stacks with what is deployed before each, and assets by object key', () => {
    const directory = assembly('plain', {
      'manifest.json': {
        artifacts: {
          'First.assets': { type: 'cdk:asset-manifest', properties: { file: 'First.assets.json' } },
          First: stackArtifact('First.template.json'),
          Second: stackArtifact('Second.template.json', { dependencies: ['First', 'First.assets'] }),
          Tree: { type: 'cdk:tree' },
        },
      },
      'First.template.json': { Resources: { A: { Type: 'X' } } },
      'Second.template.json': {},
      'First.assets.json': {
        files: {
          abc: {
            source: { path: 'asset.abc', packaging: 'zip' },
            destinations: { current: { bucketName: 'b', objectKey: 'abc.zip' } },
          },
        },
      },
    });
    const { stacks, assets } = readAssembly(directory);
    expect(stacks.map(({ name, dependsOn }) => [name, dependsOn])).toEqual([
      ['First', []],
      ['Second', ['First']],
    ]);
    expect(stacks[0]?.template.Resources).toEqual({ A: { Type: 'X' } });
    expect(stacks[1]?.template.Resources).toEqual({});
    expect(assets.get('abc.zip')).toEqual({
      objectKey: 'abc.zip',
      path: join(directory, 'asset.abc'),
      packaging: 'zip',
    });
  });

  test('may hold others', () => {
    const directory = assembly('nested', {
      'manifest.json': {
        artifacts: { Stage: { type: 'cdk:cloud-assembly', properties: { directoryName: 'assembly-Stage' } } },
      },
      'assembly-Stage/manifest.json': { artifacts: { Inner: stackArtifact('Inner.template.json') } },
      'assembly-Stage/Inner.template.json': { Resources: {} },
    });
    expect(readAssembly(directory).stacks.map(({ name }) => name)).toEqual(['Inner']);
  });

  test.each([
    ['is not there', 'absent', {}, 'cannot be read as JSON'],
    ['is cut off', 'cut', { 'manifest.json': '{"artifacts":' }, 'cannot be read as JSON'],
    ['holds no stack', 'empty', { 'manifest.json': { artifacts: {} } }, 'holds no stack'],
  ])('that %s is an error with what to do', (_case, name, files, message) => {
    const directory = assembly(name, files);
    expect(() => readAssembly(directory)).toThrow(
      expect.objectContaining({
        code: 'TEMPLATE_UNSUPPORTED',
        message: expect.stringContaining(message),
        hint: 'synthesize again: npm run synth',
      }),
    );
  });
});
