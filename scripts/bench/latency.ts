/** Latencies counted in steps of 1 %, so that millions of them take little room. */
const STEPS_PER_E = 100;
const STEPS = 2_000;
const US_PER_MS = 1_000;

export class LatencyCounts {
  readonly #counts = new Uint32Array(STEPS);
  #count = 0;
  #maxUs = 0;

  get count(): number {
    return this.#count;
  }

  get maxMs(): number {
    return this.#maxUs / US_PER_MS;
  }

  add(us: number): void {
    const step = Math.min(STEPS - 1, Math.round(Math.log(Math.max(us, 1)) * STEPS_PER_E));
    this.#counts[step] = (this.#counts[step] ?? 0) + 1;
    this.#count += 1;
    if (us > this.#maxUs) this.#maxUs = us;
  }

  percentileMs(percent: number): number {
    const wanted = (this.#count * percent) / 100;
    let seen = 0;
    for (let step = 0; step < STEPS; step += 1) {
      seen += this.#counts[step] ?? 0;
      if (seen >= wanted) return Math.exp(step / STEPS_PER_E) / US_PER_MS;
    }
    return this.maxMs;
  }
}

/** The middle value; of an even number, the mean of the two in the middle. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}
