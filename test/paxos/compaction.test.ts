/** Slots that are gone from a log: what an acceptor says of them, and who pulls a snapshot when. */
import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/paxos/command.ts';
import type { Accept, Status } from '../../src/paxos/messages.ts';
import { Cores } from './cores.ts';

const EPOCH = 1;
const FIRST = { round: 1, leader: 1 };
const SECOND = { round: 2, leader: 2 };

function batch(text: string): Command {
  return { type: 'batch', timeMs: 5, bytes: new TextEncoder().encode(text) };
}

function accept(slot: number, text: string, options: Partial<Accept> = {}): Accept {
  const command = batch(text);
  return { type: 'accept', epoch: EPOCH, ballot: FIRST, slot, command, chosenUpTo: 0, ...options };
}

function statusOf(chosenUpTo: number): Status {
  return {
    type: 'status',
    epoch: EPOCH,
    promised: FIRST,
    chosenUpTo,
    appliedUpTo: chosenUpTo,
    revision: 0,
    version: '',
    floor: 0,
    suspect: false,
    stateHash: '0'.repeat(32),
    disk: 'ok',
    known: [],
  };
}

/** Replica 3 has applied slot 1, and can reach nobody. */
function alone(): Cores {
  const cores = new Cores({ replicas: 3 });
  cores.isolate(3);
  cores.inject(1, 3, accept(1, 'x'));
  cores.inject(1, 3, { type: 'heartbeat', epoch: EPOCH, ballot: FIRST, beat: 1, chosenUpTo: 1 });
  expect(cores.log(3)).toEqual(['x']);
  return cores;
}

describe('below the floor (I19)', () => {
  test('an accept is passed over, and its leader heard', () => {
    const cores = alone();
    cores.input(3, { type: 'trimmed', upTo: 1 });
    const late = accept(1, 'x', { ballot: SECOND });
    const effects = cores.inject(2, 3, late);
    expect(effects.filter(({ type }) => type === 'write' || type === 'send')).toEqual([]);
    expect(cores.core(3).election.leader).toBe(2);
    const next = cores.inject(2, 3, accept(2, 'y', { ballot: SECOND }));
    expect(next.map(({ type }) => type)).toEqual(['write', 'write', 'send']);
  });

  test('a promise tells that it is chosen', () => {
    const cores = alone();
    cores.input(3, { type: 'trimmed', upTo: 1 });
    cores.tick(3, 40);
    cores.inject(2, 3, { type: 'prepare', epoch: EPOCH, ballot: { round: 9, leader: 2 }, from: 1 });
    const [promise] = cores.sentOf('promise', 3);
    expect(promise?.message).toMatchObject({ chosenUpTo: 1, accepted: [] });
  });

  test('only what is applied is trimmed (I18)', () => {
    expect(() => alone().input(3, { type: 'trimmed', upTo: 2 })).toThrow('I18');
  });
});

describe('a replica whose slots are gone from the logs of its peers', () => {
  const trimmed = { type: 'fetched', proposals: undefined, floor: 8 } as const;

  test('asks the next peer for them, and then for a snapshot, no more for slots', () => {
    const cores = alone();
    for (const peer of [1, 2]) cores.inject(peer, 3, statusOf(9));
    cores.input(3, { ...trimmed, from: 1 });
    cores.tick(3, 4);
    expect(cores.effects(3, 'fetch').at(-1)).toMatchObject({ to: 2, from: 2 });
    expect(cores.effects(3, 'fetchSnapshot')).toEqual([]);
    cores.input(3, { ...trimmed, from: 2 });
    cores.tick(3, 4);
    const asked = cores.effects(3, 'fetch').length;
    expect(cores.effects(3, 'fetchSnapshot')).toEqual([{ type: 'fetchSnapshot', to: 1, above: 1 }]);
    cores.tick(3, 400);
    expect(cores.effects(3, 'fetch')).toHaveLength(asked);
    expect(cores.effects(3, 'fetchSnapshot')).toHaveLength(1);
  });

  test('does not campaign while the snapshot comes, and does when it failed', () => {
    const cores = alone();
    cores.inject(1, 3, statusOf(9));
    cores.input(3, { ...trimmed, from: 1 });
    cores.tick(3, 4);
    cores.tick(3, 200);
    expect(cores.sentOf('checkCampaign', 3)).toEqual([]);
    cores.input(3, { type: 'snapshotFailed', from: 1 });
    cores.tick(3, 1);
    expect(cores.sentOf('checkCampaign', 3).length).toBeGreaterThan(0);
    cores.tick(3, 4);
    expect(cores.effects(3, 'fetch').at(-1)).toMatchObject({ to: 1 });
  });

  test('steps down first where it leads', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(3);
    cores.isolate(3);
    cores.inject(1, 3, statusOf(99));
    cores.input(3, { ...trimmed, from: 1, floor: 98 });
    cores.tick(3, 4);
    expect(cores.effects(3, 'fetchSnapshot')).toHaveLength(1);
    expect(cores.effects(3, 'roleChanged').at(-1)).toMatchObject({
      role: 'follower',
      why: 'it needs a snapshot',
    });
  });

  test('leads on where that peer could not give one before', () => {
    const cores = new Cores({ replicas: 3 });
    cores.isolate(1);
    cores.inject(1, 3, statusOf(99));
    cores.input(3, { ...trimmed, from: 1, floor: 98 });
    cores.tick(3, 4);
    cores.input(3, { type: 'snapshotFailed', from: 1 });
    cores.elect(3);
    cores.input(3, { ...trimmed, from: 1, floor: 98 });
    cores.tick(3, 10);
    expect(cores.effects(3, 'fetchSnapshot')).toHaveLength(2);
    expect(cores.leaderRole(3).ballot.leader).toBe(3);
    cores.propose(3, 'x');
    cores.run(8);
    expect(cores.log(2).at(-1)).toBe('x');
  });
});
