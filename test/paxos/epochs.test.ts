/** From epoch to epoch: the stop, what is void, who is sealed, and who comes along. */
import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/paxos/command.ts';
import { canPropose, canStop } from '../../src/paxos/leader.ts';
import {
  type Membership,
  membershipProblem,
  successorProblem,
} from '../../src/paxos/membership.ts';
import type { Accept, PromiseMessage } from '../../src/paxos/messages.ts';
import { Cores, type Envelope } from './cores.ts';

const FIRST = { round: 1, leader: 1 };
const SECOND = { round: 2, leader: 2 };

function isOf(...types: readonly string[]) {
  return ({ message }: Envelope): boolean => types.includes(message.type);
}

function batch(text: string): Command {
  return { type: 'batch', timeMs: 5, bytes: new TextEncoder().encode(text) };
}

function stopOf(membership: Membership): Command {
  return { type: 'stop', timeMs: 5, membership };
}

function acceptOf(slot: number, command: Command, more: Partial<Accept> = {}): Accept {
  return { type: 'accept', epoch: 1, ballot: FIRST, slot, command, chosenUpTo: 0, ...more };
}

/** Replica 2 campaigns with what it and this peer report; its commands reach nobody. */
function campaignWith(cores: Cores, peer: number, report: Partial<PromiseMessage>): void {
  cores.input(2, { type: 'campaign' });
  cores.deliver(({ to, message }) => to === 2 && message.type === 'promise');
  const { promised: ballot } = cores.core(2).acceptor;
  const none = { chosenUpTo: 0, part: 0, parts: 1, accepted: [] };
  cores.inject(peer, 2, { type: 'promise', epoch: 1, ballot, ...none, ...report });
}

function proposed(cores: Cores, id: number): string[] {
  return [...cores.leaderRole(id).inFlight].map(([slot, { command }]) => `${slot} ${command.type}`);
}

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

describe('the next epoch', () => {
  test('begins with a full phase 1: a quorum of the new members must promise (M87)', () => {
    const cores = new Cores({ replicas: 5 });
    cores.elect(1);
    cores.stop(1, [1, 4, 5]);
    cores.cut('1>4', '4>1', '1>5', '5>1');
    cores.run(5);
    expect(cores.core(1).membership.epoch).toBe(2);
    expect(cores.core(1).role.name).toBe('candidate');
    cores.heal();
    cores.run(40);
    expect(cores.log(5).slice(0, 3)).toEqual(['NOOP', 'STOP', 'NOOP']);
  });

  test('is for those only whose disk has everything up to the stop', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.hangDisk(2);
    cores.stop(1, [1, 2]);
    cores.deliver();
    expect(cores.core(2).membership.epoch).toBe(2);
    cores.run(5);
    const ofNext = (type: 'promise' | 'accepted') =>
      cores.sentOf(type, 2).filter(({ message }) => message.epoch === 2);
    expect(ofNext('promise')).toEqual([]);
    cores.wakeDisk(2);
    cores.run(20);
    expect(ofNext('promise')).not.toEqual([]);
    expect(cores.log(2)).toEqual(['NOOP', 'STOP', 'NOOP']);
  });

  test('goes on after a restart, with promises of its own', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.stop(1, [1, 2]);
    cores.run(5);
    cores.propose(1, 'x');
    cores.run(10);
    for (const id of [1, 2]) cores.restart(id);
    expect(cores.core(2).epochFrom).toBe(3);
    expect(cores.core(2).membership.epoch).toBe(2);
    cores.run(100);
    expect(cores.log(2).slice(0, 4)).toEqual(['NOOP', 'STOP', 'NOOP', 'x']);
    expect(cores.chosen(2).at(-1)?.epoch).toBe(2);
  });

  test('a leader that leaves lets the others lead at once', () => {
    const cores = new Cores({ replicas: 4 });
    cores.elect(1);
    cores.run(5);
    cores.stop(1, [2, 3, 4]);
    cores.run(cores.limits.leaderTimeoutTicks);
    expect(cores.core(1).role.name).toBe('follower');
    expect(cores.roles().slice(1)).toContain('leader');
    cores.run(100);
    expect(cores.core(1).role.name).toBe('follower');
    expect(cores.sentOf('checkCampaign', 1).filter(({ message }) => message.epoch === 2)).toEqual(
      [],
    );
  });

  test('a non-voting member becomes a voter', () => {
    const cores = new Cores({ replicas: 4, nonVoting: [4] });
    cores.elect(1);
    cores.stop(1, [1, 2, 3, 4]);
    cores.run(5);
    cores.isolate(2);
    cores.propose(1, 'x');
    cores.run(5);
    expect(cores.log(1).at(-1)).toBe('x');
    cores.isolate(4);
    cores.propose(1, 'y');
    cores.run(5);
    expect(cores.log(1).at(-1)).toBe('x');
  });

  test('under an id in another incarnation nothing is said here: that is another replica', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    const next = cores.next(1, [1, 2, 3]);
    const members = next.members.map((member) =>
      member.id === 3 ? { ...member, incarnation: 'f'.repeat(32) } : member,
    );
    cores.input(1, { type: 'stop', membership: { ...next, members } });
    cores.run(100);
    expect(cores.log(3)).toEqual(cores.log(1));
    const votes = [...cores.sentOf('promise', 3), ...cores.sentOf('accepted', 3)];
    expect(votes.filter(({ message }) => message.epoch === 2)).toEqual([]);
  });

  test('rounds go on: nobody leads two epochs in one ballot', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.stop(1, [1, 2, 3]);
    cores.run(3);
    expect(cores.leaderRole(1).ballot.round).toBe(2);
  });
});

