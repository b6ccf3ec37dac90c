/**
 * I17, of read leases: no two replicas have one that has not expired by true time, while no clock
 * is more wrong than leases allow for. What counts is whether a replica would answer by it at this
 * very moment, by whatever its clocks show.
 */
import { type Ballot, isHigher, isSame, type ReplicaId } from '../../paxos/ballot.ts';
import type { Leader, Role } from '../../paxos/core-state.ts';
import type { Probes } from '../probes.ts';
import { violate } from './invariant.ts';

interface Holder {
  readonly readLease: { readonly isHeld: boolean };
}

/** Who runs now; `undefined`: that replica is down, or begins. */
export type Holders = ReadonlyMap<ReplicaId, () => Holder | undefined>;

export class Leases {
  readonly #holders: Holders;
  readonly #probes: Probes;
  /** Each replica as it was when it was last seen with a lease. */
  readonly #held = new Map<ReplicaId, Leader>();

  constructor(holders: Holders, probes: Probes) {
    this.#holders = holders;
    this.#probes = probes;
  }

  /** After each step of a core. */
  looks(id: ReplicaId, role: Role): void {
    const hadOne = this.#held.get(id);
    this.#held.delete(id);
    if (role.name !== 'leader' || role.lease === undefined) return;
    if (this.#holders.get(id)?.()?.readLease.isHeld === true) {
      this.#held.set(id, role);
      this.isAlone(id);
    } else if (hadOne !== undefined && isSame(hadOne.ballot, role.ballot)) {
      this.#probes.reached('leaseExpired');
    }
  }

  /** It holds one, or answers by one. */
  isAlone(id: ReplicaId): void {
    for (const other of this.#others(id)) this.#violate(id, other);
  }

  /** It leads against the will of whoever led before: a lease of that one must be over. */
  elected(id: ReplicaId, ballot: Ballot): void {
    for (const other of this.#others(id)) {
      const before = this.#held.get(other)?.ballot;
      if (before !== undefined && isHigher(ballot, before)) this.#violate(id, other);
    }
  }

  #others(id: ReplicaId): ReplicaId[] {
    return [...this.#holders]
      .filter(([other, holder]) => other !== id && holder()?.readLease.isHeld === true)
      .map(([other]) => other);
  }

  #violate(id: ReplicaId, other: ReplicaId): never {
    violate('I17: one read lease at a time', `replica ${id}, while replica ${other} has one`);
  }
}
