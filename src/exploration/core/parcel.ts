/**
 * What is under way between replicas: messages, and the two halves of a pull of chosen slots. And
 * which of it can never again change anything.
 */
import { unreachable } from '../../paxos/assert.ts';
import { type Ballot, isHigher, isSame, type ReplicaId } from '../../paxos/ballot.ts';
import type { EpochProposal, Slot } from '../../paxos/command.ts';
import type { Message } from '../../paxos/messages.ts';
import { diskOf, type Place } from './place.ts';
import { canFetch, inEpoch, nameMessage, nameProposal } from './place-name.ts';

export type Parcel = { readonly from: ReplicaId; readonly to: ReplicaId } & Content;

type Content =
  | { readonly type: 'message'; readonly message: Message }
  /** Asks for chosen slots from this one on. */
  | { readonly type: 'fetch'; readonly slot: Slot }
  | { readonly type: 'fetched'; readonly proposals: readonly EpochProposal[] };

export function nameParcel(parcel: Parcel): string {
  return `${parcel.from} -> ${parcel.to}  ${nameContent(parcel)}`;
}

function nameContent(content: Content): string {
  switch (content.type) {
    case 'message':
      return nameMessage(content.message);
    case 'fetch':
      return `fetch from slot ${content.slot}`;
    case 'fetched':
      return `fetched [${content.proposals.map((one) => inEpoch(one.epoch, nameProposal(one))).join(', ')}]`;
    default:
      return unreachable(content);
  }
}

/** What a replica holds as chosen, for one that pulls it. */
export function chosenFrom({ core }: Place, from: Slot): readonly EpochProposal[] {
  const proposals: EpochProposal[] = [];
  for (let slot = from; slot <= core.learner.chosenUpTo; slot += 1) {
    const entry = core.acceptor.accepted.get(slot);
    if (entry !== undefined) proposals.push({ slot, ...entry });
  }
  return proposals;
}

/**
 * Whether it can never again change anything where it goes; but for a refusal, which `isForgotten`
 * looks at. A ballot is used once, so that a role which is over does not come back.
 */
export function isWithoutEffect(parcel: Parcel, receiver: Place): boolean {
  if (parcel.type !== 'message') return false;
  const { message, from } = parcel;
  const { role, membership } = receiver.core;
  if (message.epoch !== membership.epoch) return message.epoch < membership.epoch;
  switch (message.type) {
    // It resets ticks, and tells a leader how old what it knows is.
    case 'heard':
      return true;
    case 'promise': {
      const isAwaited = role.name === 'candidate' && isSame(role.ballot, message.ballot);
      return !isAwaited && (message.chosenUpTo === 0 || !canFetch(receiver));
    }
    case 'accepted': {
      if (role.name !== 'leader' || !isSame(role.ballot, message.ballot)) return true;
      const entry = role.inFlight.get(message.slot);
      return entry === undefined || entry.chosen || entry.votes.has(from);
    }
    // One that names no higher promise comes from a leader that sticks to itself: it ends nothing.
    case 'rejected': {
      const { ballot, promised } = message;
      if (receiver.campaignsLeft > 0) return false;
      return !isHigher(promised, ballot) || isOver(ballot, receiver);
    }
    case 'prepare':
    case 'accept':
    case 'heartbeat':
      return isHigher(diskOf(receiver.disk, message.epoch).promised, message.ballot);
    default:
      return false;
  }
}

/**
 * Whether a refusal of it could never again change anything at its sender. (That its epoch has
 * ended, the sender may hear as an answer to it: that is left out, docs/exploration.md.)
 */
export function isForgotten(parcel: Parcel, sender: Place): boolean {
  if (parcel.type !== 'message') return false;
  const { message } = parcel;
  if (message.epoch < sender.core.membership.epoch) return true;
  switch (message.type) {
    case 'prepare':
    case 'accept':
    case 'heartbeat':
      return isOver(message.ballot, sender);
    default:
      return true;
  }
}

/** The owner of this ballot neither uses it any more nor will ever draw another. */
function isOver(ballot: Ballot, { campaignsLeft, core: { role } }: Place): boolean {
  if (campaignsLeft > 0) return false;
  return !(role.name === 'leader' || role.name === 'candidate') || !isSame(role.ballot, ballot);
}
