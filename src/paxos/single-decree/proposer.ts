/**
 * A proposer of one instance: it wants its own value chosen, and gives it up for one that may
 * have been chosen already.
 *
 * Invariants: a round is used once, also across restarts (it is durable before its `prepare`
 * leaves); a ballot carries one value for ever; that value is the one of the highest ballot
 * reported by a quorum of promises, and the proposer's own only where none was (PMS 2.2, P2c).
 */
import { assert, unreachable } from '../assert.ts';
import { isHigher, isSame, type Ballot } from '../ballot.ts';
import { majorities } from '../membership.ts';
import type { Learned, Preempted, Send, Write } from './effects.ts';
import type { Accept, Party, Prepare, Rejected, ToProposer, Value, Vote } from './messages.ts';

/** The highest round that was used: the next one is above it. */
export interface ProposerRecord {
  readonly round: number;
}

interface Preparing {
  readonly phase: 'preparing';
  readonly ballot: Ballot;
  readonly to: readonly number[];
  /** By acceptor: what it accepted before; `undefined` when it accepted nothing. */
  readonly promises: Map<number, Vote | undefined>;
}

interface Accepting {
  readonly phase: 'accepting';
  readonly ballot: Ballot;
  readonly to: readonly number[];
  readonly value: Value;
  readonly voters: Set<number>;
}

export type Attempt =
  | { readonly phase: 'idle' }
  | Preparing
  | Accepting
  | { readonly phase: 'preempted'; readonly ballot: Ballot; readonly promised: Ballot }
  | { readonly phase: 'done'; readonly ballot: Ballot; readonly value: Value };

export interface Proposer {
  readonly id: number;
  /** All of them: what a quorum is counted from, whomever an attempt is sent to. */
  readonly acceptors: readonly number[];
  /** The highest round used or heard of. */
  round: number;
  writes: number;
  /** What it was asked to propose. */
  value: Value | undefined;
  attempt: Attempt;
}

export type ProposerInput =
  /** Propose a value, in the next ballot. `to`: the acceptors to contact, by default all. */
  | { readonly type: 'propose'; readonly value: Value; readonly to?: readonly number[] }
  /** Try again with the same value, in the next ballot. */
  | { readonly type: 'campaign'; readonly to?: readonly number[] }
  /** Send again, in the same ballot, to those that have not answered: messages get lost. */
  | { readonly type: 'retransmit' }
  | { readonly type: 'message'; readonly from: Party; readonly message: ToProposer };

export type ProposerEffect = Write<ProposerRecord> | Send<Prepare | Accept> | Preempted | Learned;

/** `record` is what the disk holds after a restart; without one the proposer is new. */
export function newProposer(
  id: number,
  acceptors: readonly number[],
  record: ProposerRecord = { round: 0 },
): Proposer {
  const attempt = { phase: 'idle' } as const;
  return { id, acceptors, round: record.round, writes: 0, value: undefined, attempt };
}

export function stepProposer(proposer: Proposer, input: ProposerInput): readonly ProposerEffect[] {
  if (proposer.attempt.phase === 'done') return [];
  switch (input.type) {
    case 'propose':
      assert(proposer.value === undefined, 'a proposer proposes one value');
      proposer.value = input.value;
      return campaign(proposer, input.to ?? proposer.acceptors);
    case 'campaign':
      assert(proposer.value !== undefined, 'a proposer campaigns for a value');
      return campaign(proposer, input.to ?? proposer.acceptors);
    case 'retransmit':
      return ask(proposer);
    case 'message':
      return onMessage(proposer, input.from.id, input.message);
    default:
      return unreachable(input);
  }
}

/** 1a (PMS 2.2, phase 1 a): a new ballot, higher than any it has heard of. */
function campaign(proposer: Proposer, to: readonly number[]): readonly ProposerEffect[] {
  proposer.round += 1;
  proposer.writes += 1;
  const { round, writes } = proposer;
  assert(Number.isSafeInteger(round), 'rounds never run out');
  proposer.attempt = {
    phase: 'preparing',
    ballot: { round, leader: proposer.id },
    to,
    promises: new Map(),
  };
  // The round is durable before its `prepare` leaves: a restarted proposer never uses it again.
  return [{ type: 'write', write: writes, record: { round } }, ...ask(proposer)];
}

