/** The local AWS endpoint: see types.ts for what can be said to it. */
export type * from './types.ts';
