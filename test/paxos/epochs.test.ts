/** How an epoch ends: the stop, what is void above it, and who is sealed. */
import { describe, expect, test } from 'vitest';
import { canPropose, canStop } from '../../src/paxos/leader.ts';
import { Cores } from './cores.ts';
import { FIRST, isOf, batch, stopOf, acceptOf, campaignWith, proposed } from './epoch-samples.ts';

describe('a stop', () => {
  test('ends its epoch: the log goes on in the next slot, in a ballot of the next epoch', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.propose(1, 'a');
    cores.deliver();
    cores.stop(1, [1, 2]);
    cores.deliver();
    expect(cores.core(1).membership).toMatchObject({ epoch: 2, quorums: { phase1: 2, phase2: 2 } });
    expect(cores.core(1).epochFrom).toBe(4);
    cores.leaderRole(1);
    cores.propose(1, 'b');
    cores.run(10);
    for (const id of [1, 2]) expect(cores.log(id)).toEqual(['NOOP', 'a', 'STOP', 'NOOP', 'b']);
    expect(cores.chosen(2).map(({ epoch }) => epoch)).toEqual([1, 1, 1, 2, 2]);
  });

  test('is the last command of a ballot: nothing is proposed while it is not chosen', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.isolate(1);
    expect(canStop(cores.core(1))).toBe(true);
    cores.stop(1, [1, 2]);
    expect(canPropose(cores.core(1))).toBe(false);
    expect(() => cores.propose(1, 'above')).toThrow('within its window');
    expect(() => cores.stop(1, [1])).toThrow('only a leader that may');
  });

  test('waits until the NOOP of the own ballot is chosen (M90)', () => {
    const cores = new Cores({ replicas: 3 });
    cores.input(1, { type: 'campaign' });
    cores.deliver(isOf('prepare', 'promise'));
    cores.leaderRole(1);
    expect(canStop(cores.core(1))).toBe(false);
    cores.deliver();
    expect(canStop(cores.core(1))).toBe(true);
  });

  test('with a membership that cannot follow is proposed by nobody and accepted by nobody', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    const next = cores.next(1, [1, 2, 3]);
    for (const membership of [
      { ...next, epoch: 3 },
      { ...next, clusterId: 'd'.repeat(32) },
      { ...next, quorums: { phase1: 1, phase2: 2 } },
    ]) {
      expect(() => cores.input(1, { type: 'stop', membership })).toThrow('I9');
      const accept = acceptOf(2, stopOf(membership));
      const effects = cores.inject(1, 2, accept);
      expect(effects.map(({ type }) => type)).toEqual(['alarm']);
    }
  });

  test('is learnt by one that was away, which then goes through all epochs', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.isolate(3);
    for (let epoch = 1; epoch <= 3; epoch += 1) {
      cores.stop(1, [1, 2, 3]);
      cores.run(3);
    }
    expect(cores.core(3).membership.epoch).toBe(1);
    cores.heal();
    cores.run(60);
    expect(cores.core(3).membership.epoch).toBe(4);
    expect(cores.log(3)).toEqual(cores.log(1));
    expect(cores.chosen(3).map(({ epoch }) => epoch)).toEqual(
      cores.chosen(1).map(({ epoch }) => epoch),
    );
  });

  test('sizes of quorums are of the record: they change with the epoch', () => {
    const cores = new Cores({ replicas: 4 });
    cores.elect(1);
    cores.stop(1, [1, 2, 3, 4], { phase1: 4, phase2: 1 });
    cores.run(5);
    cores.isolate(1);
    cores.propose(1, 'alone');
    cores.deliver();
    expect(cores.log(1).at(-1)).toBe('alone');
  });
});

