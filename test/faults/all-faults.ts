/** The list, in the order in which it is played: faults that share a lake one after the other. */
import { type Fault, SHARED_LAKES } from './fault.ts';

const FAULTS: readonly Fault[] = [];

const RANK = (fault: Fault): number =>
  typeof fault.lake === 'string' ? SHARED_LAKES.indexOf(fault.lake) : SHARED_LAKES.length;

export const ALL_FAULTS: readonly Fault[] = [...FAULTS].sort(
  (left, right) => RANK(left) - RANK(right) || left.number - right.number,
);
