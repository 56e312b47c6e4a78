export interface Place {
  readonly root: string;
  /** The state folder. */
  readonly state: string;
  readonly tools: string;
}

export interface Part {
  readonly name: string;
  readonly title: string;
  folder(place: Place): string;
}

export interface Stamp {
  readonly paths: Readonly<Record<string, string>>;
}

export declare const PARTS: ReadonlyMap<string, Part>;
export declare const CHOICES: Readonly<Record<string, readonly string[]>>;
export declare function locate(root: string, env?: NodeJS.ProcessEnv): Place;
export declare function readStamp(part: Part, place: Place): Stamp | undefined;
