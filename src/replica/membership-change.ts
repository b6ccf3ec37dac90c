/** An operator's wish that the epoch ends and another membership decides, and how it ended. */
import { canStop } from '../paxos/leader.ts';
import { isSameMembership, type Membership, successorProblem } from '../paxos/membership.ts';
import type { OrderNotDone } from '../paxos/orders.ts';
import type { Clock } from './ports.ts';
import type { Loop, RoleChange } from './loop.ts';

export type ChangeOutcome =
  /** The stop is chosen. */
  | { readonly type: 'changed' }
  /** `reason` is shown to the operator, in words. */
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'notApplied'; readonly reason: OrderNotDone }
  /** The stop may be chosen, or may yet be. */
  | { readonly type: 'unknown'; readonly reason: 'deadline' | 'steppedDown' };

export interface ChangeWish {
  readonly membership: Membership;
  readonly deadlineMs: number;
  readonly done: (outcome: ChangeOutcome) => void;
}

interface Wish extends ChangeWish {
  readonly deadlineAtMs: number;
}

/** One at a time: the next one waits for its turn, and most likely finds itself outdated. */
export class MembershipChange {
  readonly #loop: Loop;
  readonly #clock: Clock;
  #wishes: Wish[] = [];
  /** Its stop is proposed. */
  #current: Wish | undefined;

  constructor(loop: Loop, clock: Clock) {
    this.#loop = loop;
    this.#clock = clock;
  }

  /** No change waits or is under way. */
  get isIdle(): boolean {
    return this.#current === undefined && this.#wishes.length === 0;
  }

  /** `done` is called once. */
  start(wish: ChangeWish): void {
    if (this.#loop.isStopped) {
      wish.done({ type: 'notApplied', reason: 'closing' });
      return;
    }
    this.#wishes.push({ ...wish, deadlineAtMs: this.#clock.nowMs() + wish.deadlineMs });
    this.#loop.wake();
  }

  /** At the end of a turn: begins the first wish, where the leader may end its epoch now. */
  run(): void {
    const { core } = this.#loop;
    for (let wish = this.#wishes[0]; wish !== undefined; wish = this.#wishes[0]) {
      const problem = successorProblem(core.membership, wish.membership);
      if (problem !== undefined) {
        this.#drop({ type: 'refused', reason: problem });
      } else if (core.role.name !== 'leader') {
        this.#drop({ type: 'notApplied', reason: 'noLeader' });
      } else {
        if (!canStop(core)) return;
        this.#wishes.shift();
        this.#current = wish;
        this.#loop.input({ type: 'stop', membership: wish.membership });
        return;
      }
    }
  }

  #drop(outcome: ChangeOutcome): void {
    this.#wishes.shift()?.done(outcome);
  }

  onEpochEnded(membership: Membership): void {
    const wish = this.#current;
    if (wish === undefined) return;
    const isOurs = isSameMembership(membership, wish.membership);
    if (isOurs) this.#end({ type: 'changed' });
    else this.#end({ type: 'refused', reason: 'another change came first' });
  }

  /** The stop of a leader that is deposed may be inherited, or not. */
  onRole({ role }: RoleChange): void {
    if (role !== 'leader') this.#end({ type: 'unknown', reason: 'steppedDown' });
  }

  tick(nowMs: number): void {
    const late = this.#wishes.filter(({ deadlineAtMs }) => deadlineAtMs <= nowMs);
    this.#wishes = this.#wishes.filter((wish) => !late.includes(wish));
    for (const { done } of late) done({ type: 'notApplied', reason: 'deadline' });
    const current = this.#current;
    if (current === undefined || current.deadlineAtMs > nowMs) return;
    this.#end({ type: 'unknown', reason: 'deadline' });
  }

  /** The replica stops: nobody will see how it ends. */
  close(): void {
    this.#end({ type: 'unknown', reason: 'steppedDown' });
    for (const { done } of this.#wishes.splice(0)) done({ type: 'notApplied', reason: 'closing' });
  }

  #end(outcome: ChangeOutcome): void {
    const wish = this.#current;
    this.#current = undefined;
    wish?.done(outcome);
  }
}
