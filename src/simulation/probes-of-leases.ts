/** Probes of read leases, in each step of one replica's core. */
import type { CoreState, Role } from '../paxos/core-state.ts';
import type { Input } from '../paxos/effects.ts';
import { isSticky } from '../paxos/standing.ts';
import { mayCampaign } from '../paxos/suspect.ts';
import type { Probes } from './probes.ts';

/** Before a step. */
export interface LeaseSeen {
  readonly role: Role;
  readonly hasLease: boolean;
  readonly isGranted: boolean;
  /** A prepare came that no leader who was heard of late stands against. */
  readonly isFreePrepare: boolean;
}

export const NOTHING_SEEN: LeaseSeen = {
  role: { name: 'follower' },
  hasLease: false,
  isGranted: false,
  isFreePrepare: false,
};

export function seeLease(core: CoreState, input: Input): LeaseSeen {
  const { role, limits } = core;
  if (limits.leaseGrantMs === 0) return NOTHING_SEEN;
  const lease = role.name === 'leader' ? role.lease : undefined;
  const isPrepare = input.type === 'message' && input.message.type === 'prepare';
  return {
    role,
    hasLease: lease !== undefined,
    isGranted: lease !== undefined && lease.untilMs.size > 0,
    isFreePrepare: isPrepare && !isStickyTo(core, input),
  };
}

function isStickyTo(core: CoreState, input: Input): boolean {
  if (input.type !== 'message' || input.message.type !== 'prepare') return false;
  return isSticky(core, input.from, input.message.succeeds);
}

export function leaseStepped(probes: Probes, core: CoreState, input: Input, seen: LeaseSeen): void {
  const { limits, role } = core;
  if (limits.leaseGrantMs === 0) return;
  if (input.type === 'stoodStill' && seen.isGranted) probes.reached('leaseVoided');
  if (input.type === 'tick' && !input.diskStalled) ticked(probes, core);
  if (!seen.hasLease || role !== seen.role || role.name !== 'leader') return;
  if (role.lease !== undefined) return;
  probes.reached(role.stop === undefined ? 'leaseDropped' : 'leaseEndedByStop');
}

/** A campaign was due, and nothing but a grant can have held it up. */
function ticked(probes: Probes, core: CoreState): void {
  const { election, grants, role } = core;
  const isDue = election.ticksSinceLeader >= election.timeoutTicks;
  if (role.name !== 'follower' || !isDue || !mayCampaign(core)) return;
  probes.reached(grants.last === undefined ? 'leaseWaitedOut' : 'leaseHeldCampaign');
}
