/**
 * How long the disk has owed what others wait for, besides the log's writes: reads of the log, and of
 * the state for a snapshot, and what applying needs. One that hangs there shows here.
 */
export class DiskWatch {
  readonly #startedAtMs = new Map<number, number>();
  #count = 0;

  /** A wait begins; the returned function says that it has ended. */
  begin(nowMs: number): () => void {
    this.#count += 1;
    const wait = this.#count;
    this.#startedAtMs.set(wait, nowMs);
    return () => {
      this.#startedAtMs.delete(wait);
    };
  }

  /** Of the oldest wait that is under way, in ms; 0 where there is none. */
  busyMs(nowMs: number): number {
    for (const startedAtMs of this.#startedAtMs.values()) return nowMs - startedAtMs;
    return 0;
  }
}
