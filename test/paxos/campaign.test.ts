/** Becoming leader: phase 1 for all open slots, what it reports, and what a new leader proposes. */
import { describe, expect, test } from 'vitest';
import type { Command, Proposal } from '../../src/paxos/command.ts';
import type { PromiseMessage } from '../../src/paxos/messages.ts';
import { Cores } from './cores.ts';

const EPOCH = 1;

function batch(text: string): Command {
  return { type: 'batch', timeMs: 5, bytes: new TextEncoder().encode(text) };
}

function proposal(slot: number, round: number, leader: number, text: string): Proposal {
  return { slot, ballot: { round, leader }, command: batch(text) };
}

/** The promise of `from` to replica 1, in ballot 9.1. */
function promise(parts: Partial<PromiseMessage> = {}): PromiseMessage {
  const ballot = { round: 9, leader: 1 };
  return {
    type: 'promise',
    epoch: EPOCH,
    ballot,
    chosenUpTo: 0,
    part: 0,
    parts: 1,
    accepted: [],
    ...parts,
  };
}

/** Replica 1 campaigns in ballot 9.1; nothing arrives but what the test injects. */
function campaigning(replicas = 3): Cores {
  const cores = new Cores({ replicas });
  const promised = { round: 8, leader: 2 };
  cores.inject(2, 1, { type: 'rejected', epoch: EPOCH, ballot: promised, promised });
  cores.input(1, { type: 'campaign' });
  cores.deliver(({ to }) => to === 1);
  cores.take();
  expect(cores.core(1).acceptor.promised).toEqual({ round: 9, leader: 1 });
  return cores;
}

describe('phase 1', () => {
  test('a new round is durable before the first `prepare` leaves (M12)', () => {
    const cores = new Cores({ replicas: 3 });
    cores.hangDisk(1);
    cores.input(1, { type: 'campaign' });
    cores.tick(1, 20);
    expect(cores.sentOf('prepare')).toEqual([]);
    cores.wakeDisk(1);
    expect(cores.sentOf('prepare').map(({ to }) => to)).toEqual(expect.arrayContaining([2, 3]));
  });

  test('a ballot is never used twice, also across restarts (M11)', () => {
    const cores = new Cores({ replicas: 3 });
    cores.input(1, { type: 'campaign' });
    cores.restart(1);
    cores.input(1, { type: 'campaign' });
    const rounds = cores.sentOf('prepare').map(({ message }) => message.ballot.round);
    expect(rounds).toEqual([1, 1, 2, 2]);
  });

  test('one phase 1 for all open slots, accepts only after that', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    for (const text of ['a', 'b', 'c']) cores.propose(1, text);
    cores.deliver();
    expect(cores.sentOf('prepare')).toHaveLength(2);
    expect(cores.log(1)).toEqual(['NOOP', 'a', 'b', 'c']);
  });

  test('a repeated promise of one acceptor counts once (M08)', () => {
    const cores = campaigning(5);
    cores.inject(2, 1, promise());
    cores.inject(2, 1, promise());
    expect(cores.core(1).role.name).toBe('candidate');
    cores.inject(3, 1, promise());
    expect(cores.core(1).role.name).toBe('leader');
  });

  test('a promise for another ballot, also a lower one of its own, counts for nothing', () => {
    const cores = campaigning();
    cores.inject(2, 1, promise({ ballot: { round: 8, leader: 1 } }));
    expect(cores.core(1).role.name).toBe('candidate');
  });

  test('four replicas need three promises, two of each half decide nothing (M23)', () => {
    const cores = campaigning(4);
    cores.inject(2, 1, promise());
    expect(cores.core(1).role.name).toBe('candidate');
    cores.inject(4, 1, promise());
    expect(cores.core(1).role.name).toBe('leader');
  });

  test('phase 1 uses Q1, accepting Q2, from the membership record', () => {
    const cores = new Cores({ replicas: 4, quorums: { phase1: 3, phase2: 2 } });
    cores.input(1, { type: 'campaign' });
    cores.deliver(({ message, to }) => message.type !== 'prepare' || to === 2);
    expect(cores.core(1).role.name).toBe('candidate');
    cores.run(11);
    cores.leaderRole(1);
    cores.isolate(3);
    cores.isolate(4);
    cores.propose(1, 'x');
    cores.deliver();
    expect(cores.log(1)).toContain('x');
  });
});

