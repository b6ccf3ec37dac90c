/**
 * The name of a place: two places have the same name if they behave alike from now on. What cannot
 * influence anything without ticks and reads is not in it: ticks, random numbers, who was heard;
 * numbers of writes count from the last durable one.
 */
import { unreachable } from '../../paxos/assert.ts';
import { formatBallot } from '../../paxos/ballot.ts';
import type { Command, Proposal, Slot } from '../../paxos/command.ts';
import type { CoreState, LearnerState, PromiseReport, Role } from '../../paxos/core-state.ts';
import type { LogRecord } from '../../paxos/effects.ts';
import type { Message } from '../../paxos/messages.ts';
import type { Epoch } from '../../paxos/membership.ts';
import type { EpochDisk, Place } from './place.ts';

export function namePlace(place: Place): string {
  const { core, disk, pending, held, durable } = place;
  const { acceptor } = core;
  const isPromised = Math.max(0, acceptor.promisedWrite - durable);
  return [
    core.self,
    place.hasSlowDisk ? 'slow' : 'quick',
    place.campaignsLeft,
    place.commandsLeft,
    core.membership.epoch > 1 ? `epoch ${core.membership.epoch} from ${core.epochFrom}` : '',
    formatBallot(acceptor.promised),
    isPromised,
    nameEntries(acceptor.accepted),
    acceptor.highestSlot,
    nameLearner(core.learner),
    nameRole(core.role),
    canFetch(place) ? nameSources(core) : '',
    place.campaignsLeft > 0 ? core.election.highestRound : '',
    nameOffice(place),
    [...disk.epochs]
      .toSorted(([a], [b]) => a - b)
      .map(nameEpoch)
      .join(';'),
    disk.chosenUpTo,
    pending.map(nameRecord).join(','),
    held
      .map(({ after, to, message }) => `${after - durable}>${to}:${nameMessage(message)}`)
      .join(','),
  ].join('|');
}

/**
 * Whether this replica may yet pull chosen slots: without ticks only a candidate begins to, and who
 * is in an epoch that may end.
 */
export function canFetch({ core, campaignsLeft, lastEpoch }: Place): boolean {
  if (core.membership.epoch < lastEpoch) return true;
  return campaignsLeft > 0 || core.role.name === 'candidate' || core.learner.fetching !== undefined;
}

/** From where on a leader may end the epoch, where it may yet wish to. */
function nameOffice({ commandsLeft, core, lastEpoch }: Place): string {
  const { membership, role } = core;
  const mayStop = commandsLeft > 0 && membership.epoch < lastEpoch;
  return mayStop && role.name === 'leader' ? `own from ${role.firstOwnSlot}` : '';
}

function nameEpoch([epoch, { promised, accepted }]: [Epoch, EpochDisk]): string {
  return `${epoch} ${formatBallot(promised)} ${nameEntries(accepted)}`;
}

function nameEntries(entries: ReadonlyMap<Slot, Omit<Proposal, 'slot'>>, above: Slot = 0): string {
  return [...entries]
    .filter(([slot]) => slot > above)
    .toSorted(([a], [b]) => a - b)
    .map(([slot, { ballot, command }]) => nameProposal({ slot, ballot, command }))
    .join(',');
}

export function nameProposal({ slot, ballot, command }: Proposal): string {
  return `${slot}:${formatBallot(ballot)}=${nameCommand(command)}`;
}

export function nameCommand(command: Command): string {
  if (command.type === 'noop') return `NOOP(${formatBallot(command.ballot)})`;
  if (command.type === 'stop') return `stop ${command.membership.epoch - 1}`;
  return `command ${command.bytes.join('.')}`;
}

/** An announcement of what is known already says nothing. */
function nameLearner({ announced, chosenUpTo }: LearnerState): string {
  const upTo = announced.upTo > chosenUpTo ? announced.upTo : 0;
  return `${chosenUpTo} ${formatBallot(announced.ballot)} ${upTo}`;
}

/** From whom it would fetch. */
function nameSources({ election, learner }: CoreState): string {
  const ahead = [...learner.peersChosenUpTo]
    .filter(([, upTo]) => upTo > learner.chosenUpTo)
    .toSorted(([a], [b]) => a - b);
  const { failed, fetching, isPausing } = learner;
  return JSON.stringify([
    election.leader,
    formatBallot(election.heard),
    ahead,
    fetching?.from,
    failed,
    isPausing,
  ]);
}

function nameRole(role: Role): string {
  switch (role.name) {
    case 'follower':
    case 'checking':
      return role.name;
    case 'candidate': {
      const reports = [...role.reports].toSorted(([a], [b]) => a - b);
      const names = reports.map(([id, report]) => `${id}(${nameReport(report)})`);
      return `candidate ${formatBallot(role.ballot)} ${role.from} ${names.join(' ')}`;
    }
    case 'leader': {
      const slots = [...role.inFlight].toSorted(([a], [b]) => a - b);
      const names = slots.map(([slot, { command, votes, chosen }]) => {
        const voters = chosen ? 'chosen' : [...votes].toSorted((a, b) => a - b).join('.');
        return `${slot}=${nameCommand(command)}(${voters})`;
      });
      return `leader ${formatBallot(role.ballot)} ${role.nextSlot} ${names.join(' ')}`;
    }
    default:
      return unreachable(role);
  }
}

function nameReport({ parts, chosenUpTo, received }: PromiseReport): string {
  const names = [...received]
    .toSorted(([a], [b]) => a - b)
    .map(([part, proposals]) => `${part}[${proposals.map(nameProposal).join(',')}]`);
  return `${parts} ${chosenUpTo} ${names.join('')}`;
}

function nameRecord(record: LogRecord): string {
  const name = record.type === 'promised' ? formatBallot(record.ballot) : nameProposal(record);
  return inEpoch(record.epoch, name);
}

/** The first epoch goes without saying. */
export function inEpoch(epoch: Epoch, name: string): string {
  return epoch === 1 ? name : `in epoch ${epoch}: ${name}`;
}

/** For the key of a message, and for the reader of a path. */
export function nameMessage(message: Message): string {
  return inEpoch(message.epoch, nameInEpoch(message));
}

function nameInEpoch(message: Message): string {
  switch (message.type) {
    case 'prepare':
      return `prepare ${formatBallot(message.ballot)} from slot ${message.from}`;
    case 'promise': {
      const accepted = message.accepted.map(nameProposal).join(', ');
      const { part, parts, chosenUpTo } = message;
      const which = parts === 1 ? '' : ` part ${part} of ${parts}`;
      return `promise ${formatBallot(message.ballot)}${which} [${accepted}] chosen ${chosenUpTo}`;
    }
    case 'accept':
      return `accept ${nameProposal(message)} chosen ${message.chosenUpTo}`;
    case 'accepted':
      return `accepted ${message.slot}:${formatBallot(message.ballot)}`;
    case 'rejected':
      return `rejected ${formatBallot(message.ballot)} promised ${formatBallot(message.promised)}`;
    case 'heartbeat':
      return `heartbeat ${formatBallot(message.ballot)}#${message.beat} chosen ${message.chosenUpTo}`;
    default:
      return JSON.stringify(message);
  }
}
