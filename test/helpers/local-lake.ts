/** Starts lakes for tests: each in a state folder of its own, from the assembly that a demo would synthesize, or a changed copy of it. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assembliesIn, synthesize } from '../../cli/assembly/synthesize.ts';
import { type StackPart, type Stage, stackName } from '../../core/names.ts';
import { type Lake, type LakeOptions, startLake } from '../../local/lake.ts';
import { type StatePaths, statePaths } from '../../local/state.ts';

/** The synthesized stage; the same directory for as long as nothing that it is made from changes. */
export async function assemblyOf(stage: Stage): Promise<string> {
  const { directory } = await synthesize({
    root: join(import.meta.dirname, '../..'),
    stage,
    cacheDir: assembliesIn(statePaths().folder),
    env: process.env,
    signal: new AbortController().signal,
  });
  return directory;
}

/** A template document as it stands in a file, to be changed. */
export interface EditableTemplate {
  Resources: Record<string, { Type: string; Properties: Record<string, unknown>; DependsOn?: string[] }>;
  Outputs: Record<string, { Value: unknown }>;
}

/** Folders to be removed when the tests of a file are over. */
export class TestFolders {
  private readonly folders: string[] = [];

  create(name: string): string {
    const folder = mkdtempSync(join(tmpdir(), `tickerlake-${name}-`));
    this.folders.push(folder);
    return folder;
  }

  remove(): void {
    for (const folder of this.folders) rmSync(folder, { recursive: true, force: true });
  }
}

/** A copy of an assembly of which `change` changes templates; its bundles are shared with the original. */
export function changedAssembly(
  folders: TestFolders,
  directory: string,
  stage: Stage,
  change: (template: (part: StackPart) => EditableTemplate) => void,
): string {
  const copy = folders.create('assembly');
  cpSync(directory, copy, { recursive: true });
  const opened = new Map<StackPart, EditableTemplate>();
  const file = (part: StackPart): string => join(copy, `${stackName(stage, part)}.template.json`);
  change((part) => {
    const template = opened.get(part) ?? (JSON.parse(readFileSync(file(part), 'utf8')) as EditableTemplate);
    opened.set(part, template);
    return template;
  });
  for (const [part, template] of opened) writeFileSync(file(part), JSON.stringify(template));
  return copy;
}

/** The resource of a type (and of whatever else `is` asks for); exactly one must be there. */
export function theResource(
  template: EditableTemplate,
  type: string,
  is: (properties: Record<string, unknown>) => boolean = () => true,
): { readonly id: string; readonly Properties: Record<string, unknown> } {
  const found = Object.entries(template.Resources).filter(([, r]) => r.Type === type && is(r.Properties));
  const [id, resource] = found[0] ?? [];
  if (id === undefined || resource === undefined || found.length > 1) {
    throw new Error(`${found.length} resources of type ${type}`);
  }
  return { id, Properties: resource.Properties };
}

export function removeResource(template: EditableTemplate, id: string): void {
  template.Resources = Object.fromEntries(Object.entries(template.Resources).filter(([name]) => name !== id));
}

/** Why the lake did not start; one that did start is stopped, and undefined given. */
export async function failureToStart(start: Promise<Lake>): Promise<unknown> {
  let lake: Lake;
  try {
    lake = await start;
  } catch (error) {
    return error;
  }
  await lake.stop();
  return undefined;
}

/** Starts a lake beside whatever else runs on this machine. */
export function startTestLake(
  folders: TestFolders,
  stage: Stage,
  assemblyDir: string,
  more: Partial<LakeOptions> = {},
): Promise<Lake> {
  return startLake({ stage, assemblyDir, state: stateIn(folders.create('state')), ...more });
}

/** Paths of a state folder at another place, with the tools of this checkout. */
export function stateIn(folder: string): StatePaths {
  const run = join(folder, 'run');
  return {
    folder,
    tools: statePaths().tools,
    run,
    logs: join(run, 'logs'),
    runFile: join(run, 'run.json'),
    journal: join(folder, 'processes.json'),
  };
}
