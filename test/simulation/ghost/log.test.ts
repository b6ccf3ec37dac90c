/** The ghost's rules of the log, each with a story that breaks it and one that does not. */
import { describe, expect, test } from 'vitest';
import type { PromiseMessage } from '../../../src/paxos/messages.ts';
import { Acceptors } from '../../../src/simulation/ghost/acceptors.ts';
import { Learners } from '../../../src/simulation/ghost/learners.ts';
import { Proposals } from '../../../src/simulation/ghost/proposals.ts';
import {
  ballotOf,
  choose,
  FIRST,
  noopOf,
  promiseOf,
  proposalOf,
  THREE,
  violated,
} from './forbidden.ts';

const SECOND = ballotOf(2, 2);
const X = noopOf(1);
const Y = noopOf(2, 2);

function accepted(slot: number, ballot = FIRST, command = X) {
  return { type: 'accepted', epoch: 1, slot, ballot, command } as const;
}

function promised(ballot = FIRST) {
  return { type: 'promised', epoch: 1, ballot } as const;
}

function recoveredOf(ballot = FIRST, proposals = [proposalOf(1, FIRST, X)]) {
  const said = { epoch: 1, promised: ballot, highestRound: ballot.round };
  return { ...said, chosenUpTo: 0, proposals, floor: 0, base: 0, sequence: 1, witnessed: 1 };
}

describe('one command for each slot', () => {
  test('I21: what a disk shows was proposed', () => {
    const proposals = new Proposals();
    proposals.attempt(1, FIRST, X);
    expect(violated(() => proposals.found(1, proposalOf(1, FIRST, X)))).toBeUndefined();
    expect(violated(() => proposals.found(1, proposalOf(1, FIRST, Y)))).toBe('I21');
    expect(violated(() => proposals.found(1, proposalOf(1, SECOND, X)))).toBe('I21');
    expect(violated(() => proposals.found(1, proposalOf(2, FIRST, X)))).toBe('I21');
  });

  test('I1: a second one that a quorum has', () => {
    const proposals = new Proposals();
    choose(proposals, proposalOf(1, FIRST, X));
    expect(violated(() => choose(proposals, proposalOf(1, SECOND, X)))).toBeUndefined();
    expect(violated(() => choose(proposals, proposalOf(1, ballotOf(3, 3), Y)))).toBe('I1');
  });

  test('I1: what a disk lost later still counts', () => {
    const proposals = new Proposals();
    proposals.durable(1, proposalOf(1, FIRST, X), THREE);
    proposals.durable(3, proposalOf(1, SECOND, Y), THREE);
    proposals.durable(2, proposalOf(1, FIRST, X), THREE);
    expect(proposals.isChosen(1, X)).toBe(true);
    expect(violated(() => void proposals.durable(2, proposalOf(1, SECOND, Y), THREE))).toBe('I1');
  });

  test('I3: two commands in one ballot', () => {
    const proposals = new Proposals();
    proposals.attempt(1, FIRST, X);
    expect(violated(() => void proposals.attempt(1, FIRST, { ...X }))).toBeUndefined();
    expect(violated(() => void proposals.attempt(1, FIRST, Y))).toBe('I3');
  });

  test('I1, I11: a replica takes another one for chosen, or one that no quorum has', () => {
    const proposals = new Proposals();
    const learners = new Learners(proposals);
    expect(violated(() => learners.chosen(1, 1, X))).toBe('I11');
    choose(proposals, proposalOf(1, FIRST, X));
    learners.started(1, 0);
    learners.started(2, 0);
    expect(violated(() => learners.chosen(1, 1, X))).toBeUndefined();
    expect(violated(() => learners.chosen(2, 1, Y))).toBe('I1');
  });

  test('I11: a gap, a repetition, an announcement and a served slot that is not chosen', () => {
    const proposals = new Proposals();
    const learners = new Learners(proposals);
    choose(proposals, proposalOf(1, FIRST, X), proposalOf(3, FIRST, X));
    learners.started(1, 0);
    expect(violated(() => learners.chosen(1, 3, X))).toBe('I11');
    learners.chosen(1, 1, X);
    expect(violated(() => learners.chosen(1, 1, X))).toBe('I11');
    expect(violated(() => learners.announced(1, 1))).toBeUndefined();
    expect(violated(() => learners.announced(1, 3))).toBe('I11');
    expect(violated(() => learners.served(1, [proposalOf(3, FIRST, X)]))).toBeUndefined();
    expect(violated(() => learners.served(1, [proposalOf(3, FIRST, Y)]))).toBe('I11');
  });
});

