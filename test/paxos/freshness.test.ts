/** How old what a replica knows as chosen may be: never younger than it is. */
import { describe, expect, test } from 'vitest';
import { knownBy } from '../../src/paxos/freshness.ts';
import { Cores } from './cores.ts';

const TICK_MS = 10;

/** Up to when replica `id` knows all that anybody was told of; 0: it cannot say. */
function knownUntilMs(cores: Cores, id: number): number {
  return knownBy(cores.core(id), cores.nowMs)?.atMs ?? 0;
}

function ageMs(cores: Cores, id: number): number {
  return cores.nowMs - knownUntilMs(cores, id);
}

function elected(replicas = 3): Cores {
  const cores = new Cores({ replicas });
  cores.nowMs = 1_000;
  cores.elect(1);
  cores.propose(1, 'first');
  cores.run(30);
  return cores;
}

/** Three heartbeats: two that bring what is counted from, and the one that counts from it. */
const YOUNG_MS = 3 * 5 * TICK_MS;

describe('what is known', () => {
  test('is young where all is well, and holds all that is chosen', () => {
    const cores = elected();
    for (const id of [1, 2, 3]) expect(ageMs(cores, id)).toBeLessThan(YOUNG_MS);
    expect(knownBy(cores.core(2), cores.nowMs)?.upTo).toBe(2);
  });

  test('is that of now where nobody else is needed to choose', () => {
    const cores = elected(1);
    expect(ageMs(cores, 1)).toBe(0);
  });

  test('grows old with a link on which all comes late, though it comes all the time', () => {
    const cores = elected();
    const late: ReturnType<Cores['take']>[] = [];
    const lateTicks = 100;
    for (let tick = 0; tick < 3 * lateTicks; tick += 1) {
      cores.nowMs += TICK_MS;
      for (const id of [1, 2, 3]) cores.tick(id);
      for (const { from, message } of late[tick - lateTicks] ?? []) cores.inject(from, 2, message);
      late.push(cores.take(({ from, to }) => from === 1 && to === 2));
      cores.deliver(({ from, to }) => !(from === 1 && to === 2));
    }
    expect(cores.core(2).election.leader).toBe(1);
    expect(ageMs(cores, 2)).toBeGreaterThanOrEqual(lateTicks * TICK_MS);
    expect(ageMs(cores, 2)).toBeLessThan(2 * lateTicks * TICK_MS + YOUNG_MS);
    expect(ageMs(cores, 3)).toBeLessThan(YOUNG_MS);
  });

  test('is not made younger by copies', () => {
    const cores = elected();
    const until = knownUntilMs(cores, 2);
    const heartbeats = cores.sentOf('heartbeat').filter(({ to }) => to === 2);
    cores.isolate(2);
    cores.run(20);
    for (const { message } of heartbeats) cores.inject(1, 2, message);
    expect(knownUntilMs(cores, 2)).toBe(until);
  });

  test('is not known in a new life by what the one before was told', () => {
    const cores = elected();
    const heartbeats = cores.sentOf('heartbeat').filter(({ to }) => to === 2);
    cores.restart(2);
    for (const { message } of heartbeats) cores.inject(1, 2, message);
    expect(knownUntilMs(cores, 2)).toBe(0);
    cores.run(20);
    expect(ageMs(cores, 2)).toBeLessThan(YOUNG_MS);
  });

  test('grows old at a leader that reaches no quorum, and at who follows it', () => {
    const cores = elected(5);
    for (const away of [3, 4, 5]) cores.cut(`1>${away}`, `${away}>1`, `2>${away}`, `${away}>2`);
    const atMs = cores.nowMs;
    cores.run(20);
    expect(cores.core(2).election.leader).toBe(1);
    for (const id of [1, 2]) expect(knownUntilMs(cores, id)).toBeLessThanOrEqual(atMs);
  });

  test('is told by a new leader once the NOOP of its ballot is chosen, not before', () => {
    const cores = elected();
    const untilMs = knownUntilMs(cores, 2);
    cores.isolate(1);
    for (const id of [2, 3]) cores.tick(id, cores.limits.leaderTimeoutTicks);
    cores.input(2, { type: 'campaign' });
    const withoutVotes = (): void => {
      cores.take(({ from, message }) => from === 3 && message.type === 'accepted');
      cores.deliver(({ message }) => message.type !== 'accepted');
    };
    withoutVotes();
    cores.leaderRole(2);
    for (let tick = 0; tick < 20; tick += 1) {
      cores.nowMs += TICK_MS;
      for (const id of [2, 3]) cores.tick(id);
      withoutVotes();
    }
    cores.leaderRole(2);
    expect(cores.sentOf('heartbeat', 2).length).toBeGreaterThan(3);
    for (const id of [2, 3]) expect(knownUntilMs(cores, id)).toBeLessThanOrEqual(untilMs);
    cores.run(30);
    for (const id of [2, 3]) expect(ageMs(cores, id)).toBeLessThan(YOUNG_MS);
  });

  test('is told by nobody who ends the epoch', () => {
    const cores = elected();
    cores.cut('2>1', '3>1');
    cores.stop(1, [1, 2]);
    const atMs = cores.nowMs;
    cores.run(10);
    expect(knownUntilMs(cores, 1)).toBeLessThanOrEqual(atMs);
    const said = cores.sentOf('heartbeat', 1).at(-1);
    expect(said?.message).toBeDefined();
    expect(said?.message).not.toHaveProperty('fresh');
  });
});
