/**
 * Ballots and votes as the ghost compares and counts them: by means of its own, so that a mistake
 * in the product's does not blind it. A rank is one number for each ballot, in their order; a set of
 * replicas is the bits of one number.
 */
import type { Ballot, ReplicaId } from '../../paxos/ballot.ts';
import type { Membership } from '../../paxos/membership.ts';
import { check, violate } from './invariant.ts';

export type Rank = number;

/** Ids are below it. */
const LEADERS = 1024;
const MAX_VOTERS = 31;

export const NO_RANK: Rank = 0;

export function rankOf(ballot: Ballot): Rank {
  return ballot.round * LEADERS + ballot.leader;
}

export function isSameBallot(a: Ballot, b: Ballot): boolean {
  return rankOf(a) === rankOf(b);
}

/** As the product writes ballots. */
export function rankText(rank: Rank): string {
  return `${Math.floor(rank / LEADERS)}.${rank % LEADERS}`;
}

/** Replica ids as bits. */
export type Mask = number;

export class Voters {
  readonly clusterId: string;
  readonly #bits = new Map<ReplicaId, Mask>();
  readonly #phase1: number;
  readonly #phase2: number;

  constructor(membership: Membership) {
    this.clusterId = membership.clusterId;
    for (const { id, role } of membership.members) {
      if (role === 'voter') this.#bits.set(id, 1 << this.#bits.size);
    }
    const { phase1, phase2 } = membership.quorums;
    this.#phase1 = phase1;
    this.#phase2 = phase2;
    const voters = this.#bits.size;
    check(voters <= MAX_VOTERS, 'I9: votes can be counted', `${voters} voters`);
    const isMeeting = phase1 + phase2 > voters && phase1 >= 1 && phase2 >= 1;
    if (!isMeeting) violate('I9: quorums meet', `${phase1}, ${phase2} of ${voters}`);
  }

  /** 0 for one that does not vote: it adds nothing to any set. */
  bitOf(id: ReplicaId): Mask {
    return this.#bits.get(id) ?? 0;
  }

  isPhase1(mask: Mask): boolean {
    return count(mask) >= this.#phase1;
  }

  isPhase2(mask: Mask): boolean {
    return count(mask) >= this.#phase2;
  }
}

function count(mask: Mask): number {
  let left = mask;
  let bits = 0;
  while (left !== 0) {
    left &= left - 1;
    bits += 1;
  }
  return bits;
}
