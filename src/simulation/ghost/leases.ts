/**
 * I17, of read leases: no two replicas have one that has not expired by true time, while no clock
 * is more wrong than leases allow for. What counts is whether a replica would answer by it at this
 * very moment, by whatever its clocks show.
 */
import { isHigher, isSame, type ReplicaId } from '../../paxos/ballot.ts';
import type { CoreState, Leader, Role } from '../../paxos/core-state.ts';
import type { Epoch } from '../../paxos/membership.ts';
import type { Probes } from '../probes.ts';
import { violate } from './invariant.ts';

type Elected = Pick<CoreState, 'role'> & { readonly membership: { readonly epoch: Epoch } };

interface Holder {
  readonly readLease: { readonly isHeld: boolean };
  readonly core: Elected;
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

  /**
   * It was elected, against whoever has one. By promises of before it may come to lead in a ballot that is
   * over, or in an epoch: nothing new will be chosen in it.
   */
  elected(id: ReplicaId, core: Elected): void {
    for (const [other, holder] of this.#holders) {
      const held = holder()?.core;
      if (other !== id && held !== undefined && isLater(core, held))
        this.#check(id, other, holder());
    }
  }

  /** It holds one, or answers by one. */
  isAlone(id: ReplicaId): void {
    for (const [other, holder] of this.#holders) if (other !== id) this.#check(id, other, holder());
  }

  #check(id: ReplicaId, other: ReplicaId, holder: Holder | undefined): void {
    if (holder?.readLease.isHeld !== true) return;
    violate('I17: one read lease at a time', `replica ${id}, while replica ${other} has one`);
  }
}

function isLater(one: Elected, other: Elected): boolean {
  const epochs = one.membership.epoch - other.membership.epoch;
  if (epochs !== 0) return epochs > 0;
  if (one.role.name !== 'leader' || other.role.name !== 'leader') return false;
  return isHigher(one.role.ballot, other.role.ballot);
}
