/** Read index: r first, then the probe; a Q2 that promised nothing higher; a nonce only once. */
import { describe, expect, test } from 'vitest';
import type { Effect } from '../../src/paxos/effects.ts';
import { Cores } from './cores.ts';

const EPOCH = 1;

function indexes(cores: Cores, id: number): number[] {
  return cores.effects(id, 'readIndexed').map(({ readIndex }) => readIndex);
}

function refusals(effects: readonly Effect[]): Effect[] {
  return effects.filter(({ type }) => type === 'readRefused');
}

describe('at the leader', () => {
  test('r is its `chosenUpTo` from before the probe, whatever is chosen meanwhile', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.input(1, { type: 'read', nonce: 7 });
    cores.propose(1, 'x');
    cores.deliver(({ message }) => !message.type.startsWith('leaderConfirmed'));
    expect(cores.log(1)).toEqual(['NOOP', 'x']);
    cores.deliver();
    expect(indexes(cores, 1)).toEqual([1]);
  });

  test('none is given before the `NOOP` of its own ballot is chosen (M50)', () => {
    const cores = new Cores({ replicas: 3 });
    cores.input(1, { type: 'campaign' });
    cores.deliver(({ message }) => !message.type.startsWith('accept'));
    cores.leaderRole(1);
    cores.input(1, { type: 'read', nonce: 7 });
    cores.deliver(({ message }) => !message.type.startsWith('accept'));
    expect(cores.sentOf('confirmLeader')).toEqual([]);
    cores.run(1);
    expect(indexes(cores, 1)).toEqual([1]);
  });

  test('none without a quorum that confirms', () => {
    const cores = new Cores({ replicas: 5 });
    cores.elect(1);
    cores.input(1, { type: 'read', nonce: 7 });
    cores.deliver(({ to, from }) => to === 2 || from === 2);
    expect(indexes(cores, 1)).toEqual([]);
    cores.deliver();
    expect(indexes(cores, 1)).toEqual([1]);
  });

  test('Q2 confirms, from the membership record', () => {
    const cores = new Cores({ replicas: 4, quorums: { phase1: 3, phase2: 2 } });
    cores.elect(1);
    cores.input(1, { type: 'read', nonce: 7 });
    cores.deliver(({ to, from }) => to === 2 || from === 2);
    expect(indexes(cores, 1)).toEqual([1]);
  });

  test('a retry has a nonce of its own, and a late answer to the first confirms nothing (M51)', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.input(1, { type: 'read', nonce: 7 });
    cores.deliver(({ to }) => to !== 1);
    const late = cores.take(({ message }) => message.type === 'leaderConfirmed');
    cores.take();
    cores.tick(1, cores.limits.retransmitTicks);
    const nonces = cores.sentOf('confirmLeader').map(({ message }) => message.nonce);
    expect(new Set(nonces).size).toBe(2);
    cores.take();
    expect(late).toHaveLength(2);
    for (const { from, message } of late) cores.inject(from, 1, message);
    expect(indexes(cores, 1)).toEqual([]);
  });

  test('answers that take longer than a retry confirm in the end', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    const halfWayTicks = Math.ceil(0.8 * cores.limits.retransmitTicks);
    const underWay: { readonly dueAt: number; readonly sent: ReturnType<Cores['take']>[number] }[] =
      [];
    cores.input(1, { type: 'read', nonce: 7 });
    for (let now = 0; now < 20 * halfWayTicks; now += 1) {
      underWay.push(...cores.take().map((sent) => ({ dueAt: now + halfWayTicks, sent })));
      for (let next = underWay[0]; next !== undefined && next.dueAt <= now; next = underWay[0]) {
        underWay.shift();
        cores.inject(next.sent.from, next.sent.to, next.sent.message);
      }
      cores.tick(1, 1);
    }
    expect(indexes(cores, 1)).toEqual([1]);
  });

  test('reads that arrive before a round starts share it, later ones wait for the next', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.input(1, { type: 'read', nonce: 1 });
    cores.inject(2, 1, { type: 'readIndex', epoch: EPOCH, nonce: 2 });
    cores.inject(3, 1, { type: 'readIndex', epoch: EPOCH, nonce: 3 });
    expect(cores.sentOf('confirmLeader')).toHaveLength(2);
    cores.deliver();
    expect(cores.sentOf('confirmLeader')).toHaveLength(4);
    expect(cores.sentOf('readIndexed').map(({ to }) => to)).toEqual([2, 3]);
  });

  test('one alone needs nobody', () => {
    const cores = new Cores({ replicas: 1 });
    cores.run(2);
    cores.input(1, { type: 'read', nonce: 7 });
    expect(indexes(cores, 1)).toEqual([1]);
  });
});

describe('an acceptor', () => {
  test('that promised higher refuses, and the deposed leader gives no index', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.isolate(1);
    cores.tick(2, 40);
    cores.tick(3, 40);
    cores.input(3, { type: 'campaign' });
    cores.deliver();
    cores.leaderRole(3);
    cores.heal();
    cores.take();
    cores.input(1, { type: 'read', nonce: 7 });
    cores.deliver(({ message }) => ['confirmLeader', 'leaderConfirmed'].includes(message.type));
    expect(indexes(cores, 1)).toEqual([]);
    expect(cores.sentOf('leaderConfirmed')).toEqual([]);
    expect(cores.sentOf('rejected').map(({ to }) => to)).toEqual([1, 1]);
  });
});

describe('at any other replica', () => {
  test('it asks the leader, in a round that begins after the request arrived', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.propose(1, 'x');
    cores.run(6);
    cores.input(2, { type: 'read', nonce: 7 });
    cores.deliver();
    expect(cores.effects(2, 'readIndexed')).toMatchObject([
      { nonce: 7, readIndex: 2, ballot: { round: 1, leader: 1 } },
    ]);
  });

  test('without a leader it is refused at once, and by one who does not lead', () => {
    const cores = new Cores({ replicas: 3 });
    expect(refusals(cores.input(2, { type: 'read', nonce: 7 }))).toHaveLength(1);
    cores.elect(1);
    cores.input(1, { type: 'tick', diskStalled: true });
    cores.input(2, { type: 'read', nonce: 8 });
    cores.deliver();
    expect(cores.effects(2, 'readRefused').map(({ nonce }) => nonce)).toEqual([7, 8]);
  });
});
