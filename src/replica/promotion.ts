/**
 * Who joined and has caught up becomes a voter, by its leader's own doing: one at a time, the next
 * one only when the epoch that this began has chosen something of its own.
 */
import type { Loop } from './loop.ts';
import type { MembershipChange } from './membership-change.ts';
import type { Orders } from './orders.ts';

/** Between two tries, in ms: the reason why one is refused may go away by itself. */
const EVERY_MS = 500;
const DEADLINE_MS = 5_000;

export interface PromotionOptions {
  readonly loop: Loop;
  readonly change: MembershipChange;
  readonly orders: Orders;
}

export class Promotion {
  readonly #options: PromotionOptions;
  #triedAtMs = Number.NEGATIVE_INFINITY;
  #isUnderWay = false;

  constructor(options: PromotionOptions) {
    this.#options = options;
  }

  tick(nowMs: number): void {
    const { change, loop, orders } = this.#options;
    const { core } = loop;
    if (core.role.name !== 'leader' || this.#isUnderWay || !change.isIdle) return;
    if (nowMs - this.#triedAtMs < EVERY_MS) return;
    const joining = core.membership.members.filter(({ role }) => role === 'joining');
    if (joining.length === 0) return;
    this.#triedAtMs = nowMs;
    for (const { id } of joining) {
      if (this.#isUnderWay) return;
      this.#isUnderWay = true;
      const order = { type: 'promote', id } as const;
      orders.carryOut({ order, dryRun: false, remainingMs: DEADLINE_MS }, () => {
        this.#isUnderWay = false;
      });
    }
  }
}