/** 1a or 2a, whichever the attempt is at, to the acceptors whose answer is missing. */
function ask(proposer: Proposer): readonly ProposerEffect[] {
  const { attempt, writes } = proposer;
  if (attempt.phase !== 'preparing' && attempt.phase !== 'accepting') return [];
  const { ballot } = attempt;
  const message =
    attempt.phase === 'preparing'
      ? ({ type: 'prepare', ballot } as const)
      : ({ type: 'accept', ballot, value: attempt.value } as const);
  const answered = attempt.phase === 'preparing' ? attempt.promises : attempt.voters;
  const missing = attempt.to.filter((id) => !answered.has(id));
  return missing.map((id) => {
    return { type: 'send', after: writes, to: { role: 'acceptor', id }, message };
  });
}

function onMessage(
  proposer: Proposer,
  from: number,
  message: ToProposer,
): readonly ProposerEffect[] {
  const { attempt } = proposer;
  if (attempt.phase !== 'preparing' && attempt.phase !== 'accepting') return [];
  // A reply belongs to the request of its ballot: one to an earlier attempt says nothing here.
  if (!isSame(message.ballot, attempt.ballot)) return [];
  if (!proposer.acceptors.includes(from)) return [];
  switch (message.type) {
    case 'promise':
      return attempt.phase === 'preparing'
        ? onPromise(proposer, attempt, from, message.accepted)
        : [];
    case 'accepted':
      return attempt.phase === 'accepting' ? onAccepted(proposer, attempt, from) : [];
    case 'rejected':
      return onRejected(proposer, attempt.ballot, message);
    default:
      return unreachable(message);
  }
}

/** 1b -> 2a (PMS 2.2, phase 2 a): a quorum promised; propose what it obliges to, or one's own. */
function onPromise(
  proposer: Proposer,
  attempt: Preparing,
  from: number,
  accepted: Vote | undefined,
): readonly ProposerEffect[] {
  const { ballot, to, promises } = attempt;
  assert(accepted === undefined || isHigher(ballot, accepted.ballot), 'a new ballot is unused');
  promises.set(from, accepted);
  if (promises.size < majorities(proposer.acceptors.length).phase1) return [];
  const value = inheritedFrom(promises.values())?.value ?? proposer.value;
  assert(value !== undefined, 'a campaign is for a value');
  proposer.attempt = { phase: 'accepting', ballot, to, value, voters: new Set() };
  return ask(proposer);
}

/** PMS 2.2, P2c: of all that the quorum accepted, the one of the highest ballot binds. */
function inheritedFrom(reported: Iterable<Vote | undefined>): Vote | undefined {
  let inherited: Vote | undefined;
  for (const vote of reported) {
    if (vote === undefined) continue;
    if (inherited === undefined || isHigher(vote.ballot, inherited.ballot)) inherited = vote;
  }
  return inherited;
}

/** 2b: the proposer is its ballot's first learner (PMS 2.3). */
function onAccepted(
  proposer: Proposer,
  attempt: Accepting,
  from: number,
): readonly ProposerEffect[] {
  const { ballot, value, voters } = attempt;
  voters.add(from);
  if (voters.size < majorities(proposer.acceptors.length).phase2) return [];
  proposer.attempt = { phase: 'done', ballot, value };
  return [{ type: 'learned', ballot, value }];
}

/** A higher ballot is about: this one is given up, and the next one will be above that. */
function onRejected(
  proposer: Proposer,
  ballot: Ballot,
  { promised }: Rejected,
): readonly ProposerEffect[] {
  if (!isHigher(promised, ballot)) return [];
  proposer.round = Math.max(proposer.round, promised.round);
  proposer.attempt = { phase: 'preempted', ballot, promised };
  return [{ type: 'preempted', ballot, promised }];
}
