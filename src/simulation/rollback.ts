/**
 * A disk that is rolled back: an older copy of log and state comes back, as from a backup, with the
 * witness or without. Only what can be noticed is done, for nobody could survive the other:
 *
 * - The witness stays, and knows of a later write than the copy's last.
 * - The witness goes back too, and every other member that can vote knows of a later write, and has
 *   that knowledge on its disk: whatever it says then tells of it. What it said before may not
 *   arrive any more, so that messages must come once and soon.
 */
import type { Incarnation } from '../paxos/membership.ts';
import type { Host } from '../replica/host.ts';
import type { Plan } from './plan.ts';
import type { AgedDisk } from './simulated-disk.ts';
import type { SimulatedReplica } from './simulated-replica.ts';
import type { VirtualTime } from './virtual-time.ts';

/** How often, and how many times, the world looks whether the moment has come. */
const LOOK_TICKS = 5;
const MAX_LOOKS = 60;
/** Writes until what a replica knows is on its disk: the one under way may not have it yet. */
const WRITES_TO_KEEP = 2;

export interface RollbackOptions {
  readonly plan: Plan;
  readonly time: VirtualTime;
  readonly replica: SimulatedReplica;
  readonly replicas: readonly SimulatedReplica[];
  readonly withWitness: boolean;
  readonly mayStrike: () => boolean;
  readonly onDone: () => void;
}

interface Knowing {
  readonly host: Host;
  readonly sequence: number;
}

export class Rollback {
  readonly #options: RollbackOptions;
  readonly #knowing = new Map<SimulatedReplica, Knowing>();
  #copy: AgedDisk | undefined;
  #incarnation: Incarnation | undefined;
  #looks = 0;
  #heardAtMs: number | undefined;

  constructor(options: RollbackOptions) {
    this.#options = options;
  }

  start(): void {
    const { replica } = this.#options;
    this.#copy = replica.copyDisk();
    this.#incarnation = replica.directory.incarnation;
    if (this.#copy !== undefined && this.#copy.sequence > 0) this.#lookLater(this.#copy);
  }

  #lookLater(copy: AgedDisk): void {
    const { plan, time } = this.#options;
    this.#looks += 1;
    if (this.#looks > MAX_LOOKS) return;
    time.after(LOOK_TICKS * plan.limits.tickMs, () => this.#look(copy));
  }

  #look(copy: AgedDisk): void {
    const { mayStrike, onDone, replica, withWitness } = this.#options;
    // Let in again since then, it would refuse the disk of who it was before, in its new directory.
    if (!mayStrike() || replica.directory.incarnation !== this.#incarnation) return;
    if (!this.#isDue(copy)) {
      this.#lookLater(copy);
      return;
    }
    replica.rollBackDisk(copy, withWitness);
    onDone();
  }

  #isDue(copy: AgedDisk): boolean {
    const { replica, withWitness } = this.#options;
    const { log } = replica.host?.replica ?? {};
    if (log === undefined || log.durableSequence <= copy.sequence) return false;
    return !withWitness || this.#isWidelyKnown(copy);
  }

  #isWidelyKnown(copy: AgedDisk): boolean {
    const { plan, replica, replicas, time } = this.#options;
    if (plan.duplication > 0 || plan.quorums?.phase1 === 1) return false;
    const others = replicas.filter((other) => other !== replica && !other.isSpoiled);
    for (const other of others) {
      if (this.#keeps(other, copy)) continue;
      this.#heardAtMs = undefined;
      return false;
    }
    this.#heardAtMs ??= time.nowMs();
    const slowMs = plan.slowness > 0 ? plan.slowMs : 0;
    return time.nowMs() - this.#heardAtMs > 1 + plan.networkMs + slowMs;
  }

  /** Whether this one, in one life, has come to know and has written since. */
  #keeps(other: SimulatedReplica, copy: AgedDisk): boolean {
    const { host } = other;
    const log = host?.replica?.log;
    if (host === undefined || log === undefined) return false;
    const known = this.#knowing.get(other);
    if (known?.host === host) return log.durableSequence >= known.sequence + WRITES_TO_KEEP;
    const { directory, id } = this.#options.replica;
    if (log.knownOf(id, directory.incarnation) > copy.sequence) {
      this.#knowing.set(other, { host, sequence: log.durableSequence });
    }
    return false;
  }
}
