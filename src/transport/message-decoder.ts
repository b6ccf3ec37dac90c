/**
 * The door for a frame's body: one exact parser for each type of message. Whether a message makes
 * sense in the state of the replica is not decided here.
 */
import { isCommandId } from '../kv/command-id.ts';
import { MAX_MEMBERS } from '../paxos/membership.ts';
import type {
  Accept,
  CampaignChecked,
  DiskLevel,
  Freshness,
  PromiseMessage,
  Status,
} from '../paxos/messages.ts';
import {
  MAX_COMMAND_BYTES,
  MAX_PARTS,
  MAX_REASON_CHARS,
  MAX_REMAINING_MS,
  MAX_REPLICA_ID,
  MAX_VERSION_CHARS,
} from './limits.ts';
import type { Forward, Forwarded, StreamMessage } from './messages.ts';
import { parseOutcome } from './outcome-json.ts';
import {
  parseBallot,
  parseCommand,
  parseMembership,
  parseProposals,
  parseUsedBallot,
  refuseAbove,
  refuseMisplaced,
} from './proposal-json.ts';
import { parseTrace } from './trace-json.ts';
import { bytes, exactFields, flag, hex128, integer, list, refuse, text, typeOf } from './shape.ts';

type Parser<T> = (value: unknown) => T;

