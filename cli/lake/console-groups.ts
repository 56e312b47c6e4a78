/** Beginning of the names of the console's consumer groups: they read what its pages show, and commit nothing. */
export const CONSOLE_GROUPS = 'tickerlake-console-';