describe('what stands above a stop', () => {
  test('is dropped where the stop is inherited, and nothing new comes there', () => {
    const cores = new Cores({ replicas: 3 });
    const stop = stopOf(cores.next(2, [1, 2]));
    const accepted = [
      { slot: 1, ballot: FIRST, command: stop },
      { slot: 2, ballot: FIRST, command: batch('void') },
    ];
    campaignWith(cores, 3, { accepted });
    expect(proposed(cores, 2)).toEqual(['1 stop']);
    expect(canPropose(cores.core(2))).toBe(false);
  });

  test('is inherited where a higher ballot displaced the stop', () => {
    const cores = new Cores({ replicas: 3 });
    cores.inject(3, 2, acceptOf(1, batch('won'), { ballot: { round: 2, leader: 3 } }));
    const accepted = [
      { slot: 1, ballot: FIRST, command: stopOf(cores.next(2, [1, 2])) },
      { slot: 2, ballot: FIRST, command: batch('kept') },
    ];
    campaignWith(cores, 3, { accepted });
    expect(proposed(cores, 2)).toEqual(['1 batch', '2 batch', '3 noop']);
  });

  test('another stop too: of two in different slots, the lower one ends the epoch', () => {
    const cores = new Cores({ replicas: 3 });
    cores.inject(
      3,
      2,
      acceptOf(3, stopOf(cores.next(2, [1])), { ballot: { round: 2, leader: 3 } }),
    );
    const accepted = [
      { slot: 1, ballot: FIRST, command: batch('a') },
      { slot: 2, ballot: FIRST, command: stopOf(cores.next(2, [1, 2])) },
    ];
    campaignWith(cores, 3, { accepted });
    expect(proposed(cores, 2)).toEqual(['1 batch', '2 stop']);
    cores.deliver();
    expect(cores.core(2).membership.members.map(({ id }) => id)).toEqual([1, 2]);
    expect(cores.core(2).acceptor.accepted.has(3)).toBe(false);
  });

  test('is void although a quorum accepted it: it is never handed on', () => {
    const cores = new Cores({ replicas: 3 });
    const stop = stopOf(cores.next(1, [1, 2]));
    for (const id of [2, 3]) {
      cores.inject(1, id, acceptOf(2, batch('void')));
      cores.inject(1, id, acceptOf(1, stop, { chosenUpTo: 2 }));
    }
    for (const id of [2, 3]) {
      expect(cores.log(id)).toEqual(['STOP']);
      expect(cores.core(id).epochFrom).toBe(2);
    }
  });

  test('nor is it taken from a peer that serves slots of a later epoch with it', () => {
    const cores = new Cores({ replicas: 3, applies: false });
    const membership = cores.next(3, [1, 2, 3]);
    const proposals = [
      { epoch: 1, slot: 1, ballot: FIRST, command: stopOf(membership) },
      { epoch: 2, slot: 2, ballot: FIRST, command: batch('next') },
    ];
    cores.input(3, { type: 'fetched', from: 1, proposals });
    expect(cores.log(3)).toEqual(['STOP']);
    cores.input(3, { type: 'fetched', from: 1, proposals: proposals.slice(1) });
    expect(cores.log(3)).toEqual(['STOP', 'next']);
    const records = cores.effects(3, 'write').map(({ record }) => `${record.epoch} ${record.type}`);
    expect(records).toEqual(['1 promised', '1 accepted', '2 promised', '2 accepted']);
  });
});

describe('the seal', () => {
  const probe = { type: 'confirmLeader', epoch: 1, ballot: FIRST, nonce: 7 } as const;

  test('a leader begins no read while its stop is under way, and again after it', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.stop(1, [1, 2, 3]);
    cores.input(1, { type: 'read', nonce: 5 });
    expect(cores.sentOf('confirmLeader')).toEqual([]);
    cores.deliver();
    cores.input(1, { type: 'read', nonce: 6 });
    cores.deliver();
    expect(cores.effects(1, 'readIndexed').map(({ nonce }) => nonce)).toEqual([6]);
  });

  test('an acceptor that holds its stop confirms no read to that leader', () => {
    const cores = new Cores({ replicas: 3 });
    cores.inject(1, 2, acceptOf(1, stopOf(cores.next(2, [1, 2, 3]))));
    cores.inject(1, 2, probe);
    expect(cores.sentOf('leaderConfirmed', 2)).toEqual([]);
  });

  test('a higher ballot that displaces the stop lifts it, and so does one that did not need it', () => {
    const cores = new Cores({ replicas: 3 });
    cores.inject(1, 2, acceptOf(3, stopOf(cores.next(2, [1, 2, 3]))));
    cores.inject(2, 3, acceptOf(1, stopOf(cores.next(2, [1, 2, 3]))));
    const later = { round: 2, leader: 3 };
    cores.inject(3, 2, { ...probe, ballot: later });
    expect(cores.sentOf('leaderConfirmed', 2)).toHaveLength(1);
    cores.inject(3, 2, acceptOf(3, batch('x'), { ballot: later }));
    cores.inject(3, 2, { ...probe, ballot: later, nonce: 8 });
    expect(cores.sentOf('leaderConfirmed', 2)).toHaveLength(2);
  });

  test('who has seen the end confirms nothing in it', () => {
    const cores = new Cores({ replicas: 3 });
    cores.inject(1, 2, acceptOf(1, stopOf(cores.next(2, [1, 2, 3])), { chosenUpTo: 1 }));
    expect(cores.core(2).membership.epoch).toBe(2);
    cores.inject(1, 2, probe);
    expect(cores.sentOf('leaderConfirmed', 2)).toEqual([]);
    expect(cores.sentOf('epochEnded', 2).map(({ message }) => message)).toEqual([
      { type: 'epochEnded', epoch: 1, slot: 1 },
    ]);
  });
});
