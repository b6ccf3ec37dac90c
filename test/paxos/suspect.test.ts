/**
 * A suspect may have forgotten what it promised and accepted: it gives no vote of any kind, and
 * goes on as a learner.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Message } from '../../src/paxos/messages.ts';
import { Cores } from './cores.ts';

const EPOCH = 1;
const SUSPECT = 3;
const HIGH = { round: 50, leader: 2 };

/** One leads, everything is chosen everywhere, and replica 3 is told that its log lost its end. */
function started(): Cores {
  const cores = new Cores({ replicas: 3 });
  cores.elect(1);
  cores.propose(1, 'before');
  cores.run(10);
  cores.input(SUSPECT, { type: 'suspect' });
  return cores;
}

const accept: Message = {
  type: 'accept',
  epoch: EPOCH,
  ballot: HIGH,
  slot: 9,
  command: { type: 'noop', timeMs: 1, ballot: HIGH },
  chosenUpTo: 0,
};

/** Whatever asks for a vote, and the answer of whoever gives one. */
const ASKED: readonly (readonly [Message, answer: Message['type']])[] = [
  [{ type: 'checkCampaign', epoch: EPOCH, ballot: HIGH }, 'campaignChecked'],
  [{ type: 'prepare', epoch: EPOCH, ballot: HIGH, from: 1 }, 'promise'],
  [accept, 'accepted'],
  [{ type: 'heartbeat', epoch: EPOCH, ballot: HIGH, beat: 1, chosenUpTo: 0 }, 'heard'],
  [{ type: 'confirmLeader', epoch: EPOCH, ballot: HIGH, nonce: 1 }, 'leaderConfirmed'],
];

describe('asked for a vote', () => {
  test.each(ASKED)('by %o it says nothing, and writes nothing', (message) => {
    const cores = started();
    const { writes, acceptor } = cores.core(SUSPECT);
    const { promised } = acceptor;
    const sent = cores.sent.length;
    const effects = cores.inject(2, SUSPECT, message);
    expect(effects.filter(({ type }) => type === 'send' || type === 'write')).toEqual([]);
    expect(cores.sent).toHaveLength(sent);
    expect(cores.core(SUSPECT).writes).toBe(writes);
    expect(acceptor.promised).toEqual(promised);
    expect(acceptor.accepted.has(9)).toBe(false);
  });

  test.each(ASKED)('(but anyone else answers %o)', (message, answer) => {
    const cores = new Cores({ replicas: 3 });
    cores.inject(2, SUSPECT, message);
    expect(cores.sentOf(answer, SUSPECT)).toHaveLength(1);
  });

  test('below its promise it does not even refuse', () => {
    const cores = started();
    const low = { round: 1, leader: 2 };
    cores.core(SUSPECT).acceptor.promised = HIGH;
    for (const [message] of ASKED) {
      if (message.type === 'accept' || message.type === 'prepare') {
        cores.inject(2, SUSPECT, { ...message, ballot: low });
      }
    }
    cores.inject(2, SUSPECT, {
      type: 'heartbeat',
      epoch: EPOCH,
      ballot: low,
      beat: 1,
      chosenUpTo: 0,
    });
    expect(cores.sentOf('rejected', SUSPECT)).toEqual([]);
  });
});

