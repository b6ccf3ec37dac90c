/** How an epoch begins: who comes along, and what messages of other epochs do. */
import { describe, expect, test } from 'vitest';
import {
  type Membership,
  membershipProblem,
  successorProblem,
} from '../../src/paxos/membership.ts';
import { Cores } from './cores.ts';
import { SECOND, batch, acceptOf } from './epoch-samples.ts';

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
    cores.inject(3, 1, { type: 'heartbeat', epoch: 1, ballot: SECOND, beat: 1, chosenUpTo: 1 });
    expect(answers()).toBe(1);
    cores.inject(3, 1, { type: 'epochEnded', epoch: 1, slot: 1 });
    expect(answers()).toBe(1);
  });

  test('one of a later epoch makes the receiver catch up, from a stranger too', () => {
    const cores = new Cores({ replicas: 3 });
    const late = { round: 9, leader: 8 };
    cores.cut('1>8');
    cores.inject(8, 1, { type: 'heartbeat', epoch: 4, ballot: late, beat: 1, chosenUpTo: 70 });
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
