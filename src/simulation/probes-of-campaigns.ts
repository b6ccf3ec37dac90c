/** Probes of becoming leader: what arrives, and with what a leader begins. */
import type { ReplicaId } from '../paxos/ballot.ts';
import { isSame } from '../paxos/ballot.ts';
import type { Proposal, Slot } from '../paxos/command.ts';
import type { Candidate, CoreState, Leader } from '../paxos/core-state.ts';
import type { CampaignChecked, PromiseMessage } from '../paxos/messages.ts';
import { majorities, type Membership, votersOf } from '../paxos/membership.ts';
import type { Probes } from './probes.ts';

export function promiseArrives(
  probes: Probes,
  { role }: CoreState,
  from: ReplicaId,
  message: PromiseMessage,
): void {
  if (role.name === 'leader' && isSame(role.ballot, message.ballot)) {
    probes.reached('latePromise');
    return;
  }
  if (role.name !== 'candidate' || !isSame(role.ballot, message.ballot)) {
    probes.reached('stalePromise');
    return;
  }
  const report = role.reports.get(from);
  const received = report?.received.size ?? 0;
  if (report !== undefined && received === report.parts) probes.reached('duplicatePromise');
  else if (message.part > received) probes.reached('promisePartOutOfOrder');
}

export function grantArrives(
  probes: Probes,
  { role }: CoreState,
  { ballot, granted }: CampaignChecked,
): void {
  const isAsked = role.name === 'checking' && isSame(role.ballot, ballot);
  if (granted && !isAsked) probes.reached('lateGrant');
}

/** `candidate`: as it was before it led. */
export function leads(probes: Probes, candidate: Candidate, role: Leader, from: Slot): void {
  if (candidate.succeeds !== undefined) probes.reached('transferSucceeded');
  if (role.stop !== undefined) probes.reached('stopInherited');
  const { firstOwnSlot } = role;
  if (firstOwnSlot > from) probes.reached('ownNoopNotFirst');
  const reported = new Map<Slot, Proposal>();
  for (const { parts, received } of candidate.reports.values()) {
    if (received.size < parts) continue;
    for (const accepted of received.values()) {
      for (const proposal of accepted) {
        if (proposal.slot < from) continue;
        const other = reported.get(proposal.slot);
        if (other === undefined) reported.set(proposal.slot, proposal);
        else if (!isSame(other.ballot, proposal.ballot)) probes.reached('inheritedFromTwoBallots');
      }
    }
  }
  const own = [...(candidate.reports.get(role.ballot.leader)?.received.values() ?? [])].flat();
  const accepted = new Set(own.map(({ slot }) => slot));
  if ([...reported.keys()].some((slot) => !accepted.has(slot))) probes.reached('inheritedFromPeer');
  if (reported.size > 1) probes.reached('inheritedSeveral');
  if (reported.size < firstOwnSlot - from) probes.reached('gapFilledByNoop');
}

/** Which quorum elected a leader. */
export function elected(probes: Probes, membership: Membership): void {
  const voters = votersOf(membership).length;
  const { phase1 } = membership.quorums;
  if (phase1 !== majorities(voters).phase1) probes.reached('ledByFlexibleQuorum');
  if (phase1 === 1 && voters > 1) probes.reached('ledByOwnPromise');
}

/** What a leader that stepped down left undone. */
export function leaves(probes: Probes, { inFlight, readQueue, round }: Leader): void {
  if (inFlight.size > 0) probes.reached('leftOpenSlots');
  if (round !== undefined || readQueue.length > 0) probes.reached('leftReads');
}