const PARSERS: {
  readonly [T in StreamMessage['type']]: Parser<Extract<StreamMessage, { type: T }>>;
} = {
  checkCampaign: (value) => ({ type: 'checkCampaign', ...parseBallotOnly(value) }),
  campaignChecked: parseCampaignChecked,
  prepare: (value) => {
    const fields = exactFields(value, ['type', 'epoch', 'ballot', 'from'], ['succeeds']);
    const { epoch, ballot, from, succeeds } = fields;
    return {
      type: 'prepare',
      ...parseEpochAndBallot(epoch, ballot),
      from: integer(from, 1),
      ...(succeeds === undefined ? {} : { succeeds: parseBallot(succeeds) }),
    };
  },
  promise: parsePromise,
  accept: parseAccept,
  accepted: (value) => {
    const { epoch, ballot, slot } = exactFields(value, ['type', 'epoch', 'ballot', 'slot']);
    return { type: 'accepted', ...parseEpochAndBallot(epoch, ballot), slot: integer(slot, 1) };
  },
  rejected: (value) => {
    const fields = exactFields(value, ['type', 'epoch', 'ballot', 'promised']);
    const { epoch, ballot, promised } = fields;
    const header = parseEpochAndBallot(epoch, ballot);
    return { type: 'rejected', ...header, promised: parseBallot(promised) };
  },
  heartbeat: (value) => {
    const names = ['type', 'epoch', 'ballot', 'beat', 'chosenUpTo'];
    const fields = exactFields(value, names, ['sentAtMs', 'fresh']);
    const { fresh, sentAtMs } = fields;
    return {
      type: 'heartbeat',
      ...parseEpochAndBallot(fields.epoch, fields.ballot),
      beat: integer(fields.beat, 1),
      chosenUpTo: integer(fields.chosenUpTo, 0),
      ...(sentAtMs === undefined ? {} : { sentAtMs: integer(sentAtMs, 0) }),
      ...(fresh === undefined ? {} : { fresh: parseFreshness(fresh) }),
    };
  },
  heard: (value) => {
    const fields = exactFields(value, ['type', 'epoch', 'ballot', 'beat', 'nonce'], ['lease']);
    const header = parseEpochAndBallot(fields.epoch, fields.ballot);
    const which = { beat: integer(fields.beat, 1), nonce: integer(fields.nonce, 0) };
    if (fields.lease === undefined) return { type: 'heard', ...header, ...which };
    const { forMs, sentAtMs } = exactFields(fields.lease, ['sentAtMs', 'forMs']);
    const lease = { sentAtMs: integer(sentAtMs, 0), forMs: integer(forMs, 1) };
    return { type: 'heard', ...header, ...which, lease };
  },
  confirmLeader: (value) => ({ type: 'confirmLeader', ...parseBallotAndNonce(value) }),
  leaderConfirmed: (value) => ({ type: 'leaderConfirmed', ...parseBallotAndNonce(value) }),
  readIndex: (value) => {
    const { epoch, nonce } = exactFields(value, ['type', 'epoch', 'nonce']);
    return { type: 'readIndex', epoch: integer(epoch, 1), nonce: integer(nonce, 0) };
  },
  readIndexed: (value) => {
    const fields = exactFields(value, ['type', 'epoch', 'ballot', 'nonce'], ['readIndex']);
    return {
      type: 'readIndexed',
      epoch: integer(fields.epoch, 1),
      ballot: parseBallot(fields.ballot),
      nonce: integer(fields.nonce, 0),
      ...(fields.readIndex === undefined ? {} : { readIndex: integer(fields.readIndex, 0) }),
    };
  },
  handOver: (value) => {
    const { epoch, ballot, to } = exactFields(value, ['type', 'epoch', 'ballot', 'to']);
    return {
      type: 'handOver',
      ...parseEpochAndBallot(epoch, ballot),
      to: integer(to, 1, MAX_REPLICA_ID),
    };
  },
  takeOver: (value) => {
    const fields = exactFields(value, ['type', 'epoch', 'ballot', 'chosenUpTo']);
    const { epoch, ballot, chosenUpTo } = fields;
    const header = parseEpochAndBallot(epoch, ballot);
    return { type: 'takeOver', ...header, chosenUpTo: integer(chosenUpTo, 0) };
  },
  status: parseStatus,
  epochEnded: (value) => {
    const { epoch, slot } = exactFields(value, ['type', 'epoch', 'slot']);
    return { type: 'epochEnded', epoch: integer(epoch, 1), slot: integer(slot, 1) };
  },
  forward: parseForward,
  forwarded: parseForwarded,
  trace: (value) => {
    const { ballot, slot } = exactFields(value, ['type', 'ballot', 'slot']);
    return { type: 'trace', ballot: parseUsedBallot(ballot), slot: integer(slot, 1) };
  },
  traced: (value) => {
    const fields = exactFields(value, ['type', 'ballot', 'slot', 'heldUs']);
    const { ballot, heldUs, slot } = fields;
    const place = { ballot: parseUsedBallot(ballot), slot: integer(slot, 1) };
    return { type: 'traced', ...place, heldUs: integer(heldUs, 0) };
  },
  hello: (value) => ({ type: 'hello', ...parseEmpty(value) }),
  introduce: (value) => {
    const { incarnation, to } = exactFields(value, ['type', 'incarnation'], ['to']);
    return {
      type: 'introduce',
      incarnation: hex128(incarnation),
      ...(to === undefined ? {} : { to: hex128(to) }),
    };
  },
  genesis: (value) => {
    const { membership } = exactFields(value, ['type', 'membership']);
    return { type: 'genesis', membership: parseMembership(membership) };
  },
  genesisStored: (value) => {
    const { clusterId } = exactFields(value, ['type', 'clusterId']);
    return { type: 'genesisStored', clusterId: hex128(clusterId) };
  },
  genesisRefused: (value) => {
    const { clusterId, reason } = exactFields(value, ['type', 'clusterId', 'reason']);
    return {
      type: 'genesisRefused',
      clusterId: hex128(clusterId),
      reason: text(reason, MAX_REASON_CHARS),
    };
  },
};

const PARSER_BY_TYPE: ReadonlyMap<string, Parser<StreamMessage>> = new Map(Object.entries(PARSERS));

/** Throws `Malformed`. */
export function parseMessage(value: unknown): StreamMessage {
  const parser = PARSER_BY_TYPE.get(typeOf(value));
  return parser === undefined ? refuse('a message of an unknown type') : parser(value);
}

function parseEmpty(value: unknown): object {
  exactFields(value, ['type']);
  return {};
}

function parseEpochAndBallot(epoch: unknown, ballot: unknown) {
  return { epoch: integer(epoch, 1), ballot: parseUsedBallot(ballot) };
}

function parseBallotOnly(value: unknown) {
  const { epoch, ballot } = exactFields(value, ['type', 'epoch', 'ballot']);
  return parseEpochAndBallot(epoch, ballot);
}

function parseBallotAndNonce(value: unknown) {
  const { epoch, ballot, nonce } = exactFields(value, ['type', 'epoch', 'ballot', 'nonce']);
  return { ...parseEpochAndBallot(epoch, ballot), nonce: integer(nonce, 0) };
}

function parseFreshness(value: unknown): Freshness {
  const { ageMs, nonce } = exactFields(value, ['nonce', 'ageMs']);
  return { nonce: integer(nonce, 0), ageMs: integer(ageMs, 0) };
}

