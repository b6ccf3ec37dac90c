/**
 * Ballots, commands, proposals and memberships as JSON. The text of a command is put together by
 * hand: base64 needs no escapes, and `JSON.stringify` would look for them in every byte.
 */
import { assert, unreachable } from '../paxos/assert.ts';
import { compareBallots, type Ballot } from '../paxos/ballot.ts';
import type { Command, EpochProposal, Proposal, Slot } from '../paxos/command.ts';
import {
  type Epoch,
  MAX_MEMBERS,
  type Member,
  type MemberRole,
  type Membership,
  membershipProblem,
  type QuorumSizes,
} from '../paxos/membership.ts';
import { MAX_COMMAND_BYTES, MAX_PROPOSALS, MAX_REPLICA_ID } from './limits.ts';
import { isClientUrl, isPeerUrl, MAX_URL_CHARS } from '../paxos/member-url.ts';
import {
  base64,
  bytes,
  exactFields,
  hex128,
  integer,
  list,
  refuse,
  text,
  typeOf,
} from './shape.ts';

export function ballotText(ballot: Ballot): string {
  assert(Number.isSafeInteger(ballot.round), 'a ballot that leaves has a whole round');
  return `{"round":${ballot.round},"leader":${ballot.leader}}`;
}

export function commandText(command: Command): string {
  assert(Number.isSafeInteger(command.timeMs), 'cluster time is in whole milliseconds');
  switch (command.type) {
    case 'noop':
      return `{"type":"noop","timeMs":${command.timeMs},"ballot":${ballotText(command.ballot)}}`;
    case 'stop': {
      const { timeMs, membership } = command;
      return `{"type":"stop","timeMs":${timeMs},"membership":${JSON.stringify(membership)}}`;
    }
    case 'batch':
      assert(command.bytes.length <= MAX_COMMAND_BYTES, 'a command fits into a frame');
      return `{"type":"batch","timeMs":${command.timeMs},"bytes":"${base64(command.bytes)}"}`;
    default:
      return unreachable(command);
  }
}

export function proposalText(proposal: Proposal): string {
  const { slot, ballot, command } = proposal;
  return `{"slot":${slot},"ballot":${ballotText(ballot)},"command":${commandText(command)}}`;
}

export function epochProposalText(proposal: EpochProposal): string {
  return `{"epoch":${proposal.epoch},${proposalText(proposal).slice(1)}`;
}

/** A ballot that somebody leads, or `ZERO_BALLOT`. */
export function parseBallot(value: unknown): Ballot {
  const { round, leader } = exactFields(value, ['round', 'leader']);
  const ballot = { round: integer(round, 0), leader: integer(leader, 0, MAX_REPLICA_ID) };
  return (ballot.round === 0) === (ballot.leader === 0) ? ballot : refuse('half a ballot');
}

/** A ballot in which something can be said: not `ZERO_BALLOT`. */
export function parseUsedBallot(value: unknown): Ballot {
  const ballot = parseBallot(value);
  return ballot.round > 0 ? ballot : refuse('nobody leads the zero ballot');
}

export function parseCommand(value: unknown): Command {
  const type = typeOf(value);
  if (type === 'batch') {
    const fields = exactFields(value, ['type', 'timeMs', 'bytes']);
    const timeMs = integer(fields.timeMs, 0);
    return { type, timeMs, bytes: bytes(fields.bytes, MAX_COMMAND_BYTES) };
  }
  if (type === 'stop') {
    const { timeMs, membership } = exactFields(value, ['type', 'timeMs', 'membership']);
    return { type, timeMs: integer(timeMs, 0), membership: parseMembership(membership) };
  }
  if (type !== 'noop') return refuse('a command of an unknown type');
  const fields = exactFields(value, ['type', 'timeMs', 'ballot']);
  return { type, timeMs: integer(fields.timeMs, 0), ballot: parseUsedBallot(fields.ballot) };
}

