/** Leading: votes, order, retransmission, the window, and handing over. */
import { describe, expect, test } from 'vitest';
import { canPropose } from '../../src/paxos/leader.ts';
import { Cores } from './cores.ts';

const EPOCH = 1;
const FIRST = { round: 1, leader: 1 };

describe('votes', () => {
  test('are sets of replica ids: a repeated `accepted` counts once (M08)', () => {
    const cores = new Cores({ replicas: 5 });
    cores.elect(1);
    cores.propose(1, 'x');
    cores.deliver(({ to, message }) => to === 1 && message.type === 'accepted');
    const vote = { type: 'accepted', epoch: EPOCH, ballot: FIRST, slot: 2 } as const;
    for (let copy = 0; copy < 5; copy += 1) cores.inject(2, 1, vote);
    expect(cores.log(1)).toEqual(['NOOP']);
    cores.inject(3, 1, vote);
    expect(cores.log(1)).toEqual(['NOOP', 'x']);
  });

  test('are matched on ballot and slot, and a refusal is no vote (M21)', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.propose(1, 'x');
    cores.deliver(({ to, message }) => to === 1 && message.type === 'accepted');
    const other = { round: 1, leader: 2 };
    cores.inject(2, 1, { type: 'accepted', epoch: EPOCH, ballot: other, slot: 2 });
    cores.inject(2, 1, { type: 'accepted', epoch: EPOCH, ballot: FIRST, slot: 3 });
    cores.inject(2, 1, { type: 'rejected', epoch: EPOCH, ballot: FIRST, promised: FIRST });
    expect(cores.log(1)).toEqual(['NOOP']);
    cores.inject(2, 1, { type: 'accepted', epoch: EPOCH, ballot: FIRST, slot: 2 });
    expect(cores.log(1)).toEqual(['NOOP', 'x']);
  });

  test('messages of strangers and of other epochs are passed over', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.propose(1, 'x');
    cores.deliver(({ to, message }) => to === 1 && message.type === 'accepted');
    cores.inject(9, 1, { type: 'accepted', epoch: EPOCH, ballot: FIRST, slot: 2 });
    cores.inject(2, 1, { type: 'accepted', epoch: 2, ballot: FIRST, slot: 2 });
    expect(cores.log(1)).toEqual(['NOOP']);
  });

  test("the leader's own vote waits for its own write; `accept` leaves in parallel with it", () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.hangDisk(1);
    cores.propose(1, 'x');
    expect(cores.sentOf('accept', 1).filter(({ message }) => message.slot === 2)).toHaveLength(2);
    cores.cut('3>1');
    cores.deliver();
    expect(cores.log(1)).toEqual(['NOOP']);
    cores.wakeDisk(1);
    cores.deliver();
    expect(cores.log(1)).toEqual(['NOOP', 'x']);
  });

  test('two replicas need each other, one alone needs nobody', () => {
    const two = new Cores({ replicas: 2 });
    two.elect(1);
    two.cut('2>1');
    two.propose(1, 'x');
    two.deliver();
    expect(two.log(1)).toEqual(['NOOP']);
    const one = new Cores({ replicas: 1 });
    one.run(2);
    one.propose(1, 'x');
    one.run(1);
    expect(one.log(1)).toEqual(['NOOP', 'x']);
  });
});

describe('slots', () => {
  test('are chosen in any order and handed on in order (M35)', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    for (const text of ['a', 'b']) cores.propose(1, text);
    const second = cores.take(({ message }) => message.type === 'accept' && message.slot === 2);
    cores.deliver();
    expect(cores.leaderRole(1).inFlight.get(3)?.chosen).toBe(true);
    expect(cores.log(1)).toEqual(['NOOP']);
    cores.waiting.push(...second);
    cores.deliver();
    expect(cores.log(1)).toEqual(['NOOP', 'a', 'b']);
  });

  test('one ballot, one slot: one command, also in retransmissions', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.propose(1, 'x');
    cores.take();
    cores.nowMs += 500;
    cores.tick(1, 20);
    const copies = cores.sentOf('accept', 1).filter(({ message }) => message.slot === 2);
    expect(copies.length).toBeGreaterThan(2);
    for (const { message } of copies) expect(message.command).toEqual(copies[0]?.message.command);
  });

  test('a leader runs no further ahead than its window', () => {
    const cores = new Cores({ replicas: 3, limits: { proposalWindow: 2 } });
    cores.elect(1);
    cores.isolate(1);
    cores.propose(1, 'a');
    cores.propose(1, 'b');
    expect(canPropose(cores.core(1))).toBe(false);
    expect(() => cores.propose(1, 'c')).toThrow('within its window');
    cores.heal();
    cores.run(12);
    expect(canPropose(cores.core(1))).toBe(true);
  });

  test('a leader whose store does not keep up takes nothing new: memory has a bound', () => {
    const cores = new Cores({ replicas: 3, limits: { openSlots: 5 }, applies: false });
    cores.elect(1);
    let proposed = 0;
    for (; canPropose(cores.core(1)) && proposed < 50; proposed += 1) {
      cores.propose(1, String(proposed));
      cores.deliver();
    }
    expect(cores.core(1).acceptor.accepted.size).toBe(5);
    cores.input(1, { type: 'applied', upTo: 5 });
    expect(canPropose(cores.core(1))).toBe(true);
  });

  test('an acceptor takes no slot beyond its limit, and takes it when it is sent again', () => {
    const cores = new Cores({ replicas: 3, limits: { openSlots: 2 }, applies: false });
    const command = { type: 'noop', timeMs: 0, ballot: FIRST } as const;
    const accept = { type: 'accept', epoch: EPOCH, ballot: FIRST, command, chosenUpTo: 0 } as const;
    cores.inject(1, 2, { ...accept, slot: 3 });
    expect(cores.sentOf('accepted', 2)).toEqual([]);
    expect(cores.core(2).acceptor.accepted.size).toBe(0);
    cores.inject(1, 2, { ...accept, slot: 1, chosenUpTo: 1 });
    cores.input(2, { type: 'applied', upTo: 1 });
    cores.inject(1, 2, { ...accept, slot: 3 });
    expect(cores.sentOf('accepted', 2).map(({ message }) => message.slot)).toEqual([1, 3]);
  });
});

