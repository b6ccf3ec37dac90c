/** The ghost's rules of campaigns and leaders, each broken once and kept once. */
import { describe, expect, test } from 'vitest';
import { startCore } from '../../../src/paxos/core.ts';
import type { CoreState, Leader } from '../../../src/paxos/core-state.ts';
import { DEFAULT_CORE_LIMITS } from '../../../src/paxos/core-limits.ts';
import { NOTHING_RECOVERED } from '../../../src/paxos/core-state.ts';
import { majorities } from '../../../src/paxos/membership.ts';
import type { PromiseMessage } from '../../../src/paxos/messages.ts';
import { noBeats } from '../../../src/paxos/freshness.ts';
import { Campaigns } from '../../../src/simulation/ghost/campaigns.ts';
import { Proposals } from '../../../src/simulation/ghost/proposals.ts';
import { Voters } from '../../../src/simulation/ghost/ranks.ts';
import {
  ballotOf,
  choose,
  FIRST,
  membershipOf,
  noopOf,
  promiseOf,
  proposalOf,
  THREE,
  violated,
} from './forbidden.ts';

const SECOND = ballotOf(2, 2);
const X = noopOf(1);
const Y = noopOf(2, 2);

/** A leader in this ballot that has this in flight. */
function leaderOf(ballot = FIRST, inFlight: Leader['inFlight'] = new Map()): Leader {
  return {
    name: 'leader',
    ballot,
    nextSlot: inFlight.size + 1,
    inFlight,
    firstOwnSlot: inFlight.size + 1,
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

function learnerOf(): CoreState['learner'] {
  return startCore({
    self: 1,
    membership: membershipOf(3),
    limits: DEFAULT_CORE_LIMITS,
    recovered: NOTHING_RECOVERED,
    seed: 1,
    firstNonce: 1,
    nowMs: 0,
  }).core.learner;
}

/** A campaign with the promises of these replicas, whole. */
function campaigned(
  proposals: Proposals,
  ballot = FIRST,
  ...promises: PromiseMessage[]
): Campaigns {
  const campaigns = new Campaigns(proposals);
  campaigns.booted(ballot.leader);
  campaigns.campaigns(ballot.leader, ballot);
  for (const [index, promise] of promises.entries()) campaigns.promised(index + 1, promise);
  return campaigns;
}

const leads = (campaigns: Campaigns) =>
  violated(() => campaigns.leads(learnerOf(), leaderOf(), THREE));

describe('a campaign', () => {
  test('I2: another replica uses its ballot, or the next life does once it was told', () => {
    const campaigns = new Campaigns(new Proposals());
    campaigns.booted(1);
    campaigns.booted(2);
    campaigns.campaigns(1, FIRST);
    campaigns.booted(1);
    expect(violated(() => campaigns.campaigns(1, FIRST))).toBeUndefined();
    expect(violated(() => campaigns.sentPrepare(1, FIRST))).toBeUndefined();
    expect(violated(() => campaigns.sentPrepare(2, FIRST))).toBe('I2');
    campaigns.booted(1);
    expect(violated(() => campaigns.sentPrepare(1, FIRST))).toBe('I2');
    expect(violated(() => campaigns.campaigns(1, FIRST))).toBe('I2');
  });

  test('I9: a quorum is of distinct voters, and of whole promises', () => {
    const proposals = new Proposals();
    const part = promiseOf(FIRST, { parts: 2 });
    expect(leads(campaigned(proposals, FIRST, promiseOf()))).toBe('I9');
    expect(leads(campaigned(proposals, FIRST, promiseOf(), part))).toBe('I9');
    const twice = campaigned(proposals, FIRST, promiseOf());
    twice.promised(1, promiseOf());
    twice.promised(4, promiseOf());
    expect(leads(twice)).toBe('I9');
    expect(leads(campaigned(proposals, FIRST, promiseOf(), promiseOf()))).toBeUndefined();
  });

  test('I9: sizes that do not meet', () => {
    const { quorums: _, ...membership } = membershipOf(4);
    const votersOf = (phase1: number, phase2: number) =>
      violated(() => void new Voters({ ...membership, quorums: { phase1, phase2 } }));
    expect(votersOf(2, 3)).toBeUndefined();
    expect(votersOf(2, 2)).toBe('I9');
    expect(majorities(4)).toEqual({ phase1: 3, phase2: 3 });
  });

  test('I10: a leader that does not hold what is chosen', () => {
    const proposals = new Proposals();
    choose(proposals, proposalOf(1, FIRST, X));
    const told = promiseOf(SECOND, { accepted: [proposalOf(1, FIRST, X)] });
    const leads = (role: Leader) =>
      violated(() => campaigned(proposals, SECOND, told, told).leads(learnerOf(), role, THREE));
    const entry = { votes: new Set<number>(), chosen: false, ticks: 0 };
    expect(leads(leaderOf(SECOND))).toBe('I10');
    expect(leads(leaderOf(SECOND, new Map([[1, { ...entry, command: Y }]])))).toBe('I10');
    expect(leads(leaderOf(SECOND, new Map([[1, { ...entry, command: X }]])))).toBeUndefined();
  });

  test('I17: a second leader in one ballot', () => {
    const campaigns = campaigned(new Proposals(), FIRST, promiseOf(), promiseOf());
    campaigns.leads(learnerOf(), leaderOf(), THREE);
    expect(violated(() => campaigns.leads(learnerOf(), leaderOf(), THREE))).toBe('I17');
  });

  test('I8: what is proposed follows from what a quorum reported', () => {
    const third = ballotOf(3, 3);
    const higher = promiseOf(third, { accepted: [proposalOf(1, SECOND, Y)] });
    const lower = promiseOf(third, { accepted: [proposalOf(1, FIRST, X)], chosenUpTo: 0 });
    const campaigns = campaigned(new Proposals(), third, lower, higher);
    expect(violated(() => campaigns.proposes(1, third, Y))).toBe('I8');
    campaigns.leads(learnerOf(), leaderOf(third), THREE);
    expect(violated(() => campaigns.proposes(1, third, X))).toBe('I8');
    expect(violated(() => campaigns.proposes(1, third, Y))).toBeUndefined();
    expect(violated(() => campaigns.proposes(2, third, X))).toBeUndefined();
  });

  test('I8: nothing is proposed where a reporter knows a chosen one', () => {
    const campaigns = campaigned(
      new Proposals(),
      SECOND,
      promiseOf(SECOND, { chosenUpTo: 4 }),
      promiseOf(SECOND),
    );
    campaigns.leads(learnerOf(), leaderOf(SECOND), THREE);
    expect(violated(() => campaigns.proposes(4, SECOND, Y))).toBe('I8');
    expect(violated(() => campaigns.proposes(5, SECOND, Y))).toBeUndefined();
  });

  test('I8: of two answers of one replica the first counts, and what it obliges to', () => {
    const accepted = [proposalOf(1, FIRST, X)];
    const campaigns = campaigned(
      new Proposals(),
      SECOND,
      promiseOf(SECOND, { accepted }),
      promiseOf(SECOND),
    );
    campaigns.promised(1, promiseOf(SECOND, { chosenUpTo: 1 }));
    campaigns.leads(learnerOf(), leaderOf(SECOND), THREE);
    expect(violated(() => campaigns.proposes(1, SECOND, Y))).toBe('I8');
    expect(violated(() => campaigns.proposes(1, SECOND, X))).toBeUndefined();
  });
});
