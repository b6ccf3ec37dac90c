/** Group E and our own: going from epoch to epoch. */
import type { Mutant } from '../mutant.ts';

const NOTHING_ABOVE_A_STOP = {
  file: 'paxos/leader.ts',
  find: "  assert(role.stop === undefined, 'I20: nothing is proposed above a stop');\n",
  replace: '',
};
const NO_PROPOSAL_AFTER_A_STOP = {
  file: 'paxos/leader.ts',
  find: '  if (role.stop !== undefined) return false;\n',
  replace: '',
};

export const EPOCHS: readonly Mutant[] = [
  {
    id: 'M85',
    priority: 'P0',
    title: 'a membership counts as soon as it is accepted',
    expected: ['I20', 'I9', 'I11'],
    mutations: [
      {
        file: 'paxos/acceptor.ts',
        find: '  acceptor.highestSlot = Math.max(acceptor.highestSlot, slot);\n  write',
        replace: `  if (command.type === 'stop') core.ended = { slot, membership: command.membership };
  acceptor.highestSlot = Math.max(acceptor.highestSlot, slot);
  write`,
      },
    ],
    hints: [8],
  },
  {
    id: 'M87',
    priority: 'P0',
    title: 'a phase 1 of a later epoch goes by the promises of the one before',
    expected: ['I8', 'I9', 'I10'],
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: '  if (!isPhase1Quorum(core.membership, new Set(complete.map(([id]) => id)))) return;',
        replace: `  const ids = new Set(complete.map(([id]) => id));
  if (core.membership.epoch === 1 && !isPhase1Quorum(core.membership, ids)) return;`,
      },
    ],
    hints: [8],
  },
  {
    id: 'M90',
    priority: 'P0',
    title: 'a change begins while another one is under way',
    expected: ['I20'],
    mutations: [NO_PROPOSAL_AFTER_A_STOP, NOTHING_ABOVE_A_STOP],
    hints: [8],
  },
  {
    id: 'M91',
    priority: 'P0',
    title: 'what stands above a stop is handed on',
    expected: ['I20', 'I11', 'I1', 'I14'],
    mutations: [
      {
        file: 'paxos/learner.ts',
        find: '  core.ended = { slot, membership: command.membership };',
        replace: '',
      },
      NO_PROPOSAL_AFTER_A_STOP,
      NOTHING_ABOVE_A_STOP,
    ],
    hints: [8],
  },
  {
    id: 'M96',
    priority: 'P1',
    title: 'the first membership wins over the log after a restart',
    expected: ['I20'],
    mutations: [
      {
        file: 'replica/first-core.ts',
        find: '  return resolveEpochs(begin, Math.max(chosenUpTo, store.appliedUpTo), proposals);',
        replace: `  return begin.epochFrom + chosenUpTo < 0
    ? resolveEpochs(begin, chosenUpTo, proposals)
    : { membership: genesis, epochFrom: 1, proposals };`,
      },
    ],
    hints: [13],
  },
  {
    id: 'M97',
    priority: 'P1',
    title: 'the state keeps all members as voters',
    expected: ['I20'],
    mutations: [
      {
        file: 'storage/state-store.ts',
        find: '      membership: membership ?? this.#meta.membership,',
        replace: `      membership:
        membership === undefined
          ? this.#meta.membership
          : {
              ...membership,
              members: membership.members.map((one) => ({ ...one, role: 'voter' as const })),
            },`,
      },
    ],
    hints: [68],
  },
  {
    id: 'O80',
    priority: 'P0',
    title: 'the writes of the next epoch are numbered anew',
    expected: ['I6'],
    mutations: [
      {
        file: 'paxos/epochs.ts',
        find: '  core.writes = before.writes;\n',
        replace: '',
      },
    ],
    hints: [8],
  },
  {
    id: 'O81',
    priority: 'P0',
    title: 'a log reads a slot in the first epoch that holds it, where it is void',
    expected: ['I11', 'I18'],
    mutations: [
      {
        file: 'storage/epoch-starts.ts',
        find: 'this.#starts.findLast(({ from }) => from <= slot)',
        replace: 'this.#starts.find(({ from }) => from <= slot)',
      },
    ],
    hints: [188],
  },
  {
    id: 'O82',
    priority: 'P0',
    title: 'a replica that joins takes the log for one that begins in its epoch',
    expected: ['I11', 'I12', 'I20', 'L5'],
    mutations: [
      {
        file: 'replica/missing-state.ts',
        find: 'if (epoch >= genesis.epoch) return undefined;',
        replace: 'if (epoch >= 1) return undefined;',
      },
    ],
    hints: [126],
  },
  {
    id: 'O83',
    priority: 'P0',
    title: 'who joined votes at once, under whatever role',
    expected: ['I9'],
    mutations: [
      {
        file: 'paxos/membership.ts',
        find: "  return membership.members.filter((member) => member.role === 'voter');",
        replace: "  return membership.members.filter((member) => member.role !== 'nonVoting');",
      },
      {
        file: 'paxos/membership.ts',
        find: "    if (member.role === 'voter' && ids.has(member.id)) count += 1;",
        replace: "    if (member.role !== 'nonVoting' && ids.has(member.id)) count += 1;",
      },
      {
        file: 'paxos/membership.ts',
        find: "  return membership.members.some((member) => member.id === id && member.role === 'voter');",
        replace:
          "  return membership.members.some((member) => member.id === id && member.role !== 'nonVoting');",
      },
    ],
    hints: [400],
  },
];