describe('what a promise reports', () => {
  test('for every slot above the chosen prefix the highest accepted proposal, whole', () => {
    const cores = new Cores({ replicas: 3, limits: { promisePartBytes: 1 } });
    cores.elect(1);
    cores.cut('2>1', '3>1');
    for (const text of ['a', 'b', 'c']) cores.propose(1, text);
    cores.deliver();
    cores.inject(1, 2, { type: 'prepare', epoch: EPOCH, ballot: { round: 7, leader: 1 }, from: 1 });
    const parts = cores
      .sentOf('promise', 2)
      .map(({ message }) => message)
      .slice(-3);
    expect(parts.map(({ part }) => part)).toEqual([0, 1, 2]);
    expect(parts.map((message) => message.parts)).toEqual([3, 3, 3]);
    expect(parts.flatMap(({ accepted }) => accepted.map(({ slot }) => slot))).toEqual([2, 3, 4]);
    expect(parts[0]?.chosenUpTo).toBe(1);
  });

  test('never less than what is on its way to the disk before it, and it waits for that', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.deliver();
    cores.hangDisk(2);
    cores.propose(1, 'x');
    cores.deliver();
    cores.inject(1, 2, { type: 'prepare', epoch: EPOCH, ballot: { round: 7, leader: 1 }, from: 1 });
    expect(cores.sentOf('promise', 2).filter(({ message }) => message.ballot.round === 7)).toEqual(
      [],
    );
    cores.wakeDisk(2);
    const [report] = cores.sentOf('promise', 2).filter(({ message }) => message.ballot.round === 7);
    expect(report?.message.accepted.map(({ slot }) => slot)).toEqual([2]);
  });

  test('a paged answer counts only when all its pages are there (M29)', () => {
    const cores = campaigning();
    const accepted = [proposal(1, 3, 2, 'first')];
    cores.inject(2, 1, promise({ parts: 2, part: 0, accepted }));
    cores.inject(2, 1, promise({ parts: 2, part: 0, accepted }));
    expect(cores.core(1).role.name).toBe('candidate');
    cores.inject(2, 1, promise({ parts: 2, part: 1, accepted: [proposal(2, 3, 2, 'second')] }));
    expect(cores.leaderRole(1).inFlight.get(2)?.command).toEqual(batch('second'));
  });

  test('pages of two different reports are not mixed', () => {
    const cores = campaigning();
    cores.inject(2, 1, promise({ parts: 2, part: 0, accepted: [proposal(1, 3, 2, 'a')] }));
    cores.inject(2, 1, promise({ parts: 3, part: 1, chosenUpTo: 0 }));
    expect(cores.core(1).role.name).toBe('candidate');
    cores.inject(2, 1, promise({ parts: 3, part: 2 }));
    expect(cores.core(1).role.name).toBe('candidate');
    cores.inject(2, 1, promise({ parts: 3, part: 0 }));
    expect(cores.core(1).role.name).toBe('leader');
  });
});

describe('what a new leader proposes', () => {
  test('for each open slot what was reported under the highest ballot (PMS P2c, M06)', () => {
    const cores = campaigning(5);
    cores.inject(2, 1, promise({ accepted: [proposal(1, 1, 2, 'old'), proposal(3, 4, 3, 'x')] }));
    cores.inject(3, 1, promise({ accepted: [proposal(1, 2, 3, 'new')] }));
    const { inFlight, firstOwnSlot } = cores.leaderRole(1);
    expect(inFlight.get(1)?.command).toEqual(batch('new'));
    expect(inFlight.get(3)?.command).toEqual(batch('x'));
    expect(firstOwnSlot).toBe(4);
  });

  test('a gap is filled with `NOOP`, and one of its own ballot follows (M31)', () => {
    const cores = campaigning();
    cores.inject(2, 1, promise({ accepted: [proposal(2, 4, 2, 'x')] }));
    const { inFlight } = cores.leaderRole(1);
    const ballot = { round: 9, leader: 1 };
    expect(inFlight.get(1)?.command).toMatchObject({ type: 'noop', ballot });
    expect(inFlight.get(3)?.command).toMatchObject({ type: 'noop', ballot });
    expect([...inFlight.keys()]).toEqual([1, 2, 3]);
  });

  test('an inherited command keeps its stamp, and cluster time goes on from the highest', () => {
    const cores = campaigning();
    const late = { type: 'batch', timeMs: 70_000, bytes: new Uint8Array([1]) } as const;
    const accepted = [{ slot: 1, ballot: { round: 1, leader: 2 }, command: late }];
    cores.nowMs = 1_000_000;
    cores.inject(2, 1, promise({ accepted }));
    const { inFlight } = cores.leaderRole(1);
    expect(inFlight.get(1)?.command.timeMs).toBe(70_000);
    expect(inFlight.get(2)?.command.timeMs).toBe(70_000);
    cores.nowMs += 250.7;
    cores.propose(1, 'next');
    expect(inFlight.get(3)?.command.timeMs).toBe(70_250);
  });
});

describe('a candidate that is behind', () => {
  test('treats all up to the highest reported `chosenUpTo` as chosen, and catches up first', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.isolate(3);
    for (const text of ['a', 'b', 'c']) cores.propose(1, text);
    cores.run(10);
    expect(cores.log(2)).toEqual(['NOOP', 'a', 'b', 'c']);
    cores.heal();
    cores.isolate(1);
    cores.tick(2, 40);
    cores.input(3, { type: 'campaign' });
    cores.deliver();
    expect(cores.log(3).slice(0, 4)).toEqual(['NOOP', 'a', 'b', 'c']);
    expect(cores.leaderRole(3).firstOwnSlot).toBe(5);
    const slots = cores.sentOf('accept', 3).map(({ message }) => message.slot);
    expect(Math.min(...slots)).toBe(5);
  });

  test('does not ask without a pause for what nobody serves, and gives up in the end', () => {
    const cores = campaigning();
    cores.isolate(2);
    cores.inject(2, 1, promise({ chosenUpTo: 10 }));
    expect(cores.core(1).role.name).toBe('candidate');
    cores.tick(1, 20);
    expect(cores.effects(1, 'fetch').length).toBeGreaterThan(2);
    expect(cores.effects(1, 'fetch').length).toBeLessThanOrEqual(10);
    cores.tick(1, 2 * cores.limits.leaderTimeoutTicks);
    expect(cores.core(1).role.name).toBe('follower');
  });
});
