/** An operator's wish that a certain replica leads, and how it ended. */
import type { ReplicaId } from '../paxos/ballot.ts';
import { leaderOf } from '../paxos/core-state.ts';
import { isVoter } from '../paxos/membership.ts';
import type { Network } from '../transport/network.ts';
import type { TransferOutcome } from './api.ts';
import type { Loop, RoleChange } from './loop.ts';
import type { Clock } from './ports.ts';

export interface TransferWish {
  readonly to: ReplicaId;
  readonly deadlineMs: number;
  readonly done: (outcome: TransferOutcome) => void;
}

interface Wish extends TransferWish {
  readonly deadlineAtMs: number;
}

export class Transfer {
  readonly #loop: Loop;
  readonly #network: Network;
  readonly #clock: Clock;
  #wishes: Wish[] = [];

  constructor(loop: Loop, network: Network, clock: Clock) {
    this.#loop = loop;
    this.#clock = clock;
    this.#network = network;
  }

  /** At any replica; `done` is called once the wished one leads, or the deadline has passed. */
  start(order: TransferWish): void {
    if (this.#loop.isStopped) {
      order.done({ type: 'notApplied', reason: 'closing' });
      return;
    }
    const wish = { ...order, deadlineAtMs: this.#clock.nowMs() + order.deadlineMs };
    this.#wishes.push(wish);
    this.#loop.post(() => this.#begin(wish));
  }

  #begin(wish: Wish): void {
    const { core } = this.#loop;
    const { membership, self } = core;
    const { to } = wish;
    const leader = leaderOf(core);
    if (!isVoter(membership, to)) {
      const reason = `replica ${to} is not a voter of this cluster`;
      this.#endOne(wish, { type: 'refused', reason });
    } else if (leader === to) {
      this.#endOne(wish, { type: 'transferred', leader: to });
    } else if (leader === undefined) {
      this.#endOne(wish, { type: 'notApplied', reason: 'noLeader' });
    } else if (leader === self) {
      this.#loop.input({ type: 'transfer', to });
    } else {
      this.#ask(leader, to);
    }
  }

  #ask(leader: ReplicaId, to: ReplicaId): void {
    const { epoch } = this.#loop.core.membership;
    const { heard } = this.#loop.core.election;
    this.#network.send(leader, { type: 'handOver', epoch, ballot: heard, to });
  }

  onRole({ role, leader }: RoleChange): void {
    const leading = role === 'leader' ? this.#loop.core.self : leader;
    this.#end(
      (wish) => wish.to === leading,
      ({ to }) => ({ type: 'transferred', leader: to }),
    );
  }

  tick(nowMs: number): void {
    this.#end(
      (wish) => wish.deadlineAtMs <= nowMs,
      ({ to }) => ({ type: 'refused', reason: `replica ${to} did not take over in time` }),
    );
  }

  /** The replica stops: nobody will see how it ends. */
  close(): void {
    this.#end(
      () => true,
      () => ({ type: 'notApplied', reason: 'closing' }),
    );
  }

  #endOne(wish: Wish, outcome: TransferOutcome): void {
    this.#end(
      (other) => other === wish,
      () => outcome,
    );
  }

  #end(isMeant: (wish: Wish) => boolean, outcome: (wish: Wish) => TransferOutcome): void {
    if (this.#wishes.length === 0) return;
    const ended = this.#wishes.filter(isMeant);
    this.#wishes = this.#wishes.filter((wish) => !isMeant(wish));
    for (const wish of ended) wish.done(outcome(wish));
  }
}
