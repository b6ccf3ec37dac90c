/**
 * Explores a system to the end: breadth first, so that the first path to anything is a shortest
 * one. States that were seen are known by fingerprints of 96 bits; two different ones that share
 * theirs would be taken for one, and `collisionProbability` bounds how likely that was.
 */
import { Decoder, Encoder, type Fingerprint, FINGERPRINT_BITS, fingerprint } from './encoding.ts';
import { Frontier } from './frontier.ts';
import { NO_PARENT, StateSet } from './state-set.ts';
import { type Property, type System, Violation } from './system.ts';

export interface ExplorationLimits {
  readonly maxStates: number;
  /** Of the set of states and the frontier; the system's own tables come on top. */
  readonly maxMemoryBytes: number;
}

export const DEFAULT_EXPLORATION_LIMITS: ExplorationLimits = {
  maxStates: 1_000_000_000,
  maxMemoryBytes: 8 * 1024 ** 3,
};

export interface ExplorationProgress {
  readonly states: number;
  /** Steps from an initial state, of the states that are being expanded. */
  readonly depth: number;
  /** Actions that led to a state, new or not. */
  readonly transitions: number;
  /** States that are found and not yet expanded. */
  readonly frontier: number;
}

export interface Reached {
  readonly name: string;
  /** The actions of a shortest path there; `undefined`: no state is such. */
  readonly path: readonly string[] | undefined;
}

export interface ExplorationReport extends ExplorationProgress {
  /** `complete`: every state that can be reached was looked at, and every invariant held. */
  readonly verdict: 'complete' | 'violated' | 'limitReached';
  readonly limit: keyof ExplorationLimits | undefined;
  readonly violation: FoundViolation | undefined;
  readonly reached: readonly Reached[];
  readonly collisionProbability: number;
}

export interface FoundViolation {
  readonly property: string;
  readonly message: string;
  /** A shortest one, from an initial state. */
  readonly path: readonly string[];
}

export interface ExplorationOptions<State> {
  readonly limits?: Partial<ExplorationLimits>;
  /** Called from time to time. */
  readonly onProgress?: (progress: ExplorationProgress) => void;
  /** Called with each state, once. */
  readonly onState?: (state: State) => void;
}

/** How many states are expanded between two calls of `onProgress`. */
const PROGRESS_STATES = 100_000;

export function explore<State, Action>(
  system: System<State, Action>,
  options: ExplorationOptions<State> = {},
): ExplorationReport {
  return new Exploration(system, options).run();
}

/** Complete, and everything that must be reached was. */
export function isClean(report: ExplorationReport): boolean {
  return report.verdict === 'complete' && report.reached.every(({ path }) => path !== undefined);
}

class Exploration<State, Action> {
  readonly #system: System<State, Action>;
  readonly #options: ExplorationOptions<State>;
  readonly #limits: ExplorationLimits;
  readonly #seen = new StateSet();
  readonly #frontier = new Frontier();
  readonly #encoder = new Encoder();
  readonly #decoder = new Decoder();
  readonly #fingerprint: Fingerprint = { a: 0, b: 0, c: 0 };
  /** What is still to be reached, and in which state the rest was. */
  #unreached: readonly Property<State>[];
  readonly #reachedIn = new Map<string, number>();
  #violation: FoundViolation | undefined;
  #limit: keyof ExplorationLimits | undefined;
  #depth = 0;
  #transitions = 0;

  constructor(system: System<State, Action>, options: ExplorationOptions<State>) {
    this.#system = system;
    this.#options = options;
    this.#limits = { ...DEFAULT_EXPLORATION_LIMITS, ...options.limits };
    this.#unreached = system.reachable;
  }

  run(): ExplorationReport {
    const initial = this.#system.initialStates();
    for (const [place, state] of initial.entries()) this.#visit(state, NO_PARENT, place);
    let expanded = 0;
    let levelEnd = this.#seen.size;
    while (this.#violation === undefined && this.#limit === undefined) {
      const entry = this.#frontier.shift();
      if (entry === undefined) break;
      if (expanded === levelEnd) {
        this.#depth += 1;
        levelEnd = this.#seen.size;
      }
      this.#decoder.start(entry.bytes, entry.offset);
      this.#expand(this.#system.decode(this.#decoder), expanded);
      expanded += 1;
      if (expanded % PROGRESS_STATES === 0) this.#options.onProgress?.(this.#progress());
    }
    return this.#report();
  }

  #expand(state: State, number: number): void {
    const actions = this.#system.actions(state);
    for (let place = 0; place < actions.length; place += 1) {
      const action = actions[place];
      if (action === undefined) continue;
      const next = this.#next(state, action, number);
      if (next !== undefined) {
        this.#transitions += 1;
        this.#visit(next, number, place);
      }
      if (this.#violation !== undefined || this.#limit !== undefined) return;
    }
  }

  #next(state: State, action: Action, number: number): State | undefined {
    try {
      return this.#system.next(state, action);
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      const last = this.#system.describe(action, state, undefined);
      const path = [...this.#describePath(number), last];
      this.#violation = { property: error.property, message: error.message, path };
      return undefined;
    }
  }

  #visit(state: State, parent: number, place: number): void {
    this.#encoder.reset();
    this.#system.encode(state, this.#encoder);
    fingerprint(this.#encoder.bytes, this.#encoder.length, this.#fingerprint);
    const number = this.#seen.add(this.#fingerprint, parent, place);
    if (number === undefined) return;
    this.#frontier.push(this.#encoder);
    this.#options.onState?.(state);
    this.#check(state, number);
    if (this.#seen.size >= this.#limits.maxStates) this.#limit = 'maxStates';
    const memoryBytes = this.#seen.nextMemoryBytes + this.#frontier.memoryBytes;
    if (memoryBytes > this.#limits.maxMemoryBytes) this.#limit = 'maxMemoryBytes';
  }

  #check(state: State, number: number): void {
    for (const { name, holds } of this.#system.invariants) {
      if (holds(state)) continue;
      this.#violation = { property: name, message: name, path: this.#describePath(number) };
      return;
    }
    if (this.#unreached.length === 0) return;
    for (const { name, holds } of this.#unreached) {
      if (holds(state)) this.#reachedIn.set(name, number);
    }
    this.#unreached = this.#unreached.filter(({ name }) => !this.#reachedIn.has(name));
  }

  /** Walks the path anew, since only the places of its actions were kept. */
  #describePath(number: number): readonly string[] {
    const [first = 0, ...places] = this.#seen.pathTo(number);
    let state = this.#system.initialStates()[first];
    return places.map((place) => {
      const action = state === undefined ? undefined : this.#system.actions(state)[place];
      if (state === undefined || action === undefined) throw new Error('the path leads nowhere');
      const before = state;
      state = this.#system.next(before, action);
      return this.#system.describe(action, before, state);
    });
  }

  #progress(): ExplorationProgress {
    return {
      states: this.#seen.size,
      depth: this.#depth,
      transitions: this.#transitions,
      frontier: this.#frontier.length,
    };
  }

  #report(): ExplorationReport {
    const { size } = this.#seen;
    const reached = this.#system.reachable.map(({ name }) => {
      const number = this.#reachedIn.get(name);
      return { name, path: number === undefined ? undefined : this.#describePath(number) };
    });
    const ended = this.#limit === undefined ? 'complete' : 'limitReached';
    return {
      ...this.#progress(),
      verdict: this.#violation === undefined ? ended : 'violated',
      limit: this.#limit,
      violation: this.#violation,
      reached,
      collisionProbability: (size * (size - 1)) / 2 / 2 ** FINGERPRINT_BITS,
    };
  }
}
