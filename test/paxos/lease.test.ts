/** Read leases: who grants them, from when and until when they count, and what ends them. */
import { describe, expect, test } from 'vitest';
import { DEFAULT_CORE_LIMITS } from '../../src/paxos/core-limits.ts';
import { countedMs, holdsLease } from '../../src/paxos/lease.ts';
import { Cores, type CoresOptions } from './cores.ts';

const EPOCH = 1;
const GRANT_MS = 300;
/** 300 ms less three times 5 %. */
const COUNTED_MS = 255;
const LIMITS = { leaseGrantMs: GRANT_MS, leaseDriftPerMille: 50 };
const FIRST = { round: 1, leader: 1 };
/** It asks for a lease. */
const LATER_HEARTBEAT = {
  type: 'heartbeat',
  epoch: EPOCH,
  ballot: FIRST,
  beat: 9,
  chosenUpTo: 1,
  sentAtMs: 1_000,
} as const;

/** Replica 1 leads, and the heartbeats that it sent as it took office are still on their way. */
function elected(options: Partial<CoresOptions> = {}): Cores {
  const cores = new Cores({ replicas: 3, ...options, limits: { ...LIMITS, ...options.limits } });
  cores.nowMs = 1_000;
  cores.input(1, { type: 'campaign' });
  cores.deliver(({ message }) => message.type !== 'heartbeat');
  cores.leaderRole(1);
  return cores;
}

function holds(cores: Cores, id = 1, nowMs = cores.nowMs): boolean {
  return holdsLease(cores.core(id), nowMs);
}

function prepare(cores: Cores, from: number, to: number, round = 5): boolean {
  const ballot = { round, leader: from };
  cores.inject(from, to, { type: 'prepare', epoch: EPOCH, ballot, from: 1 });
  return cores.core(to).acceptor.promised.round === round;
}

function granted(): Cores {
  const cores = elected();
  cores.deliver();
  cores.isolate(1);
  // Silence, by ticks, for long: only its clock counts.
  cores.tick(2, 2 * cores.limits.leaderTimeoutTicks);
  return cores;
}

describe('a leader', () => {
  test('asks for none and is granted none, unless leases are on', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.run(20);
    expect(holds(cores)).toBe(false);
    for (const { message } of cores.sentOf('heartbeat'))
      expect(message).not.toHaveProperty('sentAtMs');
    for (const { message } of cores.sentOf('heard')) expect(message).not.toHaveProperty('lease');
  });

  test('counts from when it sent the heartbeat, whenever the grant comes (M56)', () => {
    const cores = elected();
    expect(holds(cores)).toBe(false);
    cores.nowMs += 200;
    cores.deliver();
    const [heard] = cores.sentOf('heard');
    expect(heard?.message.lease).toEqual({ sentAtMs: 1_000, forMs: GRANT_MS });
    expect(holds(cores, 1, 1_000 + COUNTED_MS - 1)).toBe(true);
    expect(holds(cores, 1, 1_000 + COUNTED_MS)).toBe(false);
  });

  test('a late grant takes nothing back, and one that comes again adds nothing', () => {
    const cores = elected();
    cores.deliver(({ message }) => message.type === 'heartbeat');
    const late = cores.take(({ message }) => message.type === 'heard');
    cores.run(10);
    for (const { from, message } of late) cores.inject(from, 1, message);
    expect(holds(cores, 1, 1_000 + COUNTED_MS + 50)).toBe(true);
  });

  test('goes by what the acceptor grants, where that is less', () => {
    const limits = { ...DEFAULT_CORE_LIMITS, ...LIMITS };
    expect(countedMs(limits, GRANT_MS)).toBe(COUNTED_MS);
    expect(countedMs(limits, 100)).toBe(75);
  });

  test('needs a phase 2 quorum of voters behind it', () => {
    const cores = elected({ replicas: 5 });
    cores.deliver(({ from, to }) => from === 2 || to === 2);
    expect(holds(cores)).toBe(false);
    cores.deliver(({ from, to }) => from === 3 || to === 3);
    expect(holds(cores)).toBe(true);
    const flexible = elected({ replicas: 4, quorums: { phase1: 3, phase2: 2 } });
    flexible.deliver(({ from, to }) => from === 2 || to === 2);
    expect(holds(flexible)).toBe(true);
    const others = elected({ replicas: 4, nonVoting: [4] });
    others.deliver(({ from, to }) => from === 4 || to === 4);
    expect(holds(others)).toBe(false);
  });

  test('alone needs nobody', () => {
    const cores = new Cores({ replicas: 1, limits: LIMITS });
    cores.run(60);
    expect(holds(cores)).toBe(true);
  });

  test('holds none before the `NOOP` of its own ballot is chosen', () => {
    const cores = new Cores({ replicas: 3, limits: LIMITS });
    cores.nowMs = 1_000;
    cores.input(1, { type: 'campaign' });
    cores.deliver(({ message }) => !message.type.startsWith('accept'));
    cores.leaderRole(1).lease?.untilMs.forEach((untilMs) => expect(untilMs).toBeGreaterThan(1_000));
    expect(cores.leaderRole(1).lease?.untilMs.size).toBe(2);
    expect(holds(cores)).toBe(false);
    cores.deliver();
    cores.run(1);
    expect(holds(cores)).toBe(true);
  });

  test('holds none once it is deposed', () => {
    const cores = elected();
    cores.deliver();
    cores.inject(3, 1, {
      type: 'rejected',
      epoch: EPOCH,
      ballot: FIRST,
      promised: { round: 7, leader: 3 },
    });
    expect(holds(cores)).toBe(false);
  });

  test('holds none from the moment on at which it proposes a stop', () => {
    const cores = elected();
    cores.deliver();
    expect(holds(cores)).toBe(true);
    cores.stop(1, [1, 2]);
    expect(holds(cores)).toBe(false);
  });

  test('that stood still counts nothing that it had asked for before', () => {
    const cores = elected();
    cores.deliver();
    const asked = cores.sentOf('heard').map(({ from, message }) => ({ from, message }));
    cores.input(1, { type: 'stoodStill' });
    expect(holds(cores)).toBe(false);
    for (const { from, message } of asked) cores.inject(from, 1, message);
    expect(holds(cores)).toBe(false);
    cores.run(10);
    expect(holds(cores)).toBe(true);
  });
});

