/**
 * What proposers, acceptors and learners say to each other to choose one value (PMS 2).
 *
 *   phase 1    proposer --prepare (1a)--> acceptors
 *              proposer <--promise (1b)-- each        what it accepted last; or <--rejected--
 *
 *   phase 2    proposer --accept (2a)--> acceptors    its own value, or the one it inherited
 *              proposer <--accepted (2b)-- each       or <--rejected--
 *              learners <--accepted (2b)-- each       the same message, with the value in it
 *
 *   learning   learner --ask--> acceptors             an `accepted` may have been lost (PMS 2.3)
 *              learner <--accepted-- each that accepted something
 *
 * Any of them may be lost, repeated, late or out of order; none is forged. A reply names the
 * ballot that it answers, so that it is never taken for the answer to another request.
 */
import type { Ballot } from '../ballot.ts';

/** Opaque: Paxos compares values with nothing but themselves. */
export type Value = string;

export type Role = 'proposer' | 'acceptor' | 'learner';

/** One player of one role. Ids are numbered from 1 within a role; a proposer's is its ballots' leader. */
export interface Party {
  readonly role: Role;
  readonly id: number;
}

/** A ballot and a value: a proposal of the one slot there is. */
export interface Vote {
  readonly ballot: Ballot;
  readonly value: Value;
}

/** 1a. */
export interface Prepare {
  readonly type: 'prepare';
  readonly ballot: Ballot;
}

/** 1b. `accepted` is the proposal of the highest ballot that the acceptor accepted, if any. */
export interface PromiseMessage {
  readonly type: 'promise';
  readonly ballot: Ballot;
  readonly accepted?: Vote;
}

/** 2a. */
export interface Accept {
  readonly type: 'accept';
  readonly ballot: Ballot;
  readonly value: Value;
}

/** 2b. Carries the value, because a learner may have seen no other message. */
export interface Accepted {
  readonly type: 'accepted';
  readonly ballot: Ballot;
  readonly value: Value;
}

/** The answer to a `prepare` or `accept` of `ballot` by an acceptor that promised a higher one. */
export interface Rejected {
  readonly type: 'rejected';
  readonly ballot: Ballot;
  readonly promised: Ballot;
}

/** "Tell me again what you accepted." Changes nothing. */
export interface Ask {
  readonly type: 'ask';
}

export type ToAcceptor = Prepare | Accept | Ask;
export type ToProposer = PromiseMessage | Accepted | Rejected;
export type ToLearner = Accepted;
export type Message = ToAcceptor | ToProposer | ToLearner;
