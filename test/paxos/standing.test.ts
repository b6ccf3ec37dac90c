/** Stickiness, campaign checks, the chain, back-off, and who steps down when. */
import { describe, expect, test } from 'vitest';
import { Cores } from './cores.ts';

const EPOCH = 1;

describe('a candidate first asks whether a quorum would promise', () => {
  test('a replica that only cannot hear the leader raises no ballot and harms nobody', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.cut('1>3');
    cores.run(500);
    expect(cores.roles()).toEqual([
      'leader',
      'follower',
      expect.stringMatching(/follower|checking/),
    ]);
    expect(cores.core(3).acceptor.promised).toEqual({ round: 1, leader: 1 });
  });

  test('a late grant of an earlier question counts for nothing in a later one', () => {
    const cores = new Cores({ replicas: 3 });
    cores.cut('2>1', '3>1');
    cores.run(1);
    expect(cores.core(1).role.name).toBe('checking');
    const [late] = cores.sentOf('campaignChecked', 2);
    expect(late?.message.granted).toBe(true);
    cores.heal();
    cores.elect(2);
    cores.run(10);
    cores.cut('2>1');
    cores.take();
    while (cores.core(1).role.name !== 'checking') cores.tick(1);
    if (late !== undefined) cores.inject(2, 1, late.message);
    expect(cores.core(1).role.name).toBe('checking');
  });

  test('a failed question makes the next wait longer, at most four times as long', () => {
    const cores = new Cores({ replicas: 3 });
    cores.isolate(1);
    const waits: number[] = [];
    let waited = 0;
    let before = 'follower';
    for (let tick = 0; tick < 3_000; tick += 1) {
      cores.tick(1);
      const { name } = cores.core(1).role;
      if (name === 'checking' && before === 'follower') waits.push(waited);
      waited = name === 'follower' ? waited + 1 : 0;
      before = name;
    }
    const { leaderTimeoutTicks: timeout } = cores.limits;
    expect(waits.length).toBeGreaterThan(8);
    for (const wait of waits.slice(3)) {
      expect(wait).toBeGreaterThanOrEqual(4 * timeout - 1);
      expect(wait).toBeLessThanOrEqual(8 * timeout);
    }
    expect(new Set(waits.slice(3)).size).toBeGreaterThan(3);
    expect(cores.core(1).acceptor.promised.round).toBe(0);
  });
});

describe('the chain A-B-C, where A and C do not hear each other, settles', () => {
  test.each([1, 2, 3])('at most one change of leader, then none, when %i leads first', (first) => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(first);
    cores.run(20);
    cores.cut('1>3', '3>1');
    const before = leadersOf(cores);
    cores.run(2_000);
    expect(leadersOf(cores) - before).toBeLessThanOrEqual(1);
    const settled = leadersOf(cores);
    cores.run(2_000);
    expect(leadersOf(cores)).toBe(settled);
    expect(cores.roles().filter((role) => role === 'leader')).toHaveLength(1);
  });

  test('the end that cannot hear the leader gets the chosen slots from the middle', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.cut('1>3', '3>1');
    cores.propose(1, 'x');
    cores.run(20);
    const { chosenUpTo } = cores.core(2).learner;
    expect(chosenUpTo).toBe(2);
    cores.inject(2, 3, {
      type: 'status',
      epoch: EPOCH,
      promised: { round: 1, leader: 1 },
      chosenUpTo,
      appliedUpTo: chosenUpTo,
      revision: 0,
      version: '',
      floor: 0,
      suspect: false,
      stateHash: '0'.repeat(32),
      disk: 'ok',
      known: [],
    });
    cores.run(5);
    expect(cores.log(3)).toEqual(['NOOP', 'x']);
  });
});

