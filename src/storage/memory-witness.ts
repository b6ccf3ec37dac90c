/**
 * A witness in memory, for simulations and tests: what it was told is lost in a crash, like any
 * write that was not synced.
 */
import type { Witness } from './witness.ts';

/** Of what it was told, so much is remembered for the next crash. */
const MAX_UNSYNCED = 16;

export class MemoryWitness implements Witness {
  #found: number | undefined;
  #highest = 0;
  #durable: number | undefined;
  /** What a crash may lose, in the order of the calls. */
  #unsynced: number[] = [];

  get found(): number | undefined {
    return this.#found;
  }

  note(sequence: number): void {
    if (sequence <= this.#highest) return;
    this.#highest = sequence;
    this.#unsynced.push(sequence);
    if (this.#unsynced.length > MAX_UNSYNCED) this.#durable = this.#unsynced.shift();
  }

  /**
   * The power fails, and the next life opens it: `survives` is asked for each number that may be
   * lost, the latest first, until one is kept. By default none is.
   */
  crash(survives: (sequence: number) => boolean = () => false): void {
    this.#durable = this.#unsynced.toReversed().find(survives) ?? this.#durable;
    this.#unsynced = [];
    this.#found = this.#durable;
    this.#highest = this.#durable ?? 0;
  }
}
