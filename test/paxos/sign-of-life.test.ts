/** What shows that a peer is alive: news. What was said before may come again at any time. */
import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/paxos/messages.ts';
import { Cores } from './cores.ts';

/** A leader that has written and read, and of which everything that was said is known. */
function busy(): Cores {
  const cores = new Cores({ replicas: 3 });
  cores.elect(1);
  for (let nonce = 1; nonce <= 10; nonce += 1) {
    cores.propose(1, `write ${nonce}`);
    cores.input(1, { type: 'read', nonce });
    cores.run(3);
  }
  return cores;
}

/** Ticks at these, and before each of them everything comes again that `from` ever said to them. */
function tickAmongCopies(cores: Cores, to: readonly number[], from: readonly number[]): void {
  const said = cores.sent.filter((one) => to.includes(one.to) && from.includes(one.from));
  expect(said.length).toBeGreaterThan(20);
  for (const { message, ...ends } of said) cores.inject(ends.from, ends.to, message);
  for (const id of to) cores.tick(id);
}

function typesSaid(cores: Cores, from: readonly number[]): Set<Message['type']> {
  return new Set(
    cores.sent.filter((one) => from.includes(one.from)).map((one) => one.message.type),
  );
}

describe('copies are no sign of life', () => {
  test('of what a leader said: who hears nothing else elects another', () => {
    const cores = busy();
    expect([...typesSaid(cores, [1])]).toEqual(
      expect.arrayContaining(['prepare', 'accept', 'heartbeat', 'confirmLeader']),
    );
    cores.isolate(1);
    cores.deliver();
    for (let tick = 0; tick < 3 * cores.limits.leaderTimeoutTicks; tick += 1) {
      tickAmongCopies(cores, [2, 3], [1]);
      cores.deliver();
    }
    expect(cores.roles().slice(1)).toContain('leader');
  });

  test('of what followers answered: a leader that hears nothing else steps down', () => {
    const cores = busy();
    expect([...typesSaid(cores, [2, 3])]).toEqual(
      expect.arrayContaining(['accepted', 'heard', 'leaderConfirmed']),
    );
    cores.cut('2>1', '3>1');
    for (let tick = 0; tick <= cores.limits.leaderTimeoutTicks; tick += 1) {
      tickAmongCopies(cores, [1], [2, 3]);
    }
    expect(cores.core(1).role.name).toBe('follower');
  });

  test('one that closed its connection is not believed in again for them', () => {
    const cores = busy();
    cores.isolate(1);
    cores.input(2, { type: 'linkClosed', peer: 1 });
    tickAmongCopies(cores, [2], [1]);
    expect(cores.core(2).election.leader).toBeUndefined();
  });

  test('they grant no lease, and are not answered', () => {
    const cores = new Cores({ replicas: 3, limits: { leaseGrantMs: 300 } });
    cores.nowMs = 1_000;
    cores.elect(1);
    cores.run(30);
    const { grants } = cores.core(2);
    const { last } = grants;
    const answers = cores.sentOf('heard', 2).length;
    cores.nowMs += 200;
    for (const { to, message } of cores.sentOf('heartbeat')) {
      if (to === 2) cores.inject(1, 2, message);
    }
    expect(last?.untilMs).toBeGreaterThan(1_000);
    expect(grants.last).toEqual(last);
    expect(cores.sentOf('heard', 2)).toHaveLength(answers);
  });
});

describe('news is one', () => {
  test('a heartbeat that overtook another; the other one comes too late for it', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    const { election } = cores.core(2);
    const [earlier, later] = [1, 2].map(() => {
      cores.tick(1, cores.limits.heartbeatTicks);
      return cores.take(({ to, message }) => to === 2 && message.type === 'heartbeat')[0]?.message;
    });
    cores.tick(2, 3);
    if (later !== undefined) cores.inject(1, 2, later);
    expect(election.ticksSinceLeader).toBe(0);
    cores.tick(2, 3);
    if (earlier !== undefined) cores.inject(1, 2, earlier);
    expect(election.ticksSinceLeader).toBe(3);
  });

  test('new proposals and votes for them, where all heartbeats are lost', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    for (let round = 0; round < 4 * cores.limits.leaderTimeoutTicks; round += 10) {
      cores.propose(1, `write ${round}`);
      for (let ticks = 0; ticks < 10; ticks += 1) {
        for (const id of [1, 2, 3]) cores.tick(id);
        cores.take(({ message }) => message.type === 'heartbeat');
        cores.deliver();
      }
    }
    expect(cores.roles()).toEqual(['leader', 'follower', 'follower']);
    expect(cores.core(3).election.leader).toBe(1);
  });
});
