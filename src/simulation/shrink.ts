/**
 * Makes a failing case small: the fewest events, and the fewest choices of the world, after which
 * the same rule is still violated (after Zeller's delta debugging). It knows the world only by
 * running cases.
 *
 * First whole kinds of choices are left out, then the world is made smaller and calmer, then single
 * choices are left out, many at a time and at the end one at a time; and all of that again, until
 * nothing helps any more. A case that comes out of that is minimal: without any one of its choices
 * it passes, fails in another way, or fails later. What came after the violation is no part of it.
 */
import { type Case, countChoices, isSameFailure, type Outcome } from './case.ts';
import { CHOICE_KINDS, type ChoiceKind } from './choices.ts';
import { GENTLER_STEPS } from './gentler.ts';
import type { WorldOptions } from './world.ts';

/** What one less is worth in events: a reader has each of them in view all the time. */
const EVENTS_PER_CHOICE = 20;
const EVENTS_PER_PARTY = 50;

export interface ShrinkPorts {
  readonly run: (options: WorldOptions) => Outcome;
  /** Asked before each run: whether time is over. */
  readonly isOver: () => boolean;
}

export interface Size {
  readonly events: number;
  readonly choices: number;
}

export interface Shrunk {
  readonly case: Case;
  readonly outcome: Outcome;
  readonly before: Size;
  readonly after: Size;
  /** How many cases were run. */
  readonly runs: number;
  /** Whether nothing is left to try: where time was over, a smaller one may be found. */
  readonly isMinimal: boolean;
}

/** Undefined where the case does not fail. */
export function shrink(found: Case, ports: ShrinkPorts): Shrunk | undefined {
  const outcome = ports.run(found);
  if (outcome.failure === undefined) return undefined;
  const { minEvents = outcome.plan.events, ...rest } = found;
  const plan = { ...found.plan, events: minEvents };
  const shrinker = new Shrinker({ ...rest, plan, kept: outcome.kept }, outcome, ports);
  return { ...shrinker.run(), before: sizeOf(outcome) };
}

class Shrinker {
  readonly #ports: ShrinkPorts;
  /** What is found may have fewer choices, but never more events than at first. */
  readonly #maxEvents: number;
  #case: Case;
  #outcome: Outcome;
  #runs = 1;
  #isOver = false;

  constructor(found: Case, outcome: Outcome, ports: ShrinkPorts) {
    this.#case = found;
    this.#outcome = outcome;
    this.#maxEvents = outcome.events;
    this.#ports = ports;
  }

  run(): Omit<Shrunk, 'before'> {
    let hasChanged = true;
    while (hasChanged && !this.#isOver) {
      const costBefore = costOf(this.#outcome);
      for (const kind of CHOICE_KINDS) this.#keep(kind, []);
      this.#calm();
      for (const kind of CHOICE_KINDS) this.#thin(kind);
      hasChanged = costOf(this.#outcome) < costBefore;
    }
    return {
      case: this.#case,
      outcome: this.#outcome,
      after: sizeOf(this.#outcome),
      runs: this.#runs,
      isMinimal: !this.#isOver,
    };
  }

  /** A smaller or calmer world; each step that helps is asked for again. */
  #calm(): void {
    for (const change of GENTLER_STEPS) {
      let plan = change(this.#outcome.plan);
      while (plan !== undefined && this.#try({ ...this.#case, plan: this.#changed(plan) })) {
        plan = change(this.#outcome.plan);
      }
    }
  }

  #changed(plan: NonNullable<Case['plan']>): NonNullable<Case['plan']> {
    return { ...this.#case.plan, ...plan };
  }

  /** Leaves out parts of a kind's choices: halves first, single ones at the end. */
  #thin(kind: ChoiceKind): void {
    let size = Math.ceil(this.#kept(kind).length / 2);
    while (size >= 1 && !this.#isOver) {
      // From the end: what was chosen last often matters only for what comes after it.
      for (let end = this.#kept(kind).length; end > 0; end = Math.min(end, this.#count(kind))) {
        const kept = this.#kept(kind);
        const start = Math.max(0, end - size);
        this.#keep(kind, [...kept.slice(0, start), ...kept.slice(end)]);
        end = start;
      }
      size = size === 1 ? 0 : Math.ceil(size / 2);
    }
  }

  #keep(kind: ChoiceKind, numbers: readonly number[]): void {
    if (numbers.length === this.#count(kind)) return;
    this.#try({ ...this.#case, kept: { ...this.#case.kept, [kind]: numbers } });
  }

  #kept(kind: ChoiceKind): readonly number[] {
    return this.#outcome.kept[kind] ?? [];
  }

  #count(kind: ChoiceKind): number {
    return this.#kept(kind).length;
  }

  /** Whether this case fails in the same way at a lower cost; then it is the one to go on with. */
  #try(candidate: Case): boolean {
    this.#isOver ||= this.#ports.isOver();
    if (this.#isOver) return false;
    this.#runs += 1;
    const cost = costOf(this.#outcome);
    const untilEvents = Math.min(cost, this.#maxEvents);
    const outcome = this.#ports.run({ ...candidate, untilEvents });
    if (!isSameFailure(outcome.failure, this.#outcome.failure)) return false;
    if (costOf(outcome) >= cost) return false;
    this.#case = { ...candidate, kept: outcome.kept };
    this.#outcome = outcome;
    return true;
  }
}

function sizeOf({ events, kept }: Outcome): Size {
  return { events, choices: countChoices(kept) };
}

function costOf({ events, kept, plan }: Outcome): number {
  const parties = plan.replicas + plan.clients;
  return events + EVENTS_PER_CHOICE * countChoices(kept) + EVENTS_PER_PARTY * parties;
}
