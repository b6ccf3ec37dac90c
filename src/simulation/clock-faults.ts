/**
 * What goes wrong with the clocks of a world. With read leases on, no monotonic clock jumps: that
 * would be more than the drift that they allow for. Machines stand still there, and only their
 * wall clocks tell; or wall clocks are set, and tell what is not so.
 */
import type { ChoiceKind } from './choices.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';
import type { SimulatedReplica } from './simulated-replica.ts';

const JUMPS_MS = [20, 300, 3_000] as const;

export type Draw = (random: Random, replica: SimulatedReplica) => () => void;

export function clockFaults(plan: Plan): readonly (readonly [ChoiceKind, number, Draw])[] {
  return [
    ['clockJump', plan.clockJumpEveryMs, drawJump],
    [
      'standstill',
      plan.standstillEveryMs,
      (random, replica) => drawStandstill(plan, random, replica),
    ],
    ['wallStep', plan.wallStepEveryMs, (random, replica) => drawWallStep(plan, random, replica)],
  ];
}

function drawJump(random: Random, replica: SimulatedReplica): () => void {
  const byMs = random.next() * random.pick(JUMPS_MS);
  return () => replica.clock.jump(byMs);
}

/** Some are too short to be seen, some last as long as a lease, or much longer. */
function drawStandstill(plan: Plan, random: Random, replica: SimulatedReplica): () => void {
  const { leaseDriftPerMille, leaseGrantMs } = plan.limits.core;
  const share = random.pick([leaseDriftPerMille / 1000, 1, 3, 20]);
  const forMs = random.next() * share * leaseGrantMs;
  return () => replica.standStill(forMs);
}

/** Back and forth, by about as much as a lease lasts. */
function drawWallStep(plan: Plan, random: Random, replica: SimulatedReplica): () => void {
  const mostMs = random.pick([1, 5, 50]) * plan.limits.core.leaseGrantMs;
  const byMs = (2 * random.next() - 1) * mostMs;
  return () => replica.clock.setWall(byMs);
}
