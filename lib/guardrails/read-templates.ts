import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TickerlakeError } from '../../core/errors.ts';
import type { Template } from './deployment.ts';

const SUFFIX = '.template.json';

/**
 * The templates of a folder such as cdk.out, by the name of the stack, which is that of the file.
 * @throws PREREQUISITE_MISSING if there are none
 */
export function readTemplates(folder: string): ReadonlyMap<string, Template> {
  const files = readdirSync(folder).filter((file) => file.endsWith(SUFFIX));
  if (files.length === 0)
    throw new TickerlakeError('PREREQUISITE_MISSING', `${folder} has no ${SUFFIX} files`, {
      hint: 'run `npm run synth` first',
    });
  return readTemplateFiles(files.sort().map((file) => join(folder, file)));
}

export function readTemplateFiles(paths: readonly string[]): ReadonlyMap<string, Template> {
  return new Map(
    paths.map(
      (path) => [basename(path, SUFFIX), JSON.parse(readFileSync(path, 'utf8')) as Template] as const,
    ),
  );
}
