/** What is put off, of which the most promising is taken first; of equals, what was put off last. */

interface Entry<Item> {
  readonly item: Item;
  readonly promise: number;
  readonly order: number;
}

export class Agenda<Item> {
  /** A heap: none is more promising than the one at half its place. */
  readonly #heap: Entry<Item>[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  put(item: Item, promise: number): void {
    this.#order += 1;
    const entry = { item, promise, order: this.#order };
    let place = this.#heap.push(entry) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = this.#heap[above];
      if (other === undefined || isBefore(other, entry)) break;
      this.#heap[place] = other;
      place = above;
    }
    this.#heap[place] = entry;
  }

  take(): Item | undefined {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
    return first?.item;
  }

  /** From the top, whose own entry is gone. */
  #sink(entry: Entry<Item>): void {
    let place = 0;
    for (;;) {
      const below = this.#firstBelow(place);
      const other = this.#heap[below];
      if (other === undefined || isBefore(entry, other)) break;
      this.#heap[place] = other;
      place = below;
    }
    this.#heap[place] = entry;
  }

  #firstBelow(place: number): number {
    const [left, right] = [this.#heap[2 * place + 1], this.#heap[2 * place + 2]];
    const isRight = left !== undefined && right !== undefined && isBefore(right, left);
    return 2 * place + (isRight ? 2 : 1);
  }
}

function isBefore(a: Entry<unknown>, b: Entry<unknown>): boolean {
  return a.promise === b.promise ? a.order > b.order : a.promise > b.promise;
}
