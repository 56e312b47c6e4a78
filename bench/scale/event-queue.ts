/** The clock of a simulation: what was scheduled happens in the order of its time, and of its scheduling where times are equal. */
interface Entry {
  readonly atSeconds: number;
  readonly order: number;
  readonly act: () => void;
}

export class EventQueue {
  nowSeconds = 0;
  readonly #heap: Entry[] = [];
  #scheduled = 0;

  /** Not before now. */
  schedule(atSeconds: number, act: () => void): void {
    const heap = this.#heap;
    heap.push({ atSeconds: Math.max(atSeconds, this.nowSeconds), order: this.#scheduled, act });
    this.#scheduled += 1;
    let place = heap.length - 1;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      if (!this.#isBefore(place, parent)) break;
      this.#swap(place, parent);
      place = parent;
    }
  }

  after(seconds: number, act: () => void): void {
    this.schedule(this.nowSeconds + seconds, act);
  }

  /** Until nothing is left to happen before that time, which it then is. */
  runUntil(endSeconds: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.atSeconds <= endSeconds; next = this.#heap[0]) {
      this.#removeFirst();
      this.nowSeconds = next.atSeconds;
      next.act();
    }
    this.nowSeconds = endSeconds;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let place = 0; ; ) {
      const [left, right] = [2 * place + 1, 2 * place + 2];
      let least = place;
      if (left < heap.length && this.#isBefore(left, least)) least = left;
      if (right < heap.length && this.#isBefore(right, least)) least = right;
      if (least === place) return;
      this.#swap(place, least);
      place = least;
    }
  }

  #isBefore(left: number, right: number): boolean {
    const [a, b] = [this.#heap[left], this.#heap[right]];
    if (a === undefined || b === undefined) return false;
    return a.atSeconds < b.atSeconds || (a.atSeconds === b.atSeconds && a.order < b.order);
  }

  #swap(left: number, right: number): void {
    const [a, b] = [this.#heap[left], this.#heap[right]];
    if (a === undefined || b === undefined) return;
    this.#heap[left] = b;
    this.#heap[right] = a;
  }
}
