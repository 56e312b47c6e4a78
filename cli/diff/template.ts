import { PROJECT, STAGES, type Stage } from '../../core/names.ts';

/** A resource as a template states it; of what stands in it only that which a deployment acts on. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<
    Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: unknown } }>
  >;
}

/** One stack of one side of a comparison. */
export interface StackTemplate {
  /** `tickerlake-dev-lake` */
  readonly name: string;
  readonly template: Template;
  /** From the assembly's manifest; undefined where a template came without one. */
  readonly isProtected?: boolean | undefined;
}

/** One side of a comparison. */
export interface Side {
  readonly stacks: readonly StackTemplate[];
  /** Whether a stack that is not there is one that the app does not have; false of single templates. */
  readonly isWhole: boolean;
}

/** The stage and the part of a stack of this app, `tickerlake-dev-lake`; the name itself as part of any other. */
export function partOf(stackName: string): { readonly stage: Stage | undefined; readonly part: string } {
  for (const stage of STAGES) {
    const prefix = `${PROJECT}-${stage}-`;
    if (stackName.startsWith(prefix)) return { stage, part: stackName.slice(prefix.length) };
  }
  return { stage: undefined, part: stackName };
}
