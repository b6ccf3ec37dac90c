/**
 * L2 for an operator: whoever gives an order gets one answer, also where the replica is asked to end
 * meanwhile. One that crashes owes nothing: its client sees the connection break.
 */
import type { MembershipOrder, OrderOutcome } from '../paxos/orders.ts';
import type { Host } from '../replica/host.ts';
import { check } from './ghost/invariant.ts';

type Ordered = Pick<Host, 'order'>;

export class OwedOrders {
  readonly #owed = new WeakMap<Ordered, number>();

  give(
    host: Ordered,
    { dryRun, order }: { readonly order: MembershipOrder; readonly dryRun: boolean },
    done: (outcome: OrderOutcome) => void,
  ): void {
    this.#count(host, 1);
    let isAnswered = false;
    host.order(order, dryRun, (outcome) => {
      check(!isAnswered, 'L2: an order is answered once', order.type);
      isAnswered = true;
      this.#count(host, -1);
      done(outcome);
    });
  }

  /** It was asked to end, and says that it is done. */
  hasEnded(host: Ordered | undefined): void {
    const owed = host === undefined ? 0 : this.#owed.get(host);
    check((owed ?? 0) === 0, 'L2: an order is answered before its replica ends', `${owed} are not`);
  }

  #count(host: Ordered, by: number): void {
    this.#owed.set(host, (this.#owed.get(host) ?? 0) + by);
  }
}
