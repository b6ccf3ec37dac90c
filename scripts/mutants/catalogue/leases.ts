/** Group C, of read leases; and our own of them. */
import type { Mutant } from '../mutant.ts';

const DROPPED_FOR_TRANSFER = '  role.lease = undefined;\n  role.transfer = { to, ticks: 0 };\n';

export const LEASES: readonly Mutant[] = [
  {
    id: 'M55',
    priority: 'P1',
    title: 'a lease is looked at by the wall clock',
    expected: ['I17', 'I15'],
    mutations: [
      {
        file: 'replica/read-lease.ts',
        find: '!holdsLease(loop.core, clock.nowMs())',
        replace: '!holdsLease(loop.core, this.#options.wallMs())',
      },
    ],
    hints: [1747],
  },
  {
    id: 'M56',
    priority: 'P1',
    title: 'a lease begins when the grant comes, not when it was asked for',
    expected: ['I17'],
    mutations: [
      {
        file: 'paxos/lease.ts',
        find: '  { core }: Turn,\n  { lease }: Leader,\n',
        replace: '  { core, nowMs }: Turn,\n  { lease }: Leader,\n',
      },
      {
        file: 'paxos/lease.ts',
        find: '  const untilMs = sentAtMs + countedMs(',
        replace: '  const untilMs = nowMs + countedMs(',
      },
    ],
    hints: [2197],
  },
  {
    id: 'M57a',
    priority: 'P1',
    title: 'who starts promises at once, whatever an earlier life has granted',
    expected: ['I17', 'I15'],
    mutations: [
      {
        file: 'paxos/core.ts',
        find: '  core.grants.silentUntilMs = options.nowMs + options.limits.leaseGrantMs;\n',
        replace: '',
      },
    ],
    hints: [664],
  },
  {
    id: 'M57b',
    priority: 'P1',
    title: 'a closed connection ends what was granted',
    expected: ['I17', 'I15'],
    mutations: [
      {
        file: 'paxos/standing.ts',
        find: "  if (election.heard.leader !== peer || core.role.name !== 'follower') return;\n",
        replace: `  if (election.heard.leader !== peer || core.role.name !== 'follower') return;
  core.grants.last = undefined;\n`,
      },
    ],
    hints: [211],
  },
  {
    id: 'M57c',
    priority: 'P1',
    title: 'who has granted a lease campaigns itself before that has ended',
    expected: ['I17', 'I15'],
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: '!mayCampaign(core) || isBound(turn, core.self)) loseLeader',
        replace: '!mayCampaign(core)) loseLeader',
      },
    ],
    hints: [211],
  },
  {
    id: 'M59',
    priority: 'P1',
    title: 'a leader keeps its lease while it hands over',
    expected: ['I15'],
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: DROPPED_FOR_TRANSFER,
        replace: '  role.transfer = { to, ticks: 0 };\n',
      },
    ],
    hints: [1020],
  },
  {
    id: 'O120',
    priority: 'P1',
    title: 'a lease is held before the NOOP of the own ballot is chosen',
    expected: ['I15'],
    mutations: [
      {
        file: 'paxos/lease.ts',
        find: '  if (learner.chosenUpTo < role.firstOwnSlot) return false;\n',
        replace: '',
      },
    ],
    hints: [148],
  },
  {
    id: 'O121',
    priority: 'P1',
    title: 'nobody looks whether the machine stood still',
    expected: ['I17', 'I15'],
    mutations: [
      {
        file: 'replica/read-lease.ts',
        find: '    return aheadMs - this.#leastAheadMs > standstillMs(this.#options.limits.core);',
        replace: '    return false;',
      },
    ],
    hints: [1051],
  },
];
