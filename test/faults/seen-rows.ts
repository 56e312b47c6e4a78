/** What a reader of a view may rely on from one answer to the next: a row that it saw once is there once, as it was. */

/** What answers showed otherwise than they must, by rows and answers. */
export interface WatchedView {
  readonly answers: number;
  /** Rows that an earlier answer showed and a later one did not. */
  readonly lost: number;
  /** Rows that an answer showed again. */
  readonly duplicated: number;
  /** Rows that showed other values than before. */
  readonly changed: number;
  /** The first of them, for whoever has to find out why. */
  readonly first: string | undefined;
}

/** A row: where its record stands, and all that it shows. */
export type SeenRow = readonly [coordinates: string, values: string];

export class SeenRows {
  readonly #known = new Map<string, string>();
  #answers = 0;
  #lost = 0;
  #duplicated = 0;
  #changed = 0;
  #first: string | undefined;

  /** How many rows later answers must show. */
  get size(): number {
    return this.#known.size;
  }

  get verdict(): WatchedView {
    return {
      answers: this.#answers,
      lost: this.#lost,
      duplicated: this.#duplicated,
      changed: this.#changed,
      first: this.#first,
    };
  }

  /** Compares an answer with what is known; what it shows newly is known from then on. */
  add(rows: Iterable<SeenRow>): void {
    this.#answers += 1;
    const shown = new Map<string, string>();
    for (const [coordinates, values] of rows) {
      if (shown.has(coordinates)) {
        this.#duplicated += 1;
        this.#note('shown twice', coordinates);
      }
      shown.set(coordinates, values);
    }
    for (const [coordinates, values] of this.#known) {
      const now = shown.get(coordinates);
      if (now === undefined) {
        this.#lost += 1;
        this.#note('missing', coordinates);
      } else if (now !== values) {
        this.#changed += 1;
        this.#note(`${values} became ${now}`, coordinates);
      }
    }
    for (const [coordinates, values] of shown) {
      if (!this.#known.has(coordinates)) this.#known.set(coordinates, values);
    }
  }

  #note(what: string, coordinates: string): void {
    this.#first ??= `answer ${this.#answers}: ${coordinates} ${what}`;
  }
}