describe('it never leads', () => {
  test('a leader that becomes suspect steps down at once, and another follows it', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.input(1, { type: 'suspect' });
    expect(cores.core(1).role.name).toBe('follower');
    cores.run(200);
    expect(cores.roles()[0]).toBe('follower');
    expect(cores.roles()).toContain('leader');
    expect(cores.core(1).election.leader).toBeGreaterThan(1);
  });

  test.each(['checking', 'candidate'] as const)('nor goes on as %s', (name) => {
    const cores = new Cores({ replicas: 3 });
    cores.isolate(2);
    if (name === 'candidate') cores.input(2, { type: 'campaign' });
    else cores.tick(2);
    expect(cores.core(2).role.name).toBe(name);
    cores.input(2, { type: 'suspect' });
    expect(cores.core(2).role.name).toBe('follower');
  });

  test('nor campaigns, though it hears nobody, is asked to, or is told to', () => {
    const cores = started();
    const { heard } = cores.core(SUSPECT).election;
    cores.inject(1, SUSPECT, {
      type: 'takeOver',
      epoch: EPOCH,
      ballot: heard,
      chosenUpTo: cores.core(SUSPECT).learner.chosenUpTo,
    });
    cores.input(SUSPECT, { type: 'campaign' });
    cores.isolate(SUSPECT);
    cores.tick(SUSPECT, 1_000);
    expect(cores.sentOf('prepare', SUSPECT)).toEqual([]);
    expect(cores.sentOf('checkCampaign', SUSPECT)).toEqual([]);
    expect(cores.core(SUSPECT).election.leader).toBeUndefined();
  });

  test('though it is the only replica', () => {
    const cores = new Cores({ replicas: 1 });
    cores.input(1, { type: 'suspect' });
    cores.tick(1, 1_000);
    expect(cores.core(1).role.name).toBe('follower');
  });
});

describe('it counts for nobody', () => {
  test('with it alone a leader chooses nothing, serves no read, and steps down', () => {
    const cores = started();
    cores.cut('1>2', '2>1');
    const { chosenUpTo } = cores.core(1).learner;
    cores.propose(1, 'x');
    cores.input(1, { type: 'read', nonce: 1 });
    cores.run(20);
    expect(cores.core(1).learner.chosenUpTo).toBe(chosenUpTo);
    expect(cores.effects(1, 'readIndexed')).toEqual([]);
    cores.run(20);
    expect(cores.core(1).role.name).toBe('follower');
  });

  test('(and with a healthy one it does all of that)', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.cut('1>2', '2>1');
    cores.propose(1, 'x');
    cores.input(1, { type: 'read', nonce: 1 });
    cores.run(100);
    expect(cores.log(1)).toEqual(['NOOP', 'x']);
    expect(cores.effects(1, 'readIndexed')).toHaveLength(1);
    expect(cores.core(1).role.name).toBe('leader');
  });
});

describe('it learns', () => {
  let cores: Cores;
  beforeEach(() => {
    cores = started();
  });

  test('what is chosen, from its peers, and records it', () => {
    for (const text of ['a', 'b', 'c']) cores.propose(1, text);
    cores.run(30);
    expect(cores.log(SUSPECT)).toEqual(['NOOP', 'before', 'a', 'b', 'c']);
    cores.restart(SUSPECT);
    expect(cores.core(SUSPECT).learner.chosenUpTo).toBe(5);
  });

  test('of a leader below a promise that it once gave, and reads by it', () => {
    cores.core(SUSPECT).acceptor.promised = HIGH;
    cores.propose(1, 'a');
    cores.run(30);
    expect(cores.log(SUSPECT)).toEqual(['NOOP', 'before', 'a']);
    cores.input(SUSPECT, { type: 'read', nonce: 7 });
    cores.deliver();
    expect(cores.effects(SUSPECT, 'readIndexed')).toMatchObject([{ nonce: 7, readIndex: 3 }]);
  });

  test('of a leader below a candidate that it once heard, and that never led', () => {
    const later = new Cores({ replicas: 3 });
    later.elect(1);
    later.tick(SUSPECT, later.limits.leaderTimeoutTicks);
    later.inject(2, SUSPECT, { type: 'prepare', epoch: EPOCH, ballot: HIGH, from: 1 });
    expect(later.core(SUSPECT).election.heard).toEqual(HIGH);
    later.input(SUSPECT, { type: 'suspect' });
    later.take();
    later.run(10);
    expect(later.core(SUSPECT).election.leader).toBe(1);
  });
});