describe('an acceptor', () => {
  test('I4: takes no promise back, on disk or over a crash, and votes in none lower', () => {
    const acceptors = new Acceptors();
    acceptors.durable(1, [promised(SECOND)]);
    expect(violated(() => acceptors.durable(1, [promised(FIRST)]))).toBe('I4');
    expect(violated(() => void acceptors.recovered(1, recoveredOf(FIRST, []), 0))).toBe('I4');
    expect(violated(() => void acceptors.recovered(1, recoveredOf(SECOND, []), 0))).toBeUndefined();
    expect(violated(() => acceptors.durable(2, [accepted(1)]))).toBe('I4');
    expect(violated(() => acceptors.durable(3, [promised(), accepted(1)]))).toBeUndefined();
  });

  test('I5: keeps what it accepted, on disk and over a crash', () => {
    const acceptors = new Acceptors();
    acceptors.durable(1, [promised(SECOND), accepted(1, SECOND, Y)]);
    expect(violated(() => acceptors.durable(1, [accepted(1)]))).toBe('I5');
    expect(violated(() => void acceptors.recovered(1, recoveredOf(SECOND, []), 0))).toBe('I5');
    expect(violated(() => void acceptors.recovered(1, recoveredOf(SECOND, []), 1))).toBeUndefined();
  });

  test('I6: says nothing that is not on its disk', () => {
    const acceptors = new Acceptors();
    expect(violated(() => acceptors.sentInBallot(1, FIRST))).toBe('I6');
    expect(violated(() => acceptors.sentPromise(1, promiseOf()))).toBe('I6');
    expect(violated(() => acceptors.sentAccepted(1, 1, FIRST))).toBe('I6');
    expect(violated(() => acceptors.countsOwn(1, 1, FIRST))).toBe('I6');
    acceptors.durable(1, [promised()]);
    const telling = promiseOf(FIRST, { accepted: [proposalOf(1, FIRST, X)] });
    expect(violated(() => acceptors.sentPromise(1, telling))).toBe('I6');
    acceptors.durable(1, [accepted(1)]);
    expect(violated(() => acceptors.sentPromise(1, telling))).toBeUndefined();
    expect(violated(() => acceptors.sentAccepted(1, 1, FIRST))).toBeUndefined();
  });

  test('I6: confirms no leader on a promise that is still on its way to the disk', () => {
    const acceptors = new Acceptors();
    const confirmation = { type: 'leaderConfirmed', epoch: 1, ballot: FIRST, nonce: 1 } as const;
    acceptors.decides(1, promised());
    acceptors.confirms(1, confirmation);
    expect(violated(() => acceptors.sentConfirmation(1, confirmation))).toBe('I6');
    acceptors.durable(1, [promised()]);
    expect(violated(() => acceptors.sentConfirmation(1, confirmation))).toBeUndefined();
  });

  test('I7: reports all that it has decided to accept, durable or not, and nothing else', () => {
    const acceptors = new Acceptors();
    acceptors.decides(1, accepted(1));
    acceptors.decides(1, accepted(2));
    const [one, two] = [proposalOf(1, FIRST, X), proposalOf(2, FIRST, X)];
    const reports = (...parts: PromiseMessage[]) =>
      violated(() => acceptors.reports(1, { from: 1, chosenUpTo: 0, parts }));
    expect(reports(promiseOf(SECOND, { accepted: [one, two] }))).toBeUndefined();
    expect(reports(promiseOf(SECOND, { accepted: [one] }))).toBe('I7');
    expect(reports(promiseOf(SECOND, { accepted: [two] }))).toBe('I7');
    expect(reports(promiseOf(SECOND, { accepted: [one, proposalOf(2, FIRST, Y)] }))).toBe('I7');
    const three = proposalOf(3, FIRST, X);
    expect(reports(promiseOf(SECOND, { accepted: [one, two, three] }))).toBe('I7');
    const part = promiseOf(SECOND, { accepted: [one], parts: 2 });
    expect(
      reports(part, promiseOf(SECOND, { accepted: [two], parts: 2, part: 1 })),
    ).toBeUndefined();
    expect(reports(part)).toBe('I7');
  });

  test('I7, I15: gives no vote and no confirmation below a promise that it gave', () => {
    const acceptors = new Acceptors();
    acceptors.durable(1, [promised(), accepted(1), promised(SECOND)]);
    acceptors.sentPromise(1, promiseOf(SECOND));
    expect(violated(() => acceptors.sentAccepted(1, 1, FIRST))).toBe('I7');
    const confirmation = { type: 'leaderConfirmed', epoch: 1, ballot: FIRST, nonce: 1 } as const;
    expect(violated(() => acceptors.sentConfirmation(1, confirmation))).toBe('I15');
  });
});

describe('a leader counts', () => {
  test('I9: votes that have reached it, of distinct voters', () => {
    const proposals = new Proposals();
    const learners = new Learners(proposals);
    const attempt = proposals.attempt(1, FIRST, X);
    attempt.counted |= THREE.bitOf(2) | THREE.bitOf(2) | THREE.bitOf(7);
    expect(
      violated(() => learners.counted(1, { slot: 1, ballot: FIRST }, { proposals, voters: THREE })),
    ).toBe('I9');
    attempt.counted |= THREE.bitOf(1);
    expect(
      violated(() => learners.counted(1, { slot: 1, ballot: FIRST }, { proposals, voters: THREE })),
    ).toBeUndefined();
  });

  test('I15: confirmations of this round', () => {
    const learners = new Learners(new Proposals());
    learners.probed(1, 7, 1);
    learners.probed(1, 7, 1);
    learners.confirmed(1, 6, THREE.bitOf(2));
    expect(violated(() => learners.readIndexed(1, THREE))).toBe('I15');
    learners.confirmed(1, 7, THREE.bitOf(2));
    expect(violated(() => learners.readIndexed(1, THREE))).toBeUndefined();
    learners.probed(1, 8, 2);
    expect(violated(() => learners.readIndexed(1, THREE))).toBe('I15');
    expect(violated(() => learners.probed(1, 8, 3))).toBe('I15');
  });

  test('I15: no nonce comes again, in any life', () => {
    const learners = new Learners(new Proposals());
    learners.probed(1, 7, 1);
    learners.asksLeader(1, 7);
    learners.asksLeader(1, 9);
    learners.started(1, 0);
    learners.probed(2, 7, 1);
    expect(violated(() => learners.probed(1, 7, 1))).toBe('I15');
    expect(violated(() => learners.probed(1, 3, 2))).toBeUndefined();
    expect(violated(() => learners.asksLeader(1, 8))).toBe('I15');
    expect(violated(() => learners.asksLeader(1, 10))).toBeUndefined();
    expect(violated(() => learners.asksLeader(1, 10))).toBe('I15');
  });
});
