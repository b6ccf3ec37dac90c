/**
 * Bugs in going from epoch to epoch, planted in a copy of the core, as in `core-bugs.ts`: each with
 * the smallest scope that is known to show it, the invariant that finds it, and the path's length.
 */
import { type CoreScope, DEFAULT_CORE_SCOPE } from '../../src/exploration/core/scope.ts';
import type { CoreBug } from './core-bugs.ts';

/** Replica 1 ends the first epoch; the second is without replica 3. */
const STOP: CoreScope = {
  ...DEFAULT_CORE_SCOPE,
  crashes: 0,
  proposers: 1,
  slots: 3,
  nextVoters: [1, 2],
};
const LEADER_ABOVE = [
  {
    file: 'paxos/leader.ts',
    find: '  if (role.stop !== undefined) return false;',
    replace: '',
  },
  {
    file: 'paxos/leader.ts',
    find: "  assert(role.stop === undefined, 'I20: nothing is proposed above a stop');",
    replace: '',
  },
];

export const EPOCH_BUGS: readonly CoreBug[] = [
  {
    name: 'M85: a membership counts as soon as it is accepted',
    scope: STOP,
    found: 'I20',
    depth: 6,
    mutations: [
      {
        file: 'paxos/acceptor.ts',
        find: '  acceptor.highestSlot = Math.max(acceptor.highestSlot, slot);\n  write',
        replace: `  if (command.type === 'stop') core.ended = { slot, membership: command.membership };
  acceptor.highestSlot = Math.max(acceptor.highestSlot, slot);
  write`,
      },
    ],
  },
  {
    name: 'M87: a phase 1 of the next epoch goes by the promises of the one before',
    scope: STOP,
    found: 'I9',
    depth: 8,
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: '  if (!isPhase1Quorum(core.membership, new Set(complete.map(([id]) => id)))) return;',
        replace: `  const ids = new Set(complete.map(([id]) => id));
  if (core.membership.epoch === 1 && !isPhase1Quorum(core.membership, ids)) return;`,
      },
    ],
  },
  {
    name: 'a leader goes on above a stop of its own that is not chosen',
    scope: { ...STOP, proposers: 2 },
    found: 'I20',
    depth: 11,
    mutations: LEADER_ABOVE,
  },
  {
    name: 'M91: what stands above a stop is handed on',
    scope: { ...STOP, proposers: 2 },
    found: 'I20',
    depth: 16,
    mutations: [
      {
        file: 'paxos/learner.ts',
        find: '  core.ended = { slot, membership: command.membership };',
        replace: '',
      },
    ],
  },
  {
    name: 'a leader that inherits a stop proposes a NOOP of its own above it',
    scope: { ...STOP, proposers: 2 },
    found: 'I20',
    depth: 10,
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: 'if (role.stop === undefined) proposeCommand(turn, role, noop(turn, ballot));',
        replace: 'proposeCommand(turn, role, noop(turn, ballot));',
      },
    ],
  },
  {
    name: 'the writes of the next epoch are numbered anew',
    scope: { ...STOP, crashes: 1 },
    found: 'I6',
    depth: 8,
    mutations: [
      {
        file: 'paxos/epochs.ts',
        find: '  core.writes = before.writes;',
        replace: '  core.writes = 0;',
      },
    ],
  },
];
