/** Everybody who runs: the rivals, each one program, and us, whose two functions are counted as one. */
import type { Guard } from '../../local/supervisor/index.ts';
import { measureTree, type TreeFigures } from '../harness/process-tree.ts';
import { connectRival } from './connect/rival.ts';
import { flinkRival } from './flink/rival.ts';
import { type OurFigures, ourFiles, runOurs } from './ours/run.ts';
import { pythonRival } from './python/rival.ts';
import type { Rival, Task } from './rival.ts';
import { sparkRival } from './spark/rival.ts';
import { type RivalTools, rivalTools } from './tools.ts';

export const OURS = 'ours';

export interface Contender {
  readonly name: string;
  readonly title: string;
  readonly topics?: (task: Task) => readonly string[];
  readonly run: (guard: Guard, task: Task) => Promise<RunFigures>;
  readonly files: (task: Task) => string;
  readonly volumeColumn: string;
}

export interface RunFigures extends TreeFigures {
  /** Of us only: what makes up the figures, and what the event source took beside them. */
  readonly parts?: OurFigures;
}

const RIVALS: Readonly<Record<string, (tools: RivalTools) => Rival>> = {
  flink: flinkRival,
  spark: sparkRival,
  connect: connectRival,
  python: pythonRival,
};
export const CONTENDER_NAMES: readonly string[] = [...Object.keys(RIVALS), OURS];

const ours: Contender = {
  name: OURS,
  title: 'tickerlake: land-quotes, curate-quotes',
  run: async (guard, task) => {
    const parts = await runOurs(guard, task);
    const { land, curate } = parts;
    return {
      cpuSeconds: land.cpuSeconds + curate.cpuSeconds,
      // As if both were at work at the same moment.
      peakBytes: land.peakBytes + curate.peakBytes,
      wallSeconds: land.wallSeconds + curate.wallSeconds,
      parts,
    };
  },
  files: ourFiles,
  volumeColumn: 'latest_volume',
};

/** @throws TickerlakeError PREREQUISITE_MISSING if a rival is asked for that is not installed */
export function findContenders(names: readonly string[]): readonly Contender[] {
  return names.map((name) => {
    const rival = RIVALS[name]?.(rivalTools());
    if (rival === undefined) return ours;
    return {
      ...rival,
      run: async (guard, task) =>
        measureTree(guard, {
          name,
          ...(await rival.prepare(task)),
          logFile: `${task.folder}/${name}.log`,
          cwd: task.folder,
        }),
    };
  });
}