describe('an acceptor', () => {
  test('promises nobody else anything until its own clock says so', () => {
    const cores = granted();
    cores.nowMs = 1_000 + GRANT_MS - 1;
    expect(prepare(cores, 3, 2)).toBe(false);
    cores.nowMs += 1;
    expect(prepare(cores, 3, 2)).toBe(true);
  });

  test('grants no campaign check meanwhile, and does not campaign', () => {
    const cores = granted();
    expect(cores.core(2).role.name).toBe('follower');
    expect(cores.core(2).election.leader).toBeUndefined();
    const ballot = { round: 5, leader: 3 };
    cores.inject(3, 2, { type: 'checkCampaign', epoch: EPOCH, ballot });
    cores.input(2, { type: 'campaign' });
    expect(cores.core(2).role.name).toBe('follower');
    cores.nowMs = 1_000 + GRANT_MS;
    cores.inject(3, 2, { type: 'checkCampaign', epoch: EPOCH, ballot });
    const answers = cores.sentOf('campaignChecked', 2).map(({ message }) => message.granted);
    expect(answers).toEqual([false, true]);
    cores.tick(2);
    expect(cores.core(2).role.name).toBe('checking');
  });

  test('whose leader closed the connection waits all the same (M57)', () => {
    const cores = elected();
    cores.deliver();
    cores.input(2, { type: 'linkClosed', peer: 1 });
    expect(prepare(cores, 3, 2)).toBe(false);
    cores.nowMs = 1_000 + GRANT_MS;
    expect(prepare(cores, 3, 2)).toBe(true);
  });

  test('that restarts promises nothing for as long as it may have granted (M57)', () => {
    const cores = granted();
    cores.nowMs += 100;
    cores.restart(2);
    cores.nowMs += GRANT_MS - 1;
    expect(prepare(cores, 3, 2)).toBe(false);
    cores.tick(2, 2 * cores.limits.leaderTimeoutTicks);
    expect(cores.core(2).role.name).toBe('follower');
    cores.nowMs += 1;
    expect(prepare(cores, 3, 2)).toBe(true);
  });

  test('that restarts, and learns that its epoch has ended, waits in the next one', () => {
    const cores = elected();
    cores.deliver();
    cores.stop(1, [1, 2, 3]);
    cores.isolate(2);
    cores.deliver();
    cores.restart(2);
    cores.heal();
    cores.inject(3, 2, { type: 'epochEnded', epoch: EPOCH, slot: 2 });
    expect(cores.core(2).membership.epoch).toBe(2);
    const ballot = { round: 9, leader: 3 };
    const late = { type: 'prepare', epoch: 2, ballot, from: 3 } as const;
    cores.inject(3, 2, late);
    expect(cores.core(2).acceptor.promised).not.toEqual(ballot);
    cores.nowMs += GRANT_MS;
    cores.inject(3, 2, late);
    expect(cores.core(2).acceptor.promised).toEqual(ballot);
  });

  test('lets its leader campaign again', () => {
    const cores = granted();
    expect(prepare(cores, 1, 2)).toBe(true);
  });

  test('is bound to nobody in the next epoch', () => {
    const cores = elected();
    cores.deliver();
    cores.stop(1, [1, 2, 3]);
    cores.deliver(({ message }) => message.epoch === EPOCH);
    expect(cores.core(2).membership.epoch).toBe(2);
    const ballot = { round: 9, leader: 3 };
    cores.inject(3, 2, { type: 'prepare', epoch: 2, ballot, from: 3 });
    expect(cores.core(2).acceptor.promised).toEqual(ballot);
  });

  test('grants nothing to a leader below one that it has heard', () => {
    const cores = granted();
    const accept = {
      slot: 2,
      chosenUpTo: 1,
      command: { type: 'noop', timeMs: 0, ballot: FIRST },
    } as const;
    cores.inject(3, 2, {
      type: 'accept',
      epoch: EPOCH,
      ballot: { round: 5, leader: 3 },
      ...accept,
    });
    cores.inject(1, 2, LATER_HEARTBEAT);
    expect(cores.sentOf('rejected', 2)).toHaveLength(1);
    expect(cores.core(2).grants.last?.ballot).toEqual(FIRST);
  });

  test('grants nothing while it holds an open stop', () => {
    const cores = elected();
    cores.deliver();
    cores.stop(1, [1, 2]);
    cores.cut('2>1', '3>1');
    cores.deliver();
    const before = cores.sentOf('heard', 2).length;
    cores.inject(1, 2, LATER_HEARTBEAT);
    const [heard] = cores.sentOf('heard', 2).slice(before);
    expect(heard?.message).toBeDefined();
    expect(heard?.message.lease).toBeUndefined();
  });

  test('that may have forgotten votes grants nothing', () => {
    const cores = elected();
    for (const id of [2, 3]) cores.input(id, { type: 'suspect' });
    cores.deliver();
    expect(cores.sentOf('heard')).toEqual([]);
    expect(holds(cores)).toBe(false);
  });
});

