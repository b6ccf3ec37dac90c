/**
 * Bugs planted in a copy of the core, by the names of their catalogue; each with the smallest scope
 * that is known to show it, the invariant that finds it and the length of a shortest path.
 */
import { type CoreScope, DEFAULT_CORE_SCOPE } from '../../src/exploration/core/scope.ts';
import type { Mutation } from '../support/mutant.ts';

export interface CoreBug {
  readonly name: string;
  readonly scope: CoreScope;
  /** Begins the name of the invariant. */
  readonly found: string;
  /** Actions from an initial state to the violation. */
  readonly depth: number;
  readonly mutations: readonly Mutation[];
}

const CALM: CoreScope = { ...DEFAULT_CORE_SCOPE, crashes: 0 };
const ONE_SLOT: CoreScope = { ...CALM, slots: 1 };
const COMES_BACK: CoreScope = {
  ...DEFAULT_CORE_SCOPE,
  slots: 1,
  proposers: 1,
  campaigns: 2,
};
const RULE_ACCEPT = `export function mayAccept(promised: Ballot, ballot: Ballot): boolean {
  return `;
const RULE_PROMISE = `export function mayPromise(promised: Ballot, ballot: Ballot): boolean {
  return `;

export const CORE_BUGS: readonly CoreBug[] = [
  {
    name: 'M01: accepting does not raise the promise',
    scope: ONE_SLOT,
    found: 'I4',
    depth: 4,
    mutations: [
      {
        file: 'paxos/acceptor.ts',
        find: '  promise(turn, ballot);\n  if (slot > core.learner.appliedUpTo)',
        replace: '  if (slot > core.learner.appliedUpTo)',
      },
    ],
  },
  {
    name: 'an acceptor accepts whatever it promised',
    scope: ONE_SLOT,
    found: 'I7',
    depth: 5,
    mutations: [
      {
        file: 'paxos/acceptor-rules.ts',
        find: `${RULE_ACCEPT}isAtLeast(ballot, promised);`,
        replace: `${RULE_ACCEPT}isAtLeast(ballot, promised) || ballot.round > 0;`,
      },
    ],
  },
  {
    name: 'M03: the rules look at the round alone',
    scope: ONE_SLOT,
    found: 'I7',
    depth: 5,
    mutations: [
      {
        file: 'paxos/acceptor-rules.ts',
        find: `${RULE_ACCEPT}isAtLeast(ballot, promised);`,
        replace: `${RULE_ACCEPT}ballot.round >= promised.round;`,
      },
      {
        file: 'paxos/acceptor-rules.ts',
        find: `${RULE_PROMISE}isAtLeast(ballot, promised);`,
        replace: `${RULE_PROMISE}ballot.round >= promised.round;`,
      },
    ],
  },
  {
    name: 'M04: ballots are compared by round alone',
    scope: ONE_SLOT,
    found: 'I1',
    depth: 8,
    mutations: [
      {
        file: 'paxos/ballot.ts',
        find: 'return a.round !== b.round ? a.round - b.round : a.leader - b.leader;',
        replace: 'return a.round - b.round;',
      },
    ],
  },
  {
    name: 'M06: the lowest ballot that phase 1 reports is proposed again',
    scope: { ...ONE_SLOT, proposers: 3 },
    found: 'I10',
    depth: 12,
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: 'best === undefined || isHigher(proposal.ballot, best.ballot)',
        replace: 'best === undefined || isHigher(best.ballot, proposal.ballot)',
      },
    ],
  },
  {
    name: 'M08: votes are counted, not kept as a set',
    scope: {
      ...ONE_SLOT,
      replicas: 5,
      proposers: 1,
      duplicates: 1,
      reductions: { ...ONE_SLOT.reductions, deadMessages: false },
    },
    found: 'I11',
    depth: 8,
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: '  if (!isPhase2Quorum(core.membership, entry.votes)) return;',
        replace: `  const counter: { count?: number } = entry;
  counter.count = (counter.count ?? 0) + 1;
  if (counter.count < core.membership.quorums.phase2) return;`,
      },
    ],
  },
  {
    name: 'M11: rounds begin anew after a restart',
    scope: COMES_BACK,
    found: 'I2',
    depth: 4,
    mutations: [
      {
        file: 'paxos/core-state.ts',
        find: 'highestRound: Math.max(recovered.highestRound, recovered.promised.round),',
        replace: 'highestRound: 0,',
      },
    ],
  },
  {
    name: 'a restart forgets the promise',
    scope: { ...ONE_SLOT, crashes: 1 },
    found: 'I4',
    depth: 5,
    mutations: [
      {
        file: 'paxos/core-state.ts',
        find: '      promised: recovered.promised,',
        replace: '      promised: ZERO_BALLOT,',
      },
    ],
  },
  {
    name: 'a restart forgets what was accepted',
    scope: { ...ONE_SLOT, crashes: 1 },
    found: 'I8',
    depth: 9,
    mutations: [
      {
        file: 'paxos/core-state.ts',
        find: '    accepted.set(slot, { epoch, ballot, command });',
        replace: '    if (slot < 0) accepted.set(slot, { epoch, ballot, command });',
      },
    ],
  },
  {
    name: 'M12: a prepare leaves before its round is durable',
    scope: COMES_BACK,
    found: 'I6',
    depth: 1,
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: 'sendAfter(turn, core.acceptor.promisedWrite, peer, message);',
        replace: 'sendAfter(turn, 0, peer, message);',
      },
    ],
  },
  {
    name: 'M13: a promise leaves before it is durable',
    scope: ONE_SLOT,
    found: 'I6',
    depth: 1,
    mutations: [
      {
        file: 'paxos/acceptor.ts',
        find: 'sendAfter(turn, core.writes, to, answer);',
        replace: 'sendAfter(turn, 0, to, answer);',
      },
    ],
  },
  {
    name: 'a vote leaves before it is durable',
    scope: ONE_SLOT,
    found: 'I6',
    depth: 4,
    mutations: [
      {
        file: 'paxos/voting.ts',
        find: "sendAfter(turn, core.writes, from, { type: 'accepted', epoch, ballot, slot });",
        replace: "sendAfter(turn, 0, from, { type: 'accepted', epoch, ballot, slot });",
      },
    ],
  },
  {
    name: 'M21: a refusal counts as a vote',
    // Seen where the leader's own vote is slower than the refusal.
    scope: { ...ONE_SLOT, crashes: 1 },
    found: 'I11',
    depth: 8,
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: '  if (!isSame(role.ballot, message.ballot) || !isHigher(message.promised, role.ballot)) return;',
        replace: `  if (role.name === 'leader') {
    for (const entry of role.inFlight.values()) entry.votes.add(from);
    return;
  }`,
      },
    ],
  },
  {
    name: 'M23: half of the voters are a quorum',
    scope: ONE_SLOT,
    found: 'I10',
    depth: 2,
    mutations: [
      {
        file: 'paxos/membership.ts',
        find: 'Math.floor(voters / 2) + 1',
        replace: 'Math.max(1, Math.floor(voters / 2))',
      },
    ],
  },
  {
    name: 'M27: phase 1 covers the first open slot only',
    scope: CALM,
    found: 'I10',
    depth: 8,
    mutations: [
      {
        file: 'paxos/acceptor.ts',
        find: 'slot <= acceptor.highestSlot; slot += 1',
        replace: 'slot <= Math.max(from, learner.chosenUpTo + 1); slot += 1',
      },
    ],
  },
  {
    name: 'M30: a candidate fills with NOOP what it has not caught up with',
    scope: CALM,
    found: 'I10',
    depth: 10,
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: '  if (learner.chosenUpTo < horizon) {',
        replace: '  if (learner.chosenUpTo < 0 * horizon) {',
      },
    ],
  },
  {
    name: 'M33: a follower takes its own proposal as chosen, whatever its ballot',
    scope: CALM,
    found: 'I11',
    depth: 10,
    mutations: [
      {
        file: 'paxos/learner.ts',
        find: 'if (entry === undefined || !isSame(entry.ballot, ballot)) return;',
        replace: 'if (entry === undefined) return;',
      },
    ],
  },
  {
    name: 'M35: a chosen slot does not wait for those before it',
    scope: CALM,
    found: 'I11',
    depth: 5,
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: '  entry.chosen = true;\n  advanceLeader(turn, role);',
        replace: `  entry.chosen = true;
  turn.effects.push({ type: 'chosen', slot: message.slot, command: entry.command });
  advanceLeader(turn, role);`,
      },
    ],
  },
  {
    name: 'M40: a slot is given to two commands',
    scope: CALM,
    found: 'I3',
    depth: 4,
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: '  role.nextSlot += 1;\n  const entry',
        replace: '  if (role.inFlight.size !== 0) role.nextSlot += 1;\n  const entry',
      },
    ],
  },
  {
    name: 'a leader counts its own vote before it is durable',
    scope: { ...DEFAULT_CORE_SCOPE, slots: 1, proposers: 1 },
    found: 'I6',
    depth: 3,
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: '  sendAfter(turn, core.writes, core.self, vote);',
        replace: '  sendNow(turn, core.self, vote);',
      },
    ],
  },
];
