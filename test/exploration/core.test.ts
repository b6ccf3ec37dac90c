/**
 * The real core at scopes that are explored within a second or two. The counts are no more than
 * outcomes: when the core's messages or state change, so may they.
 */
import { describe, expect, test } from 'vitest';
import { step } from '../../src/paxos/core.ts';
import type {
  AcceptorState,
  Candidate,
  CoreState,
  ElectionState,
  InFlight,
  Leader,
  LearnerState,
} from '../../src/paxos/core-state.ts';
import { CoreSystem } from '../../src/exploration/core/core-system.ts';
import { newPlace } from '../../src/exploration/core/place.ts';
import { type CoreScope, DEFAULT_CORE_SCOPE } from '../../src/exploration/core/scope.ts';
import { explore, isClean } from '../../src/exploration/explorer.ts';

const CALM: CoreScope = { ...DEFAULT_CORE_SCOPE, crashes: 0 };
const ONE_SLOT: CoreScope = { ...CALM, slots: 1 };
const STOP: CoreScope = { ...CALM, slots: 3, nextVoters: [1, 2] };
const FOUR = { replicas: 4, nonVoting: [4], nextVoters: [1, 2, 3, 4] };
const COMES_BACK: CoreScope = { ...ONE_SLOT, proposers: 1, campaigns: 2, crashes: 1 };

describe('the core at small scope', () => {
  test.each([
    ['one slot', ONE_SLOT, 2_461],
    ['one slot, with the first heartbeats', { ...ONE_SLOT, heartbeats: true }, 16_258],
    ['one slot, one message twice', { ...ONE_SLOT, duplicates: 1 }, 15_091],
    ['one slot, one crash', { ...ONE_SLOT, crashes: 1 }, 34_026],
    ['one proposer that crashes and comes back', COMES_BACK, 1_155],
    ['two slots', CALM, 89_910],
    ['a stop that takes a replica out', { ...STOP, proposers: 1 }, 233],
    ['a stop that takes one in', { ...STOP, ...FOUR, proposers: 1 }, 29_364],
    ['a stop, and two proposers', STOP, 139_167],
    ['four slots, one proposer', { ...CALM, slots: 4, proposers: 1 }, 236],
  ])('%s', (_, scope, states) => {
    const report = explore(new CoreSystem(scope));
    expect(report.violation).toBeUndefined();
    expect(isClean(report)).toBe(true);
    expect(report.states).toBe(states);
  });

  test('what must be reached is not where nobody campaigns', () => {
    const report = explore(new CoreSystem({ ...ONE_SLOT, campaigns: 0 }));
    expect(report).toMatchObject({ verdict: 'complete', states: 1 });
    expect(isClean(report)).toBe(false);
  });
});

/**
 * Every part of a core's state: that it stands in the name of a place, that it never changes here,
 * or that without ticks, reads and `applied` it decides nothing. A part that is added to the core
 * does not compile here until somebody has decided which.
 */
type Standing = 'named' | 'constant' | 'decides nothing';
type Standings<State> = Readonly<Record<keyof State, Standing>>;

const CORE: Standings<CoreState> = {
  self: 'named',
  membership: 'named',
  epochFrom: 'named',
  // A core that has ended is never seen: its successor takes its place in the same step.
  ended: 'constant',
  limits: 'constant',
  acceptor: 'named',
  learner: 'named',
  election: 'named',
  // Leases are off here.
  grants: 'constant',
  incarnation: 'constant',
  isNamed: 'constant',
  isSuspect: 'constant',
  diskStalled: 'constant',
  role: 'named',
  writes: 'named',
  firstNonce: 'constant',
  nextNonce: 'constant',
  stampMs: 'constant',
  tookOffice: 'constant',
};
const ACCEPTOR: Standings<AcceptorState> = {
  promised: 'named',
  promisedWrite: 'named',
  accepted: 'named',
  highestSlot: 'named',
  floor: 'constant',
};
const LEARNER: Standings<LearnerState> = {
  chosenUpTo: 'named',
  appliedUpTo: 'constant',
  announced: 'named',
  peersChosenUpTo: 'named',
  behindTicks: 'constant',
  fetching: 'named',
  floors: 'constant',
  failed: 'named',
  failedSnapshots: 'constant',
  isPausing: 'named',
};
const ELECTION: Standings<ElectionState> = {
  heard: 'named',
  leader: 'named',
  beat: 'decides nothing',
  known: 'constant',
  ticksSinceLeader: 'decides nothing',
  timeoutTicks: 'decides nothing',
  highestRound: 'named',
  failedCampaigns: 'decides nothing',
  random: 'decides nothing',
};
const CANDIDATE: Standings<Candidate> = {
  name: 'named',
  ballot: 'named',
  from: 'named',
  succeeds: 'constant',
  reports: 'named',
  ticks: 'constant',
  progress: 'decides nothing',
};
const LEADER: Standings<Leader> = {
  name: 'named',
  ballot: 'named',
  nextSlot: 'named',
  inFlight: 'named',
  firstOwnSlot: 'named',
  // Named with what is in flight: the slot of the stop.
  stop: 'named',
  ticksSinceHeard: 'constant',
  beats: 'decides nothing',
  heartbeatIn: 'constant',
  round: 'constant',
  readQueue: 'constant',
  lease: 'constant',
  transfer: 'constant',
  recentVotes: 'decides nothing',
};
const IN_FLIGHT: Standings<InFlight> = {
  command: 'named',
  votes: 'named',
  chosen: 'named',
  ticks: 'constant',
};

test('every part of the core is named, or is known to decide nothing here', () => {
  const { core } = newPlace(1, ONE_SLOT, false);
  expect(Object.keys(CORE).toSorted()).toEqual(Object.keys(core).toSorted());
  expect(Object.keys(ACCEPTOR).toSorted()).toEqual(Object.keys(core.acceptor).toSorted());
  expect(Object.keys(LEARNER).toSorted()).toEqual(Object.keys(core.learner).toSorted());
  expect(Object.keys(ELECTION).toSorted()).toEqual(Object.keys(core.election).toSorted());
  step(core, 0, { type: 'campaign' });
  expect(Object.keys(CANDIDATE).toSorted()).toEqual(Object.keys(core.role).toSorted());
  const promise = { epoch: 1, ballot: core.acceptor.promised, chosenUpTo: 0, part: 0, parts: 1 };
  for (const from of [1, 2]) {
    const message = { type: 'promise', ...promise, accepted: [] } as const;
    step(core, 0, { type: 'message', from, message });
  }
  expect(Object.keys(LEADER).toSorted()).toEqual(Object.keys(core.role).toSorted());
  const [entry] = core.role.name === 'leader' ? core.role.inFlight.values() : [];
  expect(Object.keys(IN_FLIGHT).toSorted()).toEqual(Object.keys(entry ?? {}).toSorted());
});
