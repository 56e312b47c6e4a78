/** The list, in the order in which it is played: faults that share a lake one after the other. */
import { faults as broker } from './broker-faults.ts';
import { faults as catalog } from './catalog-faults.ts';
import { faults as cluster } from './cluster-faults.ts';
import { faults as compaction } from './compaction-faults.ts';
import { faults as curation } from './curation-faults.ts';
import { faults as diversion } from './diversion-faults.ts';
import { faults as events } from './event-faults.ts';
import { type Fault, SHARED_LAKES } from './fault.ts';
import { faults as filtering } from './filtering-faults.ts';
import { faults as landing } from './landing-faults.ts';
import { faults as redelivery } from './redelivery-faults.ts';
import { faults as runtime } from './runtime-faults.ts';
import { faults as schema } from './schema-faults.ts';
import { faults as serving } from './serving-faults.ts';
import { faults as times } from './time-faults.ts';

const FAULTS: readonly Fault[] = [
  ...landing,
  ...redelivery,
  ...diversion,
  ...runtime,
  ...broker,
  ...cluster,
  ...curation,
  ...events,
  ...catalog,
  ...schema,
  ...times,
  ...filtering,
  ...serving,
  ...compaction,
];

const RANK = (fault: Fault): number =>
  typeof fault.lake === 'string' ? SHARED_LAKES.indexOf(fault.lake) : SHARED_LAKES.length;

export const ALL_FAULTS: readonly Fault[] = [...FAULTS].sort(
  (left, right) => RANK(left) - RANK(right) || left.number - right.number,
);

/** Those that take minutes each: all with jobs on Spark but the shortest. */
export const LONG_FAULTS = compaction.slice(1);

/** Whether a fault is played on the shared lake of stage dev and without jobs: about half of all by time, the long ones aside. */
export function isPlainDev(fault: Fault): boolean {
  return fault.lake === 'dev' && !compaction.includes(fault);
}
