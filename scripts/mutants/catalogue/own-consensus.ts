/** Our own, in the core: mistakes that somebody could make in this very code. */
import type { Mutant } from '../mutant.ts';

export const OWN_CONSENSUS: readonly Mutant[] = [
  {
    id: 'O01',
    priority: 'P0',
    title: 'a promise waits for the ballot, not for the proposals that it reports',
    expected: ['I6', 'I7'],
    mutations: [
      {
        file: 'paxos/acceptor.ts',
        find: 'sendAfter(turn, core.writes, to, answer);',
        replace: 'sendAfter(turn, core.acceptor.promisedWrite, to, answer);',
      },
    ],
    hints: [21],
  },
  {
    id: 'O02',
    priority: 'P0',
    title: 'a promise says what is applied, and reports what is above what is chosen',
    expected: ['I1', 'I7', 'I8', 'I10'],
    mutations: [
      {
        file: 'paxos/acceptor.ts',
        find: '      chosenUpTo: core.learner.chosenUpTo,\n      part,',
        replace: '      chosenUpTo: core.learner.appliedUpTo,\n      part,',
      },
    ],
    hints: [8],
  },
  {
    id: 'O03',
    priority: 'P0',
    title: 'the leader counts its own vote before its write is durable',
    expected: ['I1', 'I6', 'I9', 'I11'],
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: 'sendAfter(turn, core.writes, core.self, vote);',
        replace: 'sendAfter(turn, 0, core.self, vote);',
      },
    ],
    hints: [1],
  },
  {
    id: 'O04',
    priority: 'P0',
    title: 'a command that is sent again gets a new stamp',
    expected: ['I3'],
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: '    command: entry.command,\n    chosenUpTo: core.learner.chosenUpTo,',
        replace: `    command: { ...entry.command, timeMs: clusterTimeMs(turn) },
    chosenUpTo: core.learner.chosenUpTo,`,
      },
    ],
    hints: [1],
  },
  {
    id: 'O05',
    priority: 'P0',
    title: 'an accept announces as chosen what the leader has only proposed',
    expected: ['I1', 'I11'],
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: '    command: entry.command,\n    chosenUpTo: core.learner.chosenUpTo,',
        replace: '    command: entry.command,\n    chosenUpTo: role.nextSlot - 2,',
      },
    ],
    hints: [1],
  },
  {
    id: 'O06',
    priority: 'P0',
    title: 'a read joins the round of confirmations that is under way',
    expected: ['I15'],
    mutations: [
      {
        file: 'paxos/reads.ts',
        find: '  if (role.readQueue.length < MAX_WAITERS) role.readQueue.push(waiter);',
        replace: `  if (role.round !== undefined) {
    role.round = { ...role.round, waiters: [...role.round.waiters, waiter] };
    return;
  }
  if (role.readQueue.length < MAX_WAITERS) role.readQueue.push(waiter);`,
      },
    ],
    hints: [3],
  },
  {
    id: 'O07',
    priority: 'P0',
    title: 'an acceptor confirms a leader although it has promised a higher ballot',
    expected: ['I15'],
    mutations: [
      {
        file: 'paxos/voting.ts',
        find: `  if (isHigher(core.acceptor.promised, message.ballot)) {
    reject(turn, from, message.ballot);
    return;
  }
  yieldTo(turn, message.ballot);
  hearBallot(turn, message.ballot, true, false);
  if (isSealed`,
        replace: '  if (isSealed',
      },
    ],
    hints: [3],
  },
  {
    id: 'O08',
    priority: 'P0',
    title: 'phase 1 is content with a quorum of phase 2',
    expected: ['I1', 'I8', 'I9', 'I10'],
    mutations: [
      {
        file: 'paxos/membership.ts',
        find: 'countVoters(membership, ids) >= membership.quorums.phase1',
        replace: 'countVoters(membership, ids) >= membership.quorums.phase2',
      },
    ],
    hints: [2],
  },
  {
    id: 'O09',
    priority: 'P0',
    title: 'a campaign begins in the highest round that was seen, not above it',
    expected: ['I1', 'I2', 'I3', 'I8'],
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: 'round: core.election.highestRound + 1, leader',
        replace: 'round: Math.max(1, core.election.highestRound), leader',
      },
    ],
    hints: [3],
  },
  {
    id: 'O10',
    priority: 'P1',
    title: 'parts of an older report and of a newer one are put together',
    expected: ['I1', 'I7', 'I8', 'I9', 'I10'],
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: '  return known?.parts === message.parts && known.chosenUpTo === message.chosenUpTo;',
        replace: '  return known !== undefined && message.part >= 0;',
      },
    ],
    hints: [],
  },
  {
    id: 'O11',
    priority: 'P0',
    title: 'what is caught up is written over a proposal of a higher ballot',
    expected: ['I1', 'I5', 'I8'],
    mutations: [
      {
        file: 'paxos/learner.ts',
        find: '  if (own !== undefined && isAtLeast(own.ballot, proposal.ballot)) {',
        replace: '  if (own !== undefined && isSame(own.ballot, proposal.ballot)) {',
      },
    ],
    hints: [10],
  },
  {
    id: 'O12',
    priority: 'P0',
    title: 'an inherited command gets the stamp and the shape of a new one: a NOOP',
    expected: ['I1', 'I8'],
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: 'inherited.get(role.nextSlot)?.command ?? noop(turn, ballot)',
        replace: 'inherited.get(role.nextSlot - 1)?.command ?? noop(turn, ballot)',
      },
    ],
    hints: [26],
  },
];
