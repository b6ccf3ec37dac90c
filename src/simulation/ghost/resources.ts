/**
 * What a replica holds in memory stays within its limits (I25): requests and reads that wait, slots
 * in flight, and what it has accepted above what it has applied.
 */
import type { ReplicaId } from '../../paxos/ballot.ts';
import type { Slot } from '../../paxos/command.ts';
import type { CoreState } from '../../paxos/core-state.ts';
import type { Replica } from '../../replica/replica.ts';
import type { ReplicaLimits } from '../../replica/limits.ts';
import { violate } from './invariant.ts';

/** Slots that one pull of chosen slots brings, at most. */
const PULLED_SLOTS = 1024;

export class Resources {
  readonly #limits: ReplicaLimits;
  readonly #found = new Map<ReplicaId, number>();

  constructor(limits: ReplicaLimits) {
    this.#limits = limits;
  }

  /**
   * A life begins with so many slots above its state: as many as lives before it, each ended before
   * it wrote its state, have left in the log. Their bytes are bounded (`flushBytes`), not their count.
   */
  started(id: ReplicaId, found: number): void {
    this.#found.set(id, found);
  }

  /** From time to time. */
  look({ core, waiting }: Pick<Replica, 'core' | 'waiting'>): void {
    const { pendingReads, pendingRequests } = this.#limits;
    const { reads, requests } = waiting;
    this.#within(requests, pendingRequests, core, 'requests');
    this.#within(reads, pendingReads, core, 'reads');
    const { openSlots } = this.#limits.core;
    const most = 2 * openSlots + PULLED_SLOTS + (this.#found.get(core.self) ?? 0);
    this.#within(core.acceptor.accepted.size, most, core, 'accepted slots');
  }

  /** After a leader has proposed something new. */
  proposed(core: CoreState): void {
    if (core.role.name !== 'leader') return;
    const { openSlots, proposalWindow } = this.#limits.core;
    const last = core.role.nextSlot - 1;
    this.#within(last - core.learner.chosenUpTo, proposalWindow, core, 'slots in flight');
    this.#within(last - core.learner.appliedUpTo, openSlots, core, 'open slots');
  }

  /** Before an acceptor writes what a leader sent. */
  accepts(core: CoreState, slot: Slot): void {
    const { openSlots } = this.#limits.core;
    this.#within(slot - core.learner.appliedUpTo, openSlots, core, 'slots above what is applied');
  }

  #within(count: number, limit: number, { self }: CoreState, what: string): void {
    if (count <= limit) return;
    violate('I25: everything is bounded', `${count} ${what} at replica ${self}, limit ${limit}`);
  }
}