/** Ascending by slot, so that no slot comes twice. */
export function parseProposals(value: unknown): readonly Proposal[] {
  return ascending(list(value, MAX_PROPOSALS, parseProposal));
}

/** Ascending by slot, and never back to an earlier epoch. */
export function parseEpochProposals(value: unknown): readonly EpochProposal[] {
  const proposals = ascending(list(value, MAX_PROPOSALS, parseEpochProposal));
  let last = 0;
  for (const { epoch } of proposals) {
    if (epoch < last) refuse('epochs out of order');
    last = epoch;
  }
  return proposals;
}

function ascending<T extends { readonly slot: Slot }>(proposals: readonly T[]): readonly T[] {
  let last = 0;
  for (const { slot } of proposals) {
    if (slot <= last) refuse('proposals out of order');
    last = slot;
  }
  return proposals;
}

function parseEpochProposal(value: unknown): EpochProposal {
  const fields = exactFields(value, ['epoch', 'slot', 'ballot', 'command']);
  const epoch = integer(fields.epoch, 1);
  const { slot, ballot, command } = fields;
  const proposal = parseProposal({ slot, ballot, command });
  refuseMisplaced(proposal.command, epoch);
  return { epoch, ...proposal };
}

/** A stop carries the membership of the epoch after its own. */
export function refuseMisplaced(command: Command, epoch: Epoch): void {
  if (command.type !== 'stop' || command.membership.epoch === epoch + 1) return;
  refuse('a stop of another epoch');
}

function parseProposal(value: unknown): Proposal {
  const { slot, ballot, command } = exactFields(value, ['slot', 'ballot', 'command']);
  return {
    slot: integer(slot, 1),
    ballot: parseUsedBallot(ballot),
    command: parseCommand(command),
  };
}

/** The promise of a ballot cannot report what was accepted in a higher one. */
export function refuseAbove(proposals: readonly Proposal[], ballot: Ballot): void {
  for (const proposal of proposals) {
    if (compareBallots(proposal.ballot, ballot) > 0) refuse('accepted above the promise');
  }
}

export function parseMembership(value: unknown): Membership {
  const fields = exactFields(value, ['clusterId', 'epoch', 'members', 'quorums']);
  const membership = {
    clusterId: hex128(fields.clusterId),
    epoch: integer(fields.epoch, 1),
    members: list(fields.members, MAX_MEMBERS, parseMember),
    quorums: parseQuorums(fields.quorums),
  };
  const problem = membershipProblem(membership);
  return problem === undefined ? membership : refuse(problem);
}

function parseMember(value: unknown): Member {
  const names = ['id', 'incarnation', 'role', 'peerUrl', 'clientUrl'];
  const fields = exactFields(value, names, ['replaces']);
  const member = {
    id: integer(fields.id, 1, MAX_REPLICA_ID),
    incarnation: hex128(fields.incarnation),
    role: parseRole(fields.role),
    peerUrl: parsePeerUrl(fields.peerUrl),
    clientUrl: parseClientUrl(fields.clientUrl),
  };
  if (!('replaces' in fields)) return member;
  return { ...member, replaces: integer(fields['replaces'], 1, MAX_REPLICA_ID) };
}

function parseRole(value: unknown): MemberRole {
  const isRole = value === 'voter' || value === 'nonVoting' || value === 'joining';
  return isRole ? value : refuse('an unknown role');
}

export function parseQuorums(value: unknown): QuorumSizes {
  const { phase1, phase2 } = exactFields(value, ['phase1', 'phase2']);
  return { phase1: integer(phase1, 1, MAX_MEMBERS), phase2: integer(phase2, 1, MAX_MEMBERS) };
}

export function parsePeerUrl(value: unknown): string {
  const url = text(value, MAX_URL_CHARS);
  return isPeerUrl(url) ? url : refuse('not a peer URL');
}

export function parseClientUrl(value: unknown): string {
  const url = text(value, MAX_URL_CHARS);
  return isClientUrl(url) ? url : refuse('not a client URL');
}
