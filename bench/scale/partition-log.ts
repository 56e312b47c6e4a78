/** One Kafka partition: how many records stood in it at each tick, and how far they were handed over. */
import { mixKeys, Random } from '../../core/random.ts';

export const TICK_SECONDS = 0.1;
/** Above it a Poisson draw is a normal one. */
const MANY = 30;

export class PartitionLog {
  readonly partition: number;
  /** Offset of the next record that a poller has not taken. */
  taken = 0;
  /** Whether an invocation holds records of it: until it ends, no other may. */
  isBusy = false;
  /** Records at the end of each tick. */
  readonly #ends: Float64Array;

  constructor(partition: number, recordsPerSecond: number, seconds: number, seed: number) {
    this.partition = partition;
    const ticks = Math.ceil(seconds / TICK_SECONDS);
    const random = new Random(mixKeys(seed, partition));
    this.#ends = new Float64Array(ticks);
    let records = 0;
    for (let tick = 0; tick < ticks; tick += 1) {
      records += poisson(recordsPerSecond * TICK_SECONDS, random);
      this.#ends[tick] = records;
    }
  }

  /** Offset behind the last record at a time. */
  endAt(seconds: number): number {
    const ticks = Math.min(Math.floor(seconds / TICK_SECONDS + 1e-9), this.#ends.length);
    return ticks === 0 ? 0 : (this.#ends[ticks - 1] ?? 0);
  }

  get end(): number {
    return this.#ends.at(-1) ?? 0;
  }

  /** When a record came. */
  cameAt(offset: number): number {
    return (this.#tickOf(offset) + 1) * TICK_SECONDS;
  }

  /** Seconds that records waited until a time, summed over all of them. @param to behind the last */
  waited(from: number, to: number, untilSeconds: number): number {
    let sum = 0;
    let next = from;
    for (let tick = this.#tickOf(from); next < to; tick += 1) {
      const end = Math.min(this.#ends[tick] ?? to, to);
      sum += (end - next) * (untilSeconds - (tick + 1) * TICK_SECONDS);
      next = end;
    }
    return sum;
  }

  #tickOf(offset: number): number {
    let [low, high] = [0, this.#ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ends[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function poisson(mean: number, random: Random): number {
  if (mean > MANY) return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()));
  const least = Math.exp(-mean);
  let drawn = 0;
  for (let product = random.uniform(); product > least; product *= random.uniform()) drawn += 1;
  return drawn;
}
