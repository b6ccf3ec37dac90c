/** An operator's order gets one answer before its replica ends. */
import { expect, test } from 'vitest';
import type { MembershipOrder, OrderOutcome } from '../../src/paxos/orders.ts';
import { OwedOrders } from '../../src/simulation/owed-orders.ts';

type Done = (outcome: OrderOutcome) => void;

const GIVEN = { order: { type: 'remove', id: 2 }, dryRun: false } as const;
const CLOSING: OrderOutcome = { type: 'notApplied', reason: 'closing' };

class Asked {
  readonly waiting: Done[] = [];

  order(_order: MembershipOrder, _dryRun: boolean, done: Done): void {
    this.waiting.push(done);
  }
}

test('one that was not answered shows when its replica has ended', () => {
  const orders = new OwedOrders();
  const [host, other] = [new Asked(), new Asked()];
  const outcomes: OrderOutcome[] = [];
  for (const asked of [host, host, other]) orders.give(asked, GIVEN, (o) => outcomes.push(o));
  host.waiting[0]?.(CLOSING);
  expect(outcomes).toEqual([CLOSING]);
  expect(() => orders.hasEnded(host)).toThrow('L2: an order is answered before its replica ends');
  host.waiting[1]?.(CLOSING);
  orders.hasEnded(host);
  orders.hasEnded(undefined);
});

test('a second answer is one too many', () => {
  const orders = new OwedOrders();
  const host = new Asked();
  orders.give(host, GIVEN, () => undefined);
  host.waiting[0]?.(CLOSING);
  expect(() => host.waiting[0]?.(CLOSING)).toThrow('L2: an order is answered once');
});
