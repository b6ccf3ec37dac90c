/** Group A: ballots, and which of the reported proposals is proposed again. */
import type { Mutant } from '../mutant.ts';

const MAY_ACCEPT = `export function mayAccept(promised: Ballot, ballot: Ballot): boolean {
  return isAtLeast(ballot, promised);`;
const MAY_PROMISE = `export function mayPromise(promised: Ballot, ballot: Ballot): boolean {
  return isAtLeast(ballot, promised);`;
const COMPARE = 'return a.round !== b.round ? a.round - b.round : a.leader - b.leader;';
const SAME = 'return a.round === b.round && a.leader === b.leader;';
const IS_BEST = 'best === undefined || isHigher(proposal.ballot, best.ballot)';

export const BALLOTS: readonly Mutant[] = [
  {
    id: 'M01',
    priority: 'P0',
    title: 'accepting does not raise the promise',
    expected: ['I1', 'I4', 'I5', 'I6', 'I7'],
    mutations: [
      {
        file: 'paxos/acceptor.ts',
        find: '  promise(turn, ballot);\n  if (slot > core.learner.appliedUpTo)',
        replace: '  if (slot > core.learner.appliedUpTo)',
      },
    ],
    hints: [1],
  },
  {
    id: 'M02',
    priority: 'P0',
    title: 'an acceptor accepts only above its promise',
    expected: ['L1'],
    mutations: [
      {
        file: 'paxos/acceptor-rules.ts',
        find: MAY_ACCEPT,
        replace: MAY_ACCEPT.replace('isAtLeast(ballot, promised)', '!isAtLeast(promised, ballot)'),
      },
    ],
    hints: [1],
  },
  {
    id: 'M03a',
    priority: 'P0',
    title: 'the rules of the acceptor look at the round alone',
    expected: ['I1', 'I2', 'I3', 'I4', 'I5', 'I7'],
    mutations: [MAY_ACCEPT, MAY_PROMISE].map((find) => ({
      file: 'paxos/acceptor-rules.ts',
      find,
      replace: find.replace('isAtLeast(ballot, promised)', 'ballot.round >= promised.round'),
    })),
    hints: [26],
  },
  {
    id: 'M03b',
    priority: 'P0',
    title: 'ballots lack the replica: those of one round are the same',
    expected: ['I1', 'I2', 'I3', 'I6', 'I8'],
    mutations: [
      { file: 'paxos/ballot.ts', find: COMPARE, replace: 'return a.round - b.round;' },
      { file: 'paxos/ballot.ts', find: SAME, replace: 'return a.round === b.round;' },
    ],
    hints: [5],
  },
  {
    id: 'M04a',
    priority: 'P0',
    title: 'ballots are compared as strings: 10 is below 9',
    expected: ['I1', 'I2', 'I4', 'I5', 'I6', 'I7'],
    mutations: [
      {
        file: 'paxos/ballot.ts',
        find: COMPARE,
        replace: `const [x, y] = [formatBallot(a), formatBallot(b)];
  return x < y ? -1 : x > y ? 1 : 0;`,
      },
    ],
    hints: [10],
  },
  {
    id: 'M04b',
    priority: 'P0',
    title: 'ballots are compared by their rounds alone',
    expected: ['I1', 'I3', 'I4', 'I5', 'I6', 'I7'],
    mutations: [{ file: 'paxos/ballot.ts', find: COMPARE, replace: 'return a.round - b.round;' }],
    hints: [5],
  },
  {
    id: 'M04c',
    priority: 'P0',
    title: 'ballots are compared in the order of their JSON',
    expected: ['I1', 'I2', 'I4', 'I5', 'I6', 'I7'],
    mutations: [
      {
        file: 'paxos/ballot.ts',
        find: COMPARE,
        replace: `const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
  return x < y ? -1 : x > y ? 1 : 0;`,
      },
    ],
    hints: [10],
  },
  {
    id: 'M06a',
    priority: 'P0',
    title: 'the proposal that most have reported is proposed again',
    expected: ['I1', 'I8', 'I10'],
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: IS_BEST,
        replace: 'best === undefined || frequency(reports, proposal) > frequency(reports, best)',
      },
      {
        file: 'paxos/campaign.ts',
        find: '/** For each open slot the reported',
        replace: `function frequency(
  reports: readonly (readonly [ReplicaId, PromiseReport])[],
  { slot, ballot }: Proposal,
): number {
  return reports.filter(([, report]) =>
    [...report.received.values()]
      .flat()
      .some((other) => other.slot === slot && isSame(other.ballot, ballot)),
  ).length;
}

/** For each open slot the reported`,
      },
    ],
    hints: [30],
  },
  {
    id: 'M06b',
    priority: 'P0',
    title: 'the proposal that was reported first is proposed again',
    expected: ['I1', 'I8', 'I10'],
    mutations: [{ file: 'paxos/campaign.ts', find: IS_BEST, replace: 'best === undefined' }],
    hints: [30],
  },
  {
    id: 'M06c',
    priority: 'P0',
    title: 'the proposal that was reported last is proposed again',
    expected: ['I1', 'I8', 'I10'],
    mutations: [
      { file: 'paxos/campaign.ts', find: IS_BEST, replace: 'best === undefined || slotIsOpen' },
      {
        file: 'paxos/campaign.ts',
        find: '      const best = inherited.get(proposal.slot);',
        replace: '      const best = inherited.get(proposal.slot);\n      const slotIsOpen = true;',
      },
    ],
    hints: [35],
  },
  {
    id: 'M06d',
    priority: 'P0',
    title: 'the proposal of the lowest ballot is proposed again',
    expected: ['I1', 'I8', 'I10'],
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: IS_BEST,
        replace: 'best === undefined || isHigher(best.ballot, proposal.ballot)',
      },
    ],
    hints: [35],
  },
];
