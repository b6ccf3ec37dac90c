/** Group B: the log. */
import type { Mutant } from '../mutant.ts';

const OWN_BALLOT_ONLY = 'if (entry === undefined || !isSame(entry.ballot, ballot)) return;';
const WHATEVER_BALLOT = {
  file: 'paxos/learner.ts',
  find: OWN_BALLOT_ONLY,
  replace: 'if (entry === undefined) return;',
};

export const LOG: readonly Mutant[] = [
  {
    id: 'M27',
    priority: 'P0',
    title: 'phase 1 covers the first open slot only',
    expected: ['I1', 'I7', 'I8', 'I10'],
    mutations: [
      {
        file: 'paxos/acceptor.ts',
        find: 'slot <= acceptor.highestSlot; slot += 1',
        replace: 'slot <= Math.max(from, learner.chosenUpTo + 1); slot += 1',
      },
    ],
    hints: [7],
  },
  {
    id: 'M29',
    priority: 'P0',
    title: 'the first part of a report is taken for all of it',
    expected: ['I1', 'I7', 'I8', 'I10'],
    mutations: [
      {
        file: 'paxos/acceptor.ts',
        find: '  return parts;',
        replace: '  return parts.slice(0, 1);',
      },
    ],
    hints: [20],
  },
  {
    id: 'M30a',
    priority: 'P0',
    title: 'a candidate fills with NOOP what it has not caught up with',
    expected: ['I1', 'I8', 'I10'],
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: '  if (learner.chosenUpTo < horizon) {',
        replace: '  if (learner.chosenUpTo < 0 * horizon) {',
      },
    ],
    hints: [7],
  },
  {
    id: 'M30b',
    priority: 'P0',
    title: 'a slot that gets no quorum for long is filled with NOOP, by a timer',
    expected: ['I1', 'I3', 'I8'],
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: '    entry.ticks = 0;\n',
        replace: '    entry.ticks = 0;\n    entry.command = noop(turn, role.ballot);\n',
      },
    ],
    hints: [1],
  },
  {
    id: 'M31a',
    priority: 'P0',
    title: 'gaps are left unfilled',
    expected: ['L1', 'I11'],
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: `    const command = inherited.get(role.nextSlot)?.command ?? noop(turn, ballot);
    proposeCommand(turn, role, command);`,
        replace: `    const command = inherited.get(role.nextSlot)?.command;
    if (command === undefined) role.nextSlot += 1;
    else proposeCommand(turn, role, command);`,
      },
    ],
    hints: [745],
  },
  {
    id: 'M31b',
    priority: 'P0',
    title: 'only gaps between inherited slots are filled',
    expected: ['L1', 'I11'],
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: 'nextSlot: core.learner.chosenUpTo + 1,',
        replace: 'nextSlot: Math.min(lastInherited + 1, ...inherited.keys()),',
      },
    ],
    hints: [1609],
  },
  {
    id: 'M33',
    priority: 'P0',
    title: 'a follower takes its own proposal as chosen, whatever its ballot',
    expected: ['I1', 'I11', 'I12'],
    mutations: [WHATEVER_BALLOT],
    hints: [7],
  },
  {
    id: 'M35',
    priority: 'P0',
    title: 'a chosen slot does not wait for those before it',
    expected: ['I11', 'I12'],
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: '  entry.chosen = true;\n  advanceLeader(turn, role);',
        replace: `  entry.chosen = true;
  turn.effects.push({ type: 'chosen', slot: message.slot, command: entry.command });
  advanceLeader(turn, role);`,
      },
    ],
    hints: [1],
  },
  {
    id: 'M37',
    priority: 'P0',
    title: 'who waits is answered by whatever is applied',
    expected: ['I14'],
    mutations: [
      {
        file: 'replica/requests.ts',
        find: '    this.#settle(this.#byId.get(id), {',
        replace: `    const any = [...this.#byId.values()].find((request) => request.sent?.to === 'log');
    this.#settle(this.#byId.get(id) ?? any, {`,
      },
      {
        file: 'replica/proposer.ts',
        find: "      requests.lost('log', 'steppedDown');\n",
        replace: '',
      },
    ],
    hints: [3],
  },
  {
    id: 'M40',
    priority: 'P0',
    title: 'a slot is given to two commands',
    expected: ['I3'],
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: '  role.nextSlot += 1;\n  const entry',
        replace: '  if (role.inFlight.size !== 2) role.nextSlot += 1;\n  const entry',
      },
    ],
    hints: [3],
  },
  {
    id: 'M43',
    priority: 'P0',
    title: 'with M33: another chosen command is taken without a word',
    expected: ['I1', 'I11', 'I12'],
    mutations: [
      WHATEVER_BALLOT,
      {
        file: 'paxos/acceptor.ts',
        find: "      assert(isSameCommand(existing.command, command), 'I3, I1: one command for a ballot and slot');",
        replace: '',
      },
      {
        file: 'paxos/learner.ts',
        find: "    assert(isSameCommand(own.command, proposal.command), 'I1: one command is chosen for a slot');",
        replace: '',
      },
    ],
    hints: [7],
  },
];
