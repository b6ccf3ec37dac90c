/** A leader that gets nowhere asks its disk, and no other does. */
import { expect, test } from 'vitest';
import type { CoreState, InFlight, Leader } from '../../src/paxos/core-state.ts';
import { noBeats } from '../../src/paxos/freshness.ts';
import { DiskProbe } from '../../src/replica/disk-probe.ts';

const AFTER_MS = 1_000;
const ENTRY: InFlight = {
  command: { type: 'noop', timeMs: 0, ballot: { round: 1, leader: 1 } },
  votes: new Set(),
  chosen: false,
  ticks: 0,
};

function leader(inFlight: readonly number[]): Leader {
  return {
    name: 'leader',
    ballot: { round: 1, leader: 1 },
    nextSlot: 10,
    inFlight: new Map(inFlight.map((slot) => [slot, ENTRY])),
    firstOwnSlot: 1,
    stop: undefined,
    ticksSinceHeard: new Map(),
    beats: noBeats(),
    heartbeatIn: 0,
    round: undefined,
    readQueue: [],
    lease: undefined,
    transfer: undefined,
    recentVotes: new Map(),
  };
}

function scene(role: CoreState['role']) {
  const core = { role, learner: { chosenUpTo: 3 } };
  const probes: number[] = [];
  let nowMs = 0;
  const loop = { core, commit: { probe: () => probes.push(nowMs) } };
  const probe = new DiskProbe({ loop, afterMs: AFTER_MS });
  const tickUntil = (untilMs: number): void => {
    for (; nowMs <= untilMs; nowMs += 100) probe.tick(nowMs);
  };
  return { core, probes, tickUntil };
}

test('asks again and again while nothing is chosen, and begins anew when something is', () => {
  const { core, probes, tickUntil } = scene(leader([4, 5]));
  tickUntil(2_500);
  expect(probes).toEqual([1_000, 2_000]);
  core.learner.chosenUpTo = 4;
  tickUntil(3_500);
  expect(probes).toEqual([1_000, 2_000]);
  tickUntil(3_600);
  expect(probes).toEqual([1_000, 2_000, 3_600]);
});

test('not where nothing was proposed, nor at a follower', () => {
  for (const role of [leader([]), { name: 'follower' } as const]) {
    const { probes, tickUntil } = scene(role);
    tickUntil(5_000);
    expect(probes).toEqual([]);
  }
});

test('the time counts from the first proposal that waits', () => {
  const { core, probes, tickUntil } = scene({ name: 'follower' });
  tickUntil(4_900);
  core.role = leader([4]);
  tickUntil(5_700);
  expect(probes).toEqual([]);
  tickUntil(6_000);
  expect(probes).toEqual([5_900]);
});
