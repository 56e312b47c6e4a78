/** Names that a stack gives and a person or a handler types: one place, so that both sides agree. */

export const STAGES = ['dev', 'prod'] as const;
export type Stage = (typeof STAGES)[number];

export function isStage(value: string): value is Stage {
  return (STAGES as readonly string[]).includes(value);
}

export const PROJECT = 'tickerlake';

export const STACKS = ['network', 'stream', 'lake', 'pipeline', 'query'] as const;
export type StackPart = (typeof STACKS)[number];

export const FUNCTIONS = [
  'produce-quotes',
  'land-quotes',
  'curate-quotes',
  'request-curation',
  'manage-topics',
  'manage-views',
] as const;
export type FunctionPart = (typeof FUNCTIONS)[number];

/** `tickerlake-dev-network` */
export function stackName(stage: Stage, part: StackPart): string {
  return `${PROJECT}-${stage}-${part}`;
}

/** `tickerlake-dev-land-quotes` */
export function functionName(stage: Stage, part: FunctionPart): string {
  return `${PROJECT}-${stage}-${part}`;
}

/** Glue and Athena allow no hyphen in a database name: `tickerlake_dev`. */
export function databaseName(stage: Stage): string {
  return `${PROJECT}_${stage}`;
}

/** Glue Schema Registry: `tickerlake-dev` */
export function registryName(stage: Stage): string {
  return `${PROJECT}-${stage}`;
}

/** Athena workgroup: `tickerlake-dev-analysts` */
export function workgroupName(stage: Stage, audience: 'analysts'): string {
  return `${PROJECT}-${stage}-${audience}`;
}

/** Tables and view of one topic's data in the lake's database. */
export function tableNames(topic: string): {
  readonly raw: string;
  readonly quarantine: string;
  readonly curated: string;
  readonly view: string;
} {
  return { raw: `${topic}_raw`, quarantine: `${topic}_quarantine`, curated: `${topic}_curated`, view: topic };
}
