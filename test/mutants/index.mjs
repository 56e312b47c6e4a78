// Deliberate breaks, and the tests that must notice each. `find` stands exactly once in its file.
// Tests: a jest path, with `-t` and a name if not all of it is meant; `pytest` and a name, of the jobs' scripts; or `schedules`:
// some hundred of the whole path.
import { compacting } from './compacting.mjs';
import { curating } from './curating.mjs';
import { landing } from './landing.mjs';
import { requesting } from './requesting.mjs';
import { running } from './running.mjs';
import { speedPath } from './speed-path.mjs';

export const MUTANTS = [...landing, ...curating, ...requesting, ...running, ...speedPath, ...compacting];
