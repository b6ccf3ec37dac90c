/** Group A: who is counted, and how often. */
import type { Mutant } from '../mutant.ts';

export const ON_ACCEPTED_QUORUM = '  if (!isPhase2Quorum(core.membership, entry.votes)) return;';
const ON_PROMISED_QUORUM =
  '  if (!isPhase1Quorum(core.membership, new Set(complete.map(([id]) => id)))) return;';
const ON_REJECTED =
  '  if (!isSame(role.ballot, message.ballot) || !isHigher(message.promised, role.ballot)) return;';

export const QUORUMS: readonly Mutant[] = [
  {
    id: 'M08a',
    priority: 'P0',
    title: 'votes are counted, not kept as a set',
    expected: ['I1', 'I9', 'I11'],
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: ON_ACCEPTED_QUORUM,
        replace: `  const counter: InFlight & { count?: number } = entry;
  counter.count = (counter.count ?? 0) + 1;
  if (counter.count < core.membership.quorums.phase2) return;`,
      },
    ],
    hints: [16],
  },
  {
    id: 'M08b',
    priority: 'P0',
    title: 'promises are counted, not kept by replica',
    expected: ['I1', 'I8', 'I9', 'I10'],
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: '  if (isComplete(known)) return;\n',
        replace: '  if (isComplete(known)) role.reports.set(-role.reports.size, known);\n',
      },
      {
        file: 'paxos/campaign.ts',
        find: ON_PROMISED_QUORUM,
        replace: '  if (complete.length < core.membership.quorums.phase1) return;',
      },
    ],
    hints: [20],
  },
  {
    id: 'M21a',
    priority: 'P0',
    title: 'a refusal counts as a vote',
    expected: ['I1', 'I9', 'I11'],
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: ON_REJECTED,
        replace: `  if (role.name === 'leader') {
    for (const entry of role.inFlight.values()) entry.votes.add(from);
    return;
  }`,
      },
    ],
    hints: [10],
  },
  {
    id: 'M21b',
    priority: 'P0',
    title: 'a refusal counts as a promise with nothing to report',
    expected: ['I1', 'I8', 'I9', 'I10'],
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: ON_REJECTED,
        replace: `  if (!isSame(role.ballot, message.ballot)) return;
  if (role.name === 'candidate') {
    role.reports.set(from, { parts: 0, chosenUpTo: 0, received: new Map() });
    leadIfReady(turn);
    return;
  }
  if (!isHigher(message.promised, role.ballot)) return;`,
      },
    ],
    hints: [10],
  },
  {
    id: 'M21c',
    priority: 'P0',
    title: 'any answer counts as yes: "accepted" is said of a slot that is not taken',
    expected: ['I1', 'I6', 'I9'],
    mutations: [
      {
        file: 'paxos/voting.ts',
        find: "  if (isHere) sendAfter(turn, core.writes, from, { type: 'accepted'",
        replace: "  sendAfter(turn, core.writes, from, { type: 'accepted'",
      },
    ],
    hints: [2],
  },
  {
    id: 'M23a',
    priority: 'P0',
    title: 'half of the voters are a quorum',
    expected: ['I1', 'I9'],
    mutations: [
      {
        file: 'paxos/membership.ts',
        find: 'Math.floor(voters / 2) + 1',
        replace: 'Math.max(1, Math.floor(voters / 2))',
      },
    ],
    hints: [1],
  },
  {
    id: 'M23b',
    priority: 'P0',
    title: 'a quorum is a majority of those that are reachable',
    expected: ['I1', 'I9', 'I11'],
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: ON_ACCEPTED_QUORUM,
        replace: `  const near = [...role.ticksSinceHeard.values()].filter((ticks) => ticks < 5).length + 1;
  if (entry.votes.size < Math.floor(near / 2) + 1) return;`,
      },
    ],
    hints: [3],
  },
  {
    id: 'M26a',
    priority: 'P0',
    title: 'a suspect, which may have forgotten votes, votes all the same',
    expected: ['I1', 'I4', 'I5', 'I7', 'I9', 'I21'],
    mutations: [
      {
        file: 'paxos/core-state.ts',
        find: 'isSuspect: options.isSuspect ?? false,',
        replace: 'isSuspect: false,',
      },
      { file: 'paxos/suspect.ts', find: '  core.isSuspect = true;\n', replace: '' },
    ],
    hints: [7],
  },
  {
    id: 'M26b',
    priority: 'P0',
    title: 'a suspect does not vote for others, but campaigns',
    expected: ['I1', 'I2', 'I4', 'I7', 'I9', 'I21'],
    mutations: [
      {
        file: 'paxos/suspect.ts',
        find: 'return mayVote(core) && isVoter(core.membership, core.self);',
        replace: 'return isVoter(core.membership, core.self);',
      },
    ],
    hints: [7],
  },
];