function parseCampaignChecked(value: unknown): CampaignChecked {
  const names = ['type', 'epoch', 'ballot', 'granted', 'promised'];
  const { epoch, ballot, granted, promised } = exactFields(value, names);
  return {
    type: 'campaignChecked',
    ...parseEpochAndBallot(epoch, ballot),
    granted: flag(granted),
    promised: parseBallot(promised),
  };
}

function parsePromise(value: unknown): PromiseMessage {
  const names = ['type', 'epoch', 'ballot', 'chosenUpTo', 'part', 'parts', 'accepted'];
  const fields = exactFields(value, names);
  const header = parseEpochAndBallot(fields.epoch, fields.ballot);
  const parts = integer(fields.parts, 1, MAX_PARTS);
  const accepted = parseProposals(fields.accepted);
  refuseAbove(accepted, header.ballot);
  for (const { command } of accepted) refuseMisplaced(command, header.epoch);
  return {
    type: 'promise',
    ...header,
    chosenUpTo: integer(fields.chosenUpTo, 0),
    part: integer(fields.part, 0, parts - 1),
    parts,
    accepted,
  };
}

function parseAccept(value: unknown): Accept {
  const names = ['type', 'epoch', 'ballot', 'slot', 'command', 'chosenUpTo'];
  const { epoch, ballot, slot, command, chosenUpTo } = exactFields(value, names);
  const header = parseEpochAndBallot(epoch, ballot);
  const parsed = parseCommand(command);
  refuseMisplaced(parsed, header.epoch);
  return {
    type: 'accept',
    ...header,
    slot: integer(slot, 1),
    command: parsed,
    chosenUpTo: integer(chosenUpTo, 0),
  };
}

function parseStatus(value: unknown): Status {
  const positions = ['promised', 'chosenUpTo', 'appliedUpTo', 'stateHash', 'revision', 'floor'];
  const names = ['type', 'epoch', ...positions, 'version', 'suspect', 'disk', 'known'];
  const fields = exactFields(value, names);
  return {
    type: 'status',
    epoch: integer(fields.epoch, 1),
    promised: parseBallot(fields.promised),
    chosenUpTo: integer(fields.chosenUpTo, 0),
    appliedUpTo: integer(fields.appliedUpTo, 0),
    stateHash: hex128(fields.stateHash),
    revision: integer(fields.revision, 0),
    floor: integer(fields.floor, 0),
    version: text(fields.version, MAX_VERSION_CHARS),
    suspect: flag(fields.suspect),
    disk: parseDiskLevel(fields.disk),
    known: list(fields.known, MAX_MEMBERS, parseKnown),
  };
}

export function parseDiskLevel(value: unknown): DiskLevel {
  if (value === 'ok' || value === 'low' || value === 'full') return value;
  return refuse('not the level of a disk');
}

function parseKnown(value: unknown): Status['known'][number] {
  const { id, incarnation, sequence } = exactFields(value, ['id', 'incarnation', 'sequence']);
  return {
    id: integer(id, 1, MAX_REPLICA_ID),
    incarnation: hex128(incarnation),
    sequence: integer(sequence, 0),
  };
}

function parseForward(value: unknown): Forward {
  const names = ['type', 'id', 'ballot', 'command', 'remainingMs'];
  const fields = exactFields(value, names, ['trace']);
  if (fields.trace !== undefined && fields.trace !== true) refuse('a trace that is not true');
  return {
    type: 'forward',
    id: parseCommandId(fields.id),
    ballot: parseUsedBallot(fields.ballot),
    command: bytes(fields.command, MAX_COMMAND_BYTES),
    remainingMs: integer(fields.remainingMs, 0, MAX_REMAINING_MS),
    ...(fields.trace === true ? { trace: true } : {}),
  };
}

function parseForwarded(value: unknown): Forwarded {
  const { id, outcome, trace } = exactFields(value, ['type', 'id', 'outcome'], ['trace']);
  const answer = { id: parseCommandId(id), outcome: parseOutcome(outcome) };
  return {
    type: 'forwarded',
    ...answer,
    ...(trace === undefined ? {} : { trace: parseTrace(trace) }),
  };
}

function parseCommandId(value: unknown): string {
  const id = text(value, 32);
  return isCommandId(id) ? id : refuse('not a command id');
}
