/** How long the disk has owed answers to reads of the log: one that hangs shows here as well. */
export class DiskWatch {
  readonly #startedAtMs = new Map<number, number>();
  #count = 0;

  /** A read begins; the returned function says that it has ended. */
  begin(nowMs: number): () => void {
    this.#count += 1;
    const read = this.#count;
    this.#startedAtMs.set(read, nowMs);
    return () => {
      this.#startedAtMs.delete(read);
    };
  }

  /** Of the oldest read that is under way, in ms; 0 where there is none. */
  busyMs(nowMs: number): number {
    for (const startedAtMs of this.#startedAtMs.values()) return nowMs - startedAtMs;
    return 0;
  }
}
