import { dirname } from 'node:path';

/** Folder of package.json, where lambdas/ and sql/ are. */
export const PROJECT_ROOT = dirname(import.meta.dirname);