describe('messages of other epochs', () => {
  test('an ended one is answered with its end, also to strangers, but never such an answer', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.stop(1, [1]);
    cores.run(3);
    const before = cores.sentOf('epochEnded', 1).length;
    const answers = () => cores.sentOf('epochEnded', 1).length - before;
    cores.inject(3, 1, { type: 'heartbeat', epoch: 1, ballot: SECOND, chosenUpTo: 1 });
    expect(answers()).toBe(1);
    cores.inject(3, 1, { type: 'epochEnded', epoch: 1, slot: 1 });
    expect(answers()).toBe(1);
  });

  test('one of a later epoch makes the receiver catch up, from a stranger too', () => {
    const cores = new Cores({ replicas: 3 });
    const late = { round: 9, leader: 8 };
    cores.cut('1>8');
    cores.inject(8, 1, { type: 'heartbeat', epoch: 4, ballot: late, chosenUpTo: 70 });
    expect(cores.core(1).election.leader).toBeUndefined();
    const fetches = () => cores.effects(1, 'fetch').map(({ to, from }) => [to, from]);
    expect(fetches()).toEqual([[8, 1]]);
  });

  test('no slot of an earlier epoch is accepted in a later one', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.stop(1, [1, 2, 3]);
    cores.run(3);
    const effects = cores.inject(1, 2, acceptOf(1, batch('x'), { epoch: 2, ballot: SECOND }));
    expect(effects.map(({ type }) => type)).toEqual(['alarm']);
  });
});

describe('a membership', () => {
  const { membership } = new Cores({ replicas: 3 });
  const { members } = membership;

  test.each<[string, Partial<Membership>]>([
    ['an id twice', { members: members.map((one) => ({ ...one, id: 1 })) }],
    ['an address twice', { members: members.map((one) => ({ ...one, peerUrl: 'http://one' })) }],
    ['no voter', { members: members.map((one) => ({ ...one, role: 'nonVoting' })) }],
    ['disjoint quorums', { quorums: { phase1: 1, phase2: 2 } }],
    ['a quorum of nobody', { quorums: { phase1: 0, phase2: 3 } }],
    ['a quorum of more than all', { quorums: { phase1: 4, phase2: 1 } }],
  ])('with %s is none', (_, broken) => {
    expect(membershipProblem(membership)).toBeUndefined();
    expect(membershipProblem({ ...membership, ...broken })).toBeTypeOf('string');
    const next = { ...membership, epoch: 2 };
    expect(successorProblem(membership, next)).toBeUndefined();
    expect(successorProblem(membership, { ...next, ...broken })).toBeTypeOf('string');
  });
});
