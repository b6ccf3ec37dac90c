/**
 * Hunts many mutants, as many at a time as there are jobs. Each job makes the copy of a mutant and
 * runs its seeds; once every mutant is begun, it helps with those that are still hunted.
 */
import { Hunt, type HuntedMutant } from './hunt.ts';
import { SeedRunner } from './seed-runner.ts';
import { PlantingError, removeCopy, type SourceCopy } from './source-copy.ts';

export interface Quarry {
  readonly mutant: HuntedMutant;
  readonly seeds: readonly number[];
  readonly copy: () => Promise<SourceCopy>;
}

export interface Outcome {
  readonly hunt: Hunt;
  readonly seconds: number;
  /** Why it could not be hunted at all. */
  readonly problem: string | undefined;
}

export interface HuntingOptions {
  readonly jobs: number;
  readonly seedMs: number;
  /** Copies stay, to replay what was found. */
  readonly keepsCopies: boolean;
  readonly onOutcome: (outcome: Outcome) => void;
}

export class Hunting {
  readonly #options: HuntingOptions;
  readonly #waiting: Quarry[];
  readonly #open = new Set<Pursuit>();

  constructor(quarries: readonly Quarry[], options: HuntingOptions) {
    this.#waiting = [...quarries];
    this.#options = options;
  }

  /** Ends when every mutant has its outcome. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.jobs }, () => this.#work()));
  }

  /** What is hunted now, for those who wait. */
  get open(): readonly Hunt[] {
    return [...this.#open].map(({ hunt }) => hunt);
  }

  async #work(): Promise<void> {
    for (let quarry = this.#waiting.shift(); quarry; quarry = this.#waiting.shift()) {
      const pursuit = new Pursuit(quarry, this.#options);
      this.#open.add(pursuit);
      await pursuit.join();
      if (pursuit.isEmpty) this.#open.delete(pursuit);
    }
    for (const pursuit of this.#open) {
      await pursuit.join();
      if (pursuit.isEmpty) this.#open.delete(pursuit);
    }
  }
}

/** The hunt of one mutant, by those who have joined. */
class Pursuit {
  readonly hunt: Hunt;
  readonly #options: HuntingOptions;
  readonly #copy: Promise<SourceCopy>;
  readonly #startedAt = Date.now();
  #problem: string | undefined;
  #joined = 0;
  isEmpty = false;

  constructor({ mutant, copy, seeds }: Quarry, options: HuntingOptions) {
    this.#options = options;
    this.hunt = new Hunt(mutant, seeds);
    this.#copy = copy();
  }

  /** Runs seeds until none is left to hand out. The last to leave tells the outcome. */
  async join(): Promise<void> {
    if (this.isEmpty) return;
    this.#joined += 1;
    try {
      await this.#runSeeds(await this.#copy);
    } catch (error) {
      if (!(error instanceof PlantingError)) throw error;
      this.#problem = error.message;
    }
    this.#joined -= 1;
    if (this.#joined > 0 || this.isEmpty) return;
    this.isEmpty = true;
    await this.#end();
  }

  async #runSeeds({ entry }: SourceCopy): Promise<void> {
    const runner = new SeedRunner({ entry, seedMs: this.#options.seedMs });
    try {
      while (this.#problem === undefined) {
        const seed = this.hunt.take();
        if (seed === undefined) return;
        this.hunt.report(await runner.run(seed));
      }
    } finally {
      runner.end();
    }
  }

  async #end(): Promise<void> {
    const seconds = (Date.now() - this.#startedAt) / 1000;
    this.#options.onOutcome({ hunt: this.hunt, seconds, problem: this.#problem });
    if (this.#options.keepsCopies) return;
    await this.#copy.then(removeCopy, () => undefined);
  }
}
