/** L1 of leaders whose disks stay nearly full: another one leads in the end. */
import { check } from './ghost/invariant.ts';
import type { Plan } from './plan.ts';
import type { SimulatedReplica } from './simulated-replica.ts';
import { leadsFull } from './standing.ts';
import type { VirtualTime } from './virtual-time.ts';

/** In intervals of gossip: one from which nobody took over leads on for 50 of them first. */
const FULL_STATUSES = 60;

interface Room {
  readonly plan: Plan;
  readonly time: VirtualTime;
  readonly runWhile: (isWanted: () => boolean) => void;
}

/** A full leader from which nobody took over tries it again after a while. */
export function checkHandedOver(
  { plan, runWhile, time }: Room,
  frozen: readonly SimulatedReplica[],
): void {
  const untilMs = time.nowMs() + FULL_STATUSES * plan.limits.statusMs;
  runWhile(() => time.nowMs() < untilMs && frozen.some(leadsFull));
  const full = frozen.find(leadsFull);
  check(full === undefined, 'L1: a full leader hands over', `replica ${full?.id}`);
}
