/**
 * An acceptor of one instance: it promises, and it votes.
 *
 * Invariants: `promised` never goes down; it is never below the ballot of `accepted`; nothing is
 * accepted below `promised` (PMS 2.2, P1a); no answer leaves before what it says is durable.
 */
import { unreachable } from '../assert.ts';
import { mayAccept, mayPromise } from '../acceptor-rules.ts';
import { ZERO_BALLOT, type Ballot } from '../ballot.ts';
import type { Send, Write } from './effects.ts';
import type {
  Accept,
  Party,
  Prepare,
  ToAcceptor,
  ToLearner,
  ToProposer,
  Vote,
} from './messages.ts';

/** What an acceptor must never forget, in one record, so that it is written whole or not at all. */
export interface AcceptorRecord {
  readonly promised: Ballot;
  readonly accepted?: Vote;
}

export interface Acceptor {
  readonly id: number;
  /** The ids of those who are told of every vote, besides the proposer whose ballot it is. */
  readonly learners: readonly number[];
  /** What the last write says, durable or on its way. */
  record: AcceptorRecord;
  /** How many writes were asked for since the start. */
  writes: number;
}

export interface AcceptorInput {
  readonly type: 'message';
  readonly from: Party;
  readonly message: ToAcceptor;
}

export type AcceptorEffect = Write<AcceptorRecord> | Send<ToProposer | ToLearner>;

/** `record` is what the disk holds after a restart; without one the acceptor is new. */
export function newAcceptor(
  id: number,
  learners: readonly number[],
  record: AcceptorRecord = { promised: ZERO_BALLOT },
): Acceptor {
  return { id, learners, record, writes: 0 };
}

export function stepAcceptor(acceptor: Acceptor, input: AcceptorInput): readonly AcceptorEffect[] {
  const { message } = input;
  switch (message.type) {
    case 'prepare':
      return onPrepare(acceptor, message);
    case 'accept':
      return onAccept(acceptor, message);
    case 'ask':
      return onAsk(acceptor, input.from);
    default:
      return unreachable(message);
  }
}

/** 1a -> 1b (PMS 2.2, phase 1 b): promise, and say what was accepted last. */
function onPrepare(acceptor: Acceptor, { ballot }: Prepare): readonly AcceptorEffect[] {
  if (!mayPromise(acceptor.record.promised, ballot)) return reject(acceptor, ballot);
  const { accepted } = acceptor.record;
  const write = change(acceptor, { ...acceptor.record, promised: ballot });
  const report = accepted === undefined ? {} : { accepted };
  return [write, send(acceptor, proposerOf(ballot), { type: 'promise', ballot, ...report })];
}

/** 2a -> 2b (PMS 2.2, phase 2 b): vote, and tell the proposer and every learner. */
function onAccept(acceptor: Acceptor, { ballot, value }: Accept): readonly AcceptorEffect[] {
  if (!mayAccept(acceptor.record.promised, ballot)) return reject(acceptor, ballot);
  // Accepting promises: else a ballot between the old promise and this one could be accepted later.
  const write = change(acceptor, { promised: ballot, accepted: { ballot, value } });
  const accepted = { type: 'accepted', ballot, value } as const;
  return [
    write,
    send(acceptor, proposerOf(ballot), accepted),
    ...acceptor.learners.map((id) => send(acceptor, { role: 'learner', id }, accepted)),
  ];
}

/** PMS 2.3: a vote whose message was lost is told again. */
function onAsk(acceptor: Acceptor, from: Party): readonly AcceptorEffect[] {
  const { accepted } = acceptor.record;
  if (accepted === undefined) return [];
  return [send(acceptor, from, { type: 'accepted', ...accepted })];
}

function reject(acceptor: Acceptor, ballot: Ballot): readonly AcceptorEffect[] {
  const { promised } = acceptor.record;
  return [send(acceptor, proposerOf(ballot), { type: 'rejected', ballot, promised })];
}

function change(acceptor: Acceptor, record: AcceptorRecord): Write<AcceptorRecord> {
  acceptor.record = record;
  acceptor.writes += 1;
  return { type: 'write', write: acceptor.writes, record };
}

/** Every answer waits for the last write: one that repeats an earlier answer rests on it as well. */
function send<M extends ToProposer | ToLearner>(
  acceptor: Acceptor,
  to: Party,
  message: M,
): Send<M> {
  return { type: 'send', after: acceptor.writes, to, message };
}

/** A ballot names its owner: the answer goes there, whoever carried the request. */
function proposerOf(ballot: Ballot): Party {
  return { role: 'proposer', id: ballot.leader };
}
