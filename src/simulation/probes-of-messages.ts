/** Probes of what arrives at a core: votes, proposals, confirmations, hand-overs, chosen slots. */
import { isAtLeast, isHigher, isSame, type ReplicaId } from '../paxos/ballot.ts';
import type { Proposal, Slot } from '../paxos/command.ts';
import type { CoreState } from '../paxos/core-state.ts';
import type { Accept, Accepted, LeaderConfirmed, Message } from '../paxos/messages.ts';
import { grantArrives, promiseArrives } from './probes-of-campaigns.ts';
import type { Probes } from './probes.ts';

export function messageArrives(
  probes: Probes,
  core: CoreState,
  from: ReplicaId,
  message: Message,
): void {
  if (core.isSuspect) suspectHears(probes, message);
  switch (message.type) {
    case 'promise':
      return promiseArrives(probes, core, from, message);
    case 'campaignChecked':
      return grantArrives(probes, core, message);
    case 'accept':
      return acceptArrives(probes, core, message);
    case 'accepted':
      return acceptedArrives(probes, core, from, message);
    case 'leaderConfirmed':
      return confirmationArrives(probes, core, message);
    case 'heartbeat':
      return announcementArrives(probes, core, message);
    case 'readIndex':
      return readArrives(probes, core);
    case 'handOver':
      if (!leadsIn(core, message)) probes.reached('handOverLate');
      return undefined;
    case 'takeOver':
      if (!isSame(message.ballot, core.election.heard)) probes.reached('takeOverLate');
      return undefined;
    default:
      return undefined;
  }
}

function suspectHears(probes: Probes, { type }: Message): void {
  if (type === 'prepare') probes.reached('suspectHeardPrepare');
  else if (type === 'accept') probes.reached('suspectHeardAccept');
  else if (type === 'checkCampaign') probes.reached('suspectHeardCheck');
  else if (type === 'confirmLeader') probes.reached('suspectHeardConfirmation');
}

function leadsIn({ role }: CoreState, { ballot }: Pick<Accepted, 'ballot'>): boolean {
  return role.name === 'leader' && isSame(role.ballot, ballot);
}

function acceptArrives(probes: Probes, core: CoreState, message: Accept): void {
  const { acceptor, learner, limits } = core;
  const { ballot, slot } = message;
  if (core.isSuspect || isHigher(acceptor.promised, ballot)) return;
  if (slot <= acceptor.floor) probes.reached('acceptBelowFloor');
  if (isHigher(ballot, acceptor.promised)) probes.reached('acceptWithoutPrepare');
  if (slot > acceptor.highestSlot + 1) probes.reached('acceptAboveGap');
  if (slot <= learner.appliedUpTo) probes.reached('acceptOfApplied');
  if (slot > learner.appliedUpTo + limits.openSlots) probes.reached('acceptBeyondOpenSlots');
  const entry = acceptor.accepted.get(slot);
  if (entry === undefined) return;
  if (isSame(entry.ballot, ballot)) probes.reached('duplicateAccept');
  else probes.reached('acceptReplaces');
}

function acceptedArrives(
  probes: Probes,
  core: CoreState,
  from: ReplicaId,
  message: Accepted,
): void {
  const { role } = core;
  if (role.name !== 'leader' || !isSame(role.ballot, message.ballot)) {
    probes.reached('staleAccepted');
    return;
  }
  const entry = role.inFlight.get(message.slot);
  if (entry === undefined || entry.chosen) probes.reached('acceptedAfterChosen');
  if (role.recentVotes.get(message.slot)?.has(from) === true) probes.reached('duplicateAccepted');
}

function confirmationArrives(probes: Probes, core: CoreState, message: LeaderConfirmed): void {
  const { role } = core;
  if (role.name !== 'leader' || !isSame(role.ballot, message.ballot)) return;
  if (role.round !== undefined && role.round.nonce !== message.nonce) {
    probes.reached('lateConfirmation');
  }
}

function announcementArrives(
  probes: Probes,
  { acceptor, learner }: CoreState,
  { ballot, chosenUpTo }: Extract<Message, { type: 'heartbeat' }>,
): void {
  if (chosenUpTo <= learner.chosenUpTo || !isAtLeast(ballot, acceptor.promised)) return;
  const entry = acceptor.accepted.get(learner.chosenUpTo + 1);
  if (entry !== undefined && !isSame(entry.ballot, ballot)) {
    probes.reached('announcedUnderOtherBallot');
  }
}

function readArrives(probes: Probes, { learner, role }: CoreState): void {
  if (role.name !== 'leader') probes.reached('readAtNoLeader');
  else if (learner.chosenUpTo < role.firstOwnSlot) probes.reached('readBeforeOwnNoop');
  else if (role.round !== undefined) probes.reached('readBehindRound');
}

export function fetchedArrives(
  probes: Probes,
  { acceptor, learner, role }: CoreState,
  proposals: readonly Proposal[] | undefined,
): void {
  if (proposals === undefined || proposals.length === 0) {
    probes.reached(proposals === undefined ? 'fetchFailed' : 'fetchedNothing');
    return;
  }
  const isNew = (slot: Slot): boolean => slot > learner.chosenUpTo;
  if (role.name === 'leader' && proposals.some(({ slot }) => isNew(slot))) {
    probes.reached('leaderFetched');
  }
  for (const { ballot, slot } of proposals) {
    if (!isNew(slot)) probes.reached('fetchedKnownSlot');
    const own = isNew(slot) ? acceptor.accepted.get(slot) : undefined;
    if (own !== undefined && isHigher(ballot, own.ballot)) {
      probes.reached('fetchedOverLostProposal');
    }
  }
}