describe('stickiness', () => {
  test('an acceptor that heard from a leader within the timeout refuses another `prepare`', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.inject(3, 2, { type: 'prepare', epoch: EPOCH, ballot: { round: 5, leader: 3 }, from: 1 });
    expect(cores.core(2).acceptor.promised).toEqual({ round: 1, leader: 1 });
    expect(cores.sentOf('rejected', 2).at(-1)?.to).toBe(3);
    cores.tick(2, cores.limits.leaderTimeoutTicks);
    cores.inject(3, 2, { type: 'prepare', epoch: EPOCH, ballot: { round: 5, leader: 3 }, from: 1 });
    expect(cores.core(2).acceptor.promised).toEqual({ round: 5, leader: 3 });
  });

  // Seed 150002077: a follower's disk hung as it campaigned, and its leader stepped down for that.
  test('who campaigns on a disk that hangs deposes nobody', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.hangDisk(3);
    cores.isolate(3);
    cores.tick(3, 10 * cores.limits.leaderTimeoutTicks);
    const promised = { round: 7, leader: 2 };
    cores.inject(2, 3, { type: 'prepare', epoch: EPOCH, ballot: promised, from: 1 });
    expect(cores.core(3).acceptor.promised).toEqual(promised);
    cores.heal();
    const ballot = { round: 1, leader: 1 };
    cores.inject(1, 3, { type: 'heartbeat', epoch: EPOCH, ballot, beat: 1, chosenUpTo: 1 });
    expect(cores.sentOf('rejected', 3)).toEqual([]);
    cores.wakeDisk(3);
    expect(cores.sentOf('rejected', 3)).toHaveLength(1);
  });

  test("that leader's own `prepare` is never refused for it", () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.inject(1, 2, { type: 'prepare', epoch: EPOCH, ballot: { round: 9, leader: 1 }, from: 1 });
    expect(cores.core(2).acceptor.promised).toEqual({ round: 9, leader: 1 });
  });

  test('only messages of a ballot at or above `promised` count as hearing (M44)', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.isolate(1);
    cores.deliver();
    cores.tick(2, cores.limits.leaderTimeoutTicks);
    cores.tick(3, cores.limits.leaderTimeoutTicks);
    cores.input(3, { type: 'campaign' });
    cores.deliver();
    expect(cores.core(2).election.leader).toBe(3);
    const { ticksSinceLeader } = cores.core(2).election;
    cores.tick(2, 3);
    const ballot = { round: 1, leader: 1 };
    cores.inject(1, 2, { type: 'heartbeat', epoch: EPOCH, ballot, beat: 1, chosenUpTo: 1 });
    cores.inject(1, 2, { type: 'confirmLeader', epoch: EPOCH, ballot, nonce: 7 });
    expect(cores.core(2).election.ticksSinceLeader).toBe(ticksSinceLeader + 3);
    expect(cores.core(2).election.leader).toBe(3);
    expect(cores.sentOf('heard', 2).filter(({ message }) => message.ballot.round === 1)).toEqual(
      cores.sentOf('heard', 2).filter(({ to }) => to === 1),
    );
    expect(cores.sentOf('leaderConfirmed', 2)).toEqual([]);
  });

  test("a connection that the leader's side closed ends it at once", () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.run(3);
    cores.input(2, { type: 'linkClosed', peer: 3 });
    expect(cores.core(2).election.leader).toBe(1);
    cores.input(2, { type: 'linkClosed', peer: 1 });
    expect(cores.core(2).election.leader).toBeUndefined();
    cores.inject(3, 2, { type: 'prepare', epoch: EPOCH, ballot: { round: 5, leader: 3 }, from: 1 });
    expect(cores.core(2).acceptor.promised).toEqual({ round: 5, leader: 3 });
  });
});