describe('a hand-over', () => {
  test('drops the lease first, and then nobody waits for its end (M59)', () => {
    const cores = elected();
    cores.deliver();
    expect(holds(cores)).toBe(true);
    cores.input(1, { type: 'transfer', to: 3 });
    expect(holds(cores)).toBe(false);
    const [called] = cores.sentOf('takeOver');
    expect(called?.to).toBe(3);
    cores.deliver();
    expect(cores.roles()).toEqual(['follower', 'follower', 'leader']);
    expect(cores.nowMs).toBe(1_000);
    cores.run(2);
    expect(holds(cores, 3)).toBe(true);
  });

  test('that came to nothing leaves its ballot without a lease: the one it called may yet come', () => {
    const cores = elected();
    cores.deliver();
    cores.cut('3>1', '3>2');
    cores.input(1, { type: 'transfer', to: 3 });
    cores.run(2 * cores.limits.leaderTimeoutTicks);
    expect(cores.leaderRole(1).transfer).toBeUndefined();
    expect(holds(cores)).toBe(false);
    const [late] = cores.sentOf('prepare', 3);
    expect(late?.message.succeeds).toEqual(FIRST);
    if (late !== undefined) cores.inject(3, 2, late.message);
    expect(cores.core(2).acceptor.promised.leader).toBe(3);
  });

  test('waits for one that has just started', () => {
    const cores = elected();
    cores.deliver();
    cores.restart(3);
    cores.run(5);
    cores.input(1, { type: 'transfer', to: 3 });
    cores.deliver();
    expect(cores.core(3).role.name).toBe('follower');
    cores.run(30);
    expect(cores.core(3).role.name).toBe('leader');
  });
});
