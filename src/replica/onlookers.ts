/** Who looks on at the core's steps at the moment: mostly nobody, and then a step costs nothing more. */
import type { StepWatcher } from './ports.ts';

export class Onlookers {
  #all: readonly StepWatcher[];

  constructor(first?: StepWatcher) {
    this.#all = first === undefined ? [] : [first];
  }

  /** Never changed in place: who leaves during a step still sees its end. */
  get all(): readonly StepWatcher[] {
    return this.#all;
  }

  add(watcher: StepWatcher): void {
    this.#all = [...this.#all, watcher];
  }

  remove(watcher: StepWatcher): void {
    this.#all = this.#all.filter((one) => one !== watcher);
  }
}
