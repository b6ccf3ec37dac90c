/**
 * Whether this replica's state is that of the others. Replicas that have applied the same slots
 * must hold the same, so each tells the others the hash of its state at a slot, in `status`, and
 * compares what it hears with its own at that slot. One that differs from a majority of the voters
 * is the one that is wrong: its state must not be served any more. Where two differ and no majority
 * says who is wrong, both warn.
 *
 * Only the state is in doubt then: the acceptor's log has checksums of its own, and goes on voting.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import { majorities, type Membership, memberOf, votersOf } from '../paxos/membership.ts';

/** Of so many slots that were applied last, the hashes are kept. */
const KEPT_SLOTS = 4096;

export interface HashedSlot {
  readonly slot: Slot;
  /** Of the state after it; 32 hexadecimal digits. */
  readonly hash: string;
}

export interface DivergenceOptions {
  readonly self: ReplicaId;
  readonly membership: Membership;
  /** The state as it is found. */
  readonly start: HashedSlot;
  /** Once, where a majority of the voters holds another state. */
  readonly onDiverged: (reason: string) => void;
}

export class Divergence {
  readonly #options: DivergenceOptions;
  /** A ring: the hash of a slot stands at its number modulo `KEPT_SLOTS`. */
  readonly #kept: HashedSlot[] = [];
  /** What peers said of slots that are not applied here yet. */
  readonly #ahead = new Map<ReplicaId, HashedSlot>();
  /** Who held another state when last compared, and at which slot. */
  readonly #differing = new Map<ReplicaId, Slot>();
  #membership: Membership;
  #latest: HashedSlot;
  #isDiverged = false;

  constructor(options: DivergenceOptions) {
    this.#options = options;
    this.#membership = options.membership;
    this.#latest = options.start;
    this.#keep(options.start);
  }

  /** Of the state as it is now: what the peers are told. */
  get latest(): HashedSlot {
    return this.#latest;
  }

  /** For an operator, where another replica holds another state; `undefined`: none does. */
  get warning(): string | undefined {
    if (this.#differing.size === 0) return undefined;
    const names = [...this.#differing].map(([id, slot]) => `replica ${id} at slot ${slot}`);
    return `its state differs from that of ${names.join(', ')}`;
  }

  applied(slot: Slot, hash: string): void {
    this.#latest = { slot, hash };
    this.#keep(this.#latest);
    if (this.#ahead.size === 0) return;
    for (const [from, said] of this.#ahead) {
      if (said.slot > slot) continue;
      this.#ahead.delete(from);
      this.#compare(from, said);
    }
  }

  /** Who left holds no state that counts. */
  setMembership(membership: Membership): void {
    this.#membership = membership;
    for (const id of this.#differing.keys()) {
      if (memberOf(membership, id) === undefined) this.#differing.delete(id);
    }
  }

  /** A peer's word on its own state. */
  hear(from: ReplicaId, said: HashedSlot): void {
    if (said.slot <= this.#latest.slot) this.#compare(from, said);
    else if (!this.#ahead.has(from)) this.#ahead.set(from, said);
  }

  #keep(hashed: HashedSlot): void {
    this.#kept[hashed.slot % KEPT_SLOTS] = hashed;
  }

  /** What is too long ago is passed over: newer words come. */
  #compare(from: ReplicaId, { slot, hash }: HashedSlot): void {
    const own = this.#kept[slot % KEPT_SLOTS];
    if (own?.slot !== slot) return;
    if (own.hash === hash) this.#differing.delete(from);
    else this.#differing.set(from, slot);
    this.#judge();
  }

  #judge(): void {
    const { onDiverged, self } = this.#options;
    const membership = this.#membership;
    const voters = votersOf(membership).filter(({ id }) => id !== self);
    const differing = voters.filter(({ id }) => this.#differing.has(id));
    const majority = majorities(votersOf(membership).length).phase1;
    if (this.#isDiverged || differing.length < majority) return;
    this.#isDiverged = true;
    onDiverged(this.warning ?? '');
  }
}