describe('handing over', () => {
  test('nothing new is proposed until the successor leads, and it leads', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.run(5);
    cores.input(1, { type: 'transfer', to: 3 });
    expect(canPropose(cores.core(1))).toBe(false);
    cores.run(2);
    expect(cores.roles()).toEqual(['follower', 'follower', 'leader']);
    expect(cores.core(1).election.leader).toBe(3);
  });

  test('what is in flight is chosen first', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.propose(1, 'x');
    cores.input(1, { type: 'transfer', to: 3 });
    expect(cores.sentOf('takeOver')).toEqual([]);
    cores.run(5);
    expect(cores.log(1)).toContain('x');
    expect(cores.sentOf('takeOver')).not.toEqual([]);
  });

  test('a timeout ends it, and the leader goes on', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.isolate(3);
    cores.input(1, { type: 'transfer', to: 3 });
    cores.run(cores.limits.leaderTimeoutTicks + 1);
    expect(canPropose(cores.core(1))).toBe(true);
  });

  test('to itself, to a stranger, or at a follower: nothing happens', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    for (const to of [1, 9]) cores.input(1, { type: 'transfer', to });
    cores.input(2, { type: 'transfer', to: 3 });
    expect(canPropose(cores.core(1))).toBe(true);
    expect(cores.sentOf('takeOver')).toEqual([]);
  });

  test('a late `handOver`, meant for an earlier ballot, moves nobody', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    const wish = { type: 'handOver', epoch: EPOCH, ballot: FIRST, to: 2 } as const;
    cores.inject(3, 1, wish);
    cores.run(2);
    cores.leaderRole(2);
    cores.input(2, { type: 'transfer', to: 1 });
    cores.run(2);
    cores.leaderRole(1);
    cores.inject(3, 1, wish);
    expect(canPropose(cores.core(1))).toBe(true);
    cores.run(50);
    cores.leaderRole(1);
  });

  test('one that is behind fetches first, while the leader goes on leading, and takes over then', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.isolate(3);
    cores.propose(1, 'x');
    cores.run(2);
    const { chosenUpTo } = cores.core(1).learner;
    expect(cores.core(3).learner.chosenUpTo).toBeLessThan(chosenUpTo);
    const message = { type: 'takeOver', epoch: EPOCH, ballot: FIRST, chosenUpTo } as const;
    cores.inject(1, 3, message);
    expect(cores.core(3).role.name).toBe('follower');
    cores.leaderRole(1);
    cores.heal();
    cores.run(2 * cores.limits.leaderTimeoutTicks);
    expect(cores.core(3).learner.chosenUpTo).toBe(chosenUpTo);
    cores.inject(1, 3, message);
    expect(cores.core(3).role.name).toBe('candidate');
  });

  test('one whose disk does not answer takes nothing over', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.run(5);
    cores.tick(3, 1, true);
    cores.input(1, { type: 'transfer', to: 3 });
    cores.deliver();
    expect(cores.sentOf('takeOver')).not.toEqual([]);
    expect(cores.core(3).role.name).toBe('follower');
    cores.leaderRole(1);
  });

  test('a late `takeOver`, of an earlier ballot, starts no campaign', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.run(5);
    cores.input(1, { type: 'transfer', to: 2 });
    cores.run(2);
    cores.input(2, { type: 'transfer', to: 3 });
    cores.run(2);
    cores.leaderRole(3);
    cores.inject(1, 2, { type: 'takeOver', epoch: EPOCH, ballot: FIRST, chosenUpTo: 1 });
    expect(cores.core(2).role.name).toBe('follower');
  });

  test('a late `takeOver`, of a hand-over that came to nothing, starts no campaign', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.run(5);
    const { chosenUpTo } = cores.core(1).learner;
    const late = { type: 'takeOver', epoch: EPOCH, ballot: FIRST, chosenUpTo } as const;
    cores.propose(1, 'x');
    cores.deliver();
    cores.inject(1, 2, late);
    expect(cores.core(2).role.name).toBe('follower');
    cores.run(5);
    cores.inject(1, 2, late);
    expect(cores.core(2).role.name).toBe('follower');
    cores.inject(1, 2, { ...late, chosenUpTo: cores.core(1).learner.chosenUpTo });
    expect(cores.core(2).role.name).toBe('candidate');
  });

  test('nor one that comes after the leader fell silent', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.run(5);
    const { chosenUpTo } = cores.core(1).learner;
    cores.isolate(2);
    cores.tick(2, 3 * cores.limits.leaderTimeoutTicks);
    cores.inject(1, 2, { type: 'takeOver', epoch: EPOCH, ballot: FIRST, chosenUpTo });
    expect(cores.core(2).role.name).not.toBe('candidate');
  });

  test('only the leader itself hands over its ballot', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.inject(3, 2, { type: 'takeOver', epoch: EPOCH, ballot: FIRST, chosenUpTo: 1 });
    expect(cores.core(2).role.name).toBe('follower');
  });
});
