/** Group C: reads; those of leases are in leases.ts. */
import type { Mutant } from '../mutant.ts';
import { ON_ACCEPTED_QUORUM } from './quorums.ts';

const ASK_THE_LEADER =
  "    sendNow(turn, leader, { type: 'readIndex', epoch: core.membership.epoch, nonce });";

export const READS: readonly Mutant[] = [
  {
    id: 'M49',
    priority: 'P0',
    title: 'the leader gives a read index without asking anybody',
    expected: ['I15', 'I16'],
    mutations: [
      {
        file: 'paxos/reads.ts',
        find: '  if (!isPhase2Quorum(core.membership, round.confirmed)) return;',
        replace: '',
      },
    ],
    hints: [3],
  },
  {
    id: 'M50',
    priority: 'P0',
    title: 'a read index is given before the NOOP of the own ballot is chosen',
    expected: ['I15'],
    mutations: [
      {
        file: 'paxos/reads.ts',
        find: '  if (core.learner.chosenUpTo < role.firstOwnSlot) return;\n',
        replace: '',
      },
    ],
    hints: [13],
  },
  {
    id: 'M51a',
    priority: 'P0',
    title: 'the nonce of a read round is used again',
    expected: ['I15'],
    mutations: [{ file: 'paxos/reads.ts', find: '  core.nextNonce += 1;\n', replace: '' }],
    hints: [2],
  },
  {
    id: 'M51b',
    priority: 'P0',
    title: 'confirmations of earlier read rounds are counted',
    expected: ['I15'],
    mutations: [
      {
        file: 'paxos/reads.ts',
        find: '  if (round === undefined || round.nonce !== message.nonce) return;',
        replace: '  if (round === undefined) return;',
      },
    ],
    hints: [3],
  },
  {
    id: 'O126a',
    priority: 'P1',
    title: 'a leader waits no longer for confirmations the second time',
    expected: ['L2'],
    mutations: [
      {
        file: 'paxos/reads.ts',
        find: 'Math.min(most, 2 * round.patienceTicks)',
        replace: 'Math.min(most, round.patienceTicks)',
      },
    ],
    hints: [24, 26],
  },
  {
    id: 'O126b',
    priority: 'P1',
    title: 'a replica waits no longer for its read index the second time',
    expected: ['L2'],
    mutations: [
      {
        file: 'replica/reads.ts',
        find: 'Math.min(MOST_PATIENCE, 2 * this.#patience)',
        replace: 'this.#patience',
      },
    ],
    hints: [24, 26],
  },
  {
    id: 'M54a',
    priority: 'P0',
    title: 'a read index is the highest of what a majority has learnt, without the leader',
    expected: ['I15', 'I16'],
    mutations: [
      {
        file: 'paxos/reads.ts',
        find: ASK_THE_LEADER,
        replace: `    for (const peer of peersOf(core)) {
      sendNow(turn, peer, { type: 'readIndex', epoch: core.membership.epoch, nonce });
    }`,
      },
      {
        file: 'paxos/reads.ts',
        find: '    sendNow(turn, from, refusal(core, nonce));',
        replace: `    const readIndex = core.learner.chosenUpTo;
    sendNow(turn, from, { ...refusal(core, nonce), readIndex });`,
      },
      {
        file: 'paxos/reads.ts',
        find: '  learnAnnounced(turn, ballot, readIndex);\n',
        replace: '',
      },
    ],
    hints: [2],
  },
  {
    id: 'M54b',
    priority: 'P0',
    title: 'a read index is the highest that the peers have gossiped',
    expected: ['I15', 'I16'],
    mutations: [
      {
        file: 'paxos/reads.ts',
        find: ASK_THE_LEADER,
        replace: `    const known = core.learner.peersChosenUpTo.values();
    const readIndex = Math.max(core.learner.chosenUpTo, ...known);
    const ballot = core.election.heard;
    turn.effects.push({ type: 'readIndexed', nonce, readIndex, ballot });`,
      },
    ],
    hints: [2],
  },
  {
    id: 'M61',
    priority: 'P1',
    title: 'what the leader alone has accepted is applied and read',
    expected: ['I9', 'I11', 'I15', 'I16'],
    mutations: [{ file: 'paxos/leader.ts', find: ON_ACCEPTED_QUORUM, replace: '' }],
    hints: [1],
  },
  {
    id: 'O16',
    priority: 'P0',
    title: "the age of a local read counts from when the leader's word came",
    expected: ['I15'],
    mutations: [
      {
        file: 'paxos/freshness.ts',
        find: '  const atMs = answeredAtMs - fresh.ageMs;',
        replace: '  const atMs = nowMs;',
      },
    ],
    hints: [5],
  },
  {
    id: 'O17',
    priority: 'P0',
    title: 'a leader calls new what it has chosen, whoever follows it still',
    expected: ['I15'],
    mutations: [
      {
        file: 'paxos/freshness.ts',
        find: '  return atMs === undefined ? undefined : { atMs, upTo };',
        replace: '  return atMs === undefined ? undefined : { atMs: nowMs, upTo };',
      },
    ],
    hints: [260],
  },
];
