/**
 * Something to which amounts are added by calls that take time, and whose outcome may be unknown:
 * between what it must lie when it is looked at. What had been acknowledged before the look began is
 * in it; what began before the look ended, and did not fail, may be.
 */
export interface Sum {
  readonly gained: number;
  /** 0 or below. */
  readonly spent: number;
}

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

export class Sums {
  #begunGained = 0;
  #begunSpent = 0;
  #doneGained = 0;
  #doneSpent = 0;

  /** A call begins that does not fail. */
  begin(amount: number): void {
    if (amount > 0) this.#begunGained += amount;
    else this.#begunSpent += amount;
  }

  /** It is acknowledged. */
  end(amount: number): void {
    if (amount > 0) this.#doneGained += amount;
    else this.#doneSpent += amount;
  }

  /** To be taken when the look begins. */
  done(): Sum {
    return { gained: this.#doneGained, spent: this.#doneSpent };
  }

  /** To be taken when the look ends. */
  bounds(done: Sum): Bounds {
    return { low: done.gained + this.#begunSpent, high: this.#begunGained + done.spent };
  }
}