describe('a leader steps down', () => {
  test('that cannot reach a quorum within its timeout (M47)', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.isolate(1);
    cores.tick(1, cores.limits.leaderTimeoutTicks - 1);
    expect(cores.core(1).role.name).toBe('leader');
    cores.tick(1);
    expect(cores.core(1).role.name).toBe('follower');
  });

  test('only a quorum for phase 2 keeps it in office, not one peer of four', () => {
    const cores = new Cores({ replicas: 5 });
    cores.elect(1);
    cores.cut('3>1', '4>1', '5>1');
    cores.run(cores.limits.leaderTimeoutTicks);
    expect(cores.core(1).role.name).not.toBe('leader');
  });

  test('that cannot write its disk, and it does not campaign with it either (M46)', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.tick(1, 1, true);
    expect(cores.core(1).role.name).toBe('follower');
    cores.tick(1, 500, true);
    expect(cores.core(1).role.name).toBe('follower');
  });

  test('to whom a higher promise is told, and only for its own ballot', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    const promised = { round: 3, leader: 2 };
    const ballot = { round: 1, leader: 1 };
    const earlier = { round: 0, leader: 1 };
    cores.inject(2, 1, { type: 'rejected', epoch: EPOCH, ballot: earlier, promised });
    expect(cores.core(1).role.name).toBe('leader');
    cores.inject(2, 1, { type: 'rejected', epoch: EPOCH, ballot, promised });
    expect(cores.core(1).role.name).toBe('follower');
  });

  test.each(['heartbeat', 'confirmLeader'] as const)(
    'that hears a higher ballot first in a %s',
    (type) => {
      const cores = new Cores({ replicas: 3 });
      cores.elect(1);
      const ballot = { round: 2, leader: 2 };
      const body = { epoch: EPOCH, ballot, beat: 1, chosenUpTo: 0, nonce: 1 };
      const effects = cores.inject(2, 1, { ...body, type });
      expect(cores.core(1).role.name).toBe('follower');
      expect(effects).not.toContainEqual(expect.objectContaining({ role: 'leader' }));
    },
  );
});

describe('a ballot jump of more than 2^32 rounds in one message is refused', () => {
  const far = { round: 2 ** 53 - 1, leader: 2 };

  test.each([
    { type: 'prepare', epoch: EPOCH, ballot: far, from: 1 } as const,
    { type: 'heartbeat', epoch: EPOCH, ballot: far, beat: 1, chosenUpTo: 0 } as const,
    { type: 'confirmLeader', epoch: EPOCH, ballot: far, nonce: 1 } as const,
    {
      type: 'accept',
      epoch: EPOCH,
      ballot: far,
      slot: 1,
      command: { type: 'noop', timeMs: 0, ballot: far },
      chosenUpTo: 0,
    } as const,
    { type: 'rejected', epoch: EPOCH, ballot: { round: 1, leader: 1 }, promised: far } as const,
    {
      type: 'campaignChecked',
      epoch: EPOCH,
      ballot: { round: 1, leader: 1 },
      granted: true,
      promised: far,
    } as const,
  ])('in $type: whoever receives it can still campaign', (message) => {
    const cores = new Cores({ replicas: 3 });
    const effects = cores.inject(2, 1, message);
    expect(effects.map(({ type }) => type)).toEqual(['alarm']);
    expect(cores.core(1).election.highestRound).toBe(0);
    cores.elect(1);
    expect(cores.core(1).acceptor.promised.round).toBe(1);
  });

  test('in chosen slots that a peer serves', () => {
    const cores = new Cores({ replicas: 3 });
    const command = { type: 'noop', timeMs: 0, ballot: far } as const;
    const proposals = [{ epoch: 1, slot: 1, ballot: far, command }];
    const effects = cores.input(1, { type: 'fetched', from: 2, proposals });
    expect(effects.map(({ type }) => type)).toEqual(['alarm']);
    expect(cores.core(1).acceptor.promised.round).toBe(0);
  });
});

function leadersOf(cores: Cores): number {
  return [1, 2, 3].flatMap((id) =>
    cores.effects(id, 'roleChanged').filter(({ role }) => role === 'leader'),
  ).length;
}
