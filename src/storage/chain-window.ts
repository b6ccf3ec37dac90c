/**
 * Which chain records are kept: those of at least the last `keepBytes` of log. They are deleted
 * oldest first, by the batches that follow.
 */
export class ChainWindow {
  readonly #keepBytes: number;
  /** The log bytes of each kept batch, from `#oldest` on; those before `#head` are gone. */
  #sizes: number[] = [];
  #head = 0;
  #bytes = 0;
  #oldest: number;

  constructor(keepBytes: number, oldest: number) {
    this.#keepBytes = keepBytes;
    this.#oldest = oldest;
  }

  /** The lowest sequence that is kept. */
  get oldest(): number {
    return this.#oldest;
  }

  add(logBytes: number): void {
    this.#sizes.push(logBytes);
    this.#bytes += logBytes;
  }

  /** Forgets the batches that the window does not need, and returns their sequences. */
  shrink(): readonly number[] {
    const dropped: number[] = [];
    for (;;) {
      const size = this.#sizes[this.#head];
      if (size === undefined || this.#bytes - size < this.#keepBytes) break;
      this.#bytes -= size;
      this.#head += 1;
      dropped.push(this.#oldest);
      this.#oldest += 1;
    }
    if (this.#head * 2 > this.#sizes.length) {
      this.#sizes = this.#sizes.slice(this.#head);
      this.#head = 0;
    }
    return dropped;
  }
}
