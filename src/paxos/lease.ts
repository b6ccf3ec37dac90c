/**
 * Read leases (PML 5.2): a time for which a leader answers reads without asking anybody. Off unless
 * `leaseGrantMs` says otherwise.
 *
 *   leader --heartbeat with sentAtMs--> all
 *   leader <--heard with sentAtMs and forMs-- each that grants it
 *
 * An acceptor that grants promises nothing to anybody but that leader for `forMs`, by its clock. A
 * leader holds the lease while a phase 2 quorum stands behind it, each for less than was granted
 * and **from when the heartbeat was sent**: the grant began later. Every phase 1 quorum meets that
 * quorum, so nobody is elected meanwhile, and nothing is chosen that this leader does not propose.
 *
 * - Only time ends a grant: no closed connection, and no restart. Who starts promises nothing
 *   until what an earlier life may have granted has ended; also in the epoch that follows.
 * - The leader that it is granted to may campaign again, and whom that leader hands over to. Such a
 *   leader drops the lease first, and takes none in this ballot again: a `prepare` of the one that
 *   it called may come late.
 * - None is held before the leader's own `NOOP` is chosen, nor from the moment on at which it
 *   proposes a stop, inherited or its own; none is granted where a stop is open (acceptor.ts).
 * - A clock shows up to `leaseDriftPerMille` more or less than true time, and a machine may stand
 *   still unnoticed for as large a part of a grant. After a longer standstill, of which the replica
 *   tells, what was granted before is void.
 */
import { isSealed } from './acceptor.ts';
import { type Ballot, isSame, type ReplicaId } from './ballot.ts';
import type { CoreLimits } from './core-limits.ts';
import type { CoreState, Leader, Turn } from './core-state.ts';
import { isPhase2Quorum } from './membership.ts';
import type { Heartbeat, LeaseGrant } from './messages.ts';
import type { Lease } from './read-state.ts';

/** Of a leader that takes office; `undefined`: leases are off. */
export function newLease({ leaseGrantMs }: CoreLimits): Lease | undefined {
  return leaseGrantMs > 0 ? { untilMs: new Map(), voidUpToMs: -1 } : undefined;
}

/** A machine that stands still for no longer than this need not tell. */
export function standstillMs({ leaseDriftPerMille, leaseGrantMs }: CoreLimits): number {
  return (leaseGrantMs * leaseDriftPerMille) / 1000;
}

/**
 * How long what was granted counts at the leader. With a drift of d its clock may show L while
 * L/(1-d) passes, and stand still for s besides; that of the acceptor shows `forMs` in no less than
 * `forMs`/(1+d). So L = `forMs`(1-2d) - s is short enough.
 */
export function countedMs(limits: CoreLimits, forMs: number): number {
  const { leaseDriftPerMille } = limits;
  return Math.floor((forMs * (1000 - 2 * leaseDriftPerMille)) / 1000 - standstillMs(limits));
}

/** Whether this replica may answer from what it has chosen, without asking anybody. */
export function holdsLease(core: CoreState, nowMs: number): boolean {
  const { learner, membership, role, self } = core;
  if (role.name !== 'leader' || role.lease === undefined) return false;
  if (learner.chosenUpTo < role.firstOwnSlot) return false;
  const granted = new Set([self]);
  for (const [peer, untilMs] of role.lease.untilMs) if (nowMs < untilMs) granted.add(peer);
  return isPhase2Quorum(membership, granted);
}

/** An acceptor's answer to a heartbeat that it heard; `undefined`: it grants nothing. */
export function grantLease(
  { core, nowMs }: Turn,
  { ballot, sentAtMs }: Heartbeat,
): LeaseGrant | undefined {
  const { election, grants, limits } = core;
  const forMs = limits.leaseGrantMs;
  if (forMs === 0 || sentAtMs === undefined) return undefined;
  if (!isSame(ballot, election.heard) || isSealed(core, ballot)) return undefined;
  grants.last = { ballot, untilMs: nowMs + forMs };
  return { sentAtMs, forMs };
}

export function receiveGrant(
  { core }: Turn,
  { lease }: Leader,
  from: ReplicaId,
  { sentAtMs, forMs }: LeaseGrant,
): void {
  if (lease === undefined || sentAtMs <= lease.voidUpToMs) return;
  const untilMs = sentAtMs + countedMs(core.limits, forMs);
  if (untilMs > (lease.untilMs.get(from) ?? 0)) lease.untilMs.set(from, untilMs);
}

/**
 * Whether this acceptor may promise nothing to `candidate`, itself included: the leader that it
 * granted a lease may hold one. `succeeds`: the ballot of the leader that handed over to it.
 */
export function isBound({ core, nowMs }: Turn, candidate: ReplicaId, succeeds?: Ballot): boolean {
  const { last, silentUntilMs } = core.grants;
  if (nowMs < silentUntilMs) return true;
  if (last === undefined || nowMs >= last.untilMs) return false;
  if (candidate === last.ballot.leader) return false;
  return succeeds === undefined || !isSame(succeeds, last.ballot);
}

/** The machine stood still for longer than a lease allows for. */
export function voidLease({ core, nowMs }: Turn): void {
  const { role } = core;
  if (role.name !== 'leader' || role.lease === undefined) return;
  role.lease.untilMs.clear();
  role.lease.voidUpToMs = nowMs;
}
