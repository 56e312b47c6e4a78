export type Tool = 'node' | 'java' | 'maven' | 'python';

/** One prerequisite: what was found, what is needed, and the command that mends it on this platform. */
export interface Prerequisite {
  readonly tool: Tool;
  readonly name: string;
  readonly ok: boolean;
  /** The version found, fit or not. */
  readonly found: string | undefined;
  readonly needed: string;
  /** What is wrong, as part of a sentence; undefined when all is well. */
  readonly problem: string | undefined;
  readonly fix: string;
  /** Full paths of the programs, when all is well. */
  readonly paths: Readonly<Record<string, string>>;
}

export declare function findCommand(name: string, path?: string): string | undefined;
export declare function isAtLeast(version: string, minimum: readonly number[]): boolean;
export declare function installHint(tool: Tool): string;
export declare function checkNode(version?: string): Prerequisite;
export declare function checkJava(env?: NodeJS.ProcessEnv): Promise<Prerequisite>;
export declare function checkMaven(env?: NodeJS.ProcessEnv): Promise<Prerequisite>;
export declare function checkPython(env?: NodeJS.ProcessEnv): Promise<Prerequisite>;
