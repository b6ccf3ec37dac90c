/**
 * The bugs that are planted, by the names of their catalogue: each a mistake of one or a few lines,
 * with the invariants that may find it and a seed that does. Where the worlds' draws have changed,
 * the seed is only a first guess.
 */
import type { Mutation } from '../support/mutant.ts';

export interface PlantedBug {
  readonly name: string;
  readonly seed: number;
  /** Of the invariants that may find it. */
  readonly found: RegExp;
  readonly mutations: readonly Mutation[];
}

const RULE_ACCEPT = `export function mayAccept(promised: Ballot, ballot: Ballot): boolean {
  return `;
const RULE_PROMISE = `export function mayPromise(promised: Ballot, ballot: Ballot): boolean {
  return `;
const ON_ACCEPTED_QUORUM = '  if (!isPhase2Quorum(core.membership, entry.votes)) return;';

const BALLOTS: readonly PlantedBug[] = [
  {
    name: 'M01: accepting does not raise the promise',
    seed: 27,
    found: /I1|I3|I4|I5|I6|I7/,
    mutations: [
      {
        file: 'paxos/acceptor.ts',
        find: '  promise(turn, ballot);\n  if (slot > core.learner.appliedUpTo)',
        replace: '  if (slot > core.learner.appliedUpTo)',
      },
    ],
  },
  {
    name: 'M02: an acceptor accepts only above its promise',
    seed: 1,
    found: /L1/,
    mutations: [
      {
        file: 'paxos/acceptor-rules.ts',
        find: `${RULE_ACCEPT}isAtLeast(ballot, promised);`,
        replace: `${RULE_ACCEPT}!isAtLeast(promised, ballot);`,
      },
    ],
  },
  {
    name: 'M03: the rules look at the round alone',
    seed: 27,
    found: /I1|I2|I3|I4|I5|I7/,
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
    seed: 4,
    found: /I1|I3|I4|I5|I6|I11/,
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
    seed: 288,
    found: /I1|I3|I8/,
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
    seed: 18,
    found: /I1|I9|I11/,
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: ON_ACCEPTED_QUORUM,
        replace: `  const counter: { count?: number } = entry;
  counter.count = (counter.count ?? 0) + 1;
  if (counter.count < core.membership.quorums.phase2) return;`,
      },
    ],
  },
  {
    name: 'M11: rounds begin anew after a restart',
    seed: 27,
    found: /I2|I3/,
    mutations: [
      {
        file: 'paxos/core-state.ts',
        find: 'highestRound: recovered.promised.round,',
        replace: 'highestRound: 0,',
      },
    ],
  },
  {
    name: 'M12: a prepare leaves before its round is durable',
    seed: 1,
    found: /I2|I6/,
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
    seed: 1,
    found: /I4|I6/,
    mutations: [
      {
        file: 'paxos/acceptor.ts',
        find: 'sendAfter(turn, core.writes, to, answer);',
        replace: 'sendAfter(turn, 0, to, answer);',
      },
    ],
  },
  {
    name: 'M14: the log is not synced',
    seed: 1,
    found: /I1|I4|I5|I14|I18/,
    mutations: [
      { file: 'storage/acceptor-log.ts', find: '{ sync: true }', replace: '{ sync: false }' },
    ],
  },
  {
    name: 'M19: accepting raises the promise in memory, not in the same write',
    seed: 1,
    found: /I4|P1a|a promise is never taken back/,
    mutations: [
      {
        file: 'paxos/acceptor.ts',
        find: '  promise(turn, ballot);\n  if (slot > core.learner.appliedUpTo)',
        replace: '  acceptor.promised = ballot;\n  if (slot > core.learner.appliedUpTo)',
      },
    ],
  },
  {
    name: 'M21: a refusal counts as a vote',
    seed: 3,
    found: /I1|I9|I11/,
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
    seed: 2,
    found: /I1|I9/,
    mutations: [
      {
        file: 'paxos/membership.ts',
        find: 'Math.floor(voters / 2) + 1',
        replace: 'Math.max(1, Math.floor(voters / 2))',
      },
    ],
  },
  {
    name: 'M23: a quorum is one of those that are reachable',
    seed: 2,
    found: /I1|I9|I11/,
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: ON_ACCEPTED_QUORUM,
        replace: `  const near = [...role.ticksSinceHeard.values()].filter((ticks) => ticks < 5).length + 1;
  if (entry.votes.size < Math.floor(near / 2) + 1) return;`,
      },
    ],
  },
];

const LOG: readonly PlantedBug[] = [
  {
    name: 'M27: phase 1 covers the first open slot only',
    seed: 1,
    found: /I1|I7|I8|I10/,
    mutations: [
      {
        file: 'paxos/acceptor.ts',
        find: 'slot <= acceptor.highestSlot; slot += 1',
        replace: 'slot <= Math.max(from, learner.chosenUpTo + 1); slot += 1',
      },
    ],
  },
  {
    name: 'M29: the first part of a report is taken for all of it',
    seed: 11,
    found: /I7|I8|I10/,
    mutations: [
      {
        file: 'paxos/acceptor.ts',
        find: '  return parts;',
        replace: '  return parts.slice(0, 1);',
      },
    ],
  },
  {
    name: 'M30: a candidate fills with NOOP what it has not caught up with',
    seed: 1,
    found: /I1|I8/,
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: '  if (learner.chosenUpTo < horizon) {',
        replace: '  if (learner.chosenUpTo < 0 * horizon) {',
      },
    ],
  },
  {
    name: 'M31: gaps are left unfilled',
    seed: 52,
    found: /L1|I11/,
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
  },
  {
    name: 'M33: a follower takes its own proposal as chosen, whatever its ballot',
    seed: 41,
    found: /I1|I11|I12/,
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
    seed: 1,
    found: /I11|I12/,
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
    name: 'M37: a waiter is settled by whatever is applied',
    seed: 1,
    found: /I14/,
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
  },
  {
    name: 'M40: a slot is given to two commands',
    seed: 1,
    found: /I3/,
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: '  role.nextSlot += 1;\n  const entry',
        replace: '  if (role.inFlight.size !== 2) role.nextSlot += 1;\n  const entry',
      },
    ],
  },
  {
    name: 'M43, with M33: a different chosen command is taken without a word',
    seed: 41,
    found: /I1|I11|I12/,
    mutations: [
      {
        file: 'paxos/learner.ts',
        find: 'if (entry === undefined || !isSame(entry.ballot, ballot)) return;',
        replace: 'if (entry === undefined) return;',
      },
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
  },
];

const OFFICE: readonly PlantedBug[] = [
  {
    name: 'M45: no campaign check, and no acceptor sticks to its leader',
    seed: 10,
    found: /L1|L3/,
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: `  askPeers(turn, role);
  if (isPhase1Quorum(core.membership, role.granted)) startCampaign(turn, undefined);`,
        replace: '  startCampaign(turn, undefined);',
      },
      {
        file: 'paxos/standing.ts',
        find: '  return election.ticksSinceLeader < limits.leaderTimeoutTicks;',
        replace: '  return false;',
      },
    ],
  },
  {
    name: 'M45: no campaign check',
    seed: 10,
    found: /L3/,
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: `  askPeers(turn, role);
  if (isPhase1Quorum(core.membership, role.granted)) startCampaign(turn, undefined);`,
        replace: '  startCampaign(turn, undefined);',
      },
    ],
  },
  {
    name: 'M46: a leader with a hung disk stays in office',
    seed: 4,
    found: /L1/,
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: '  if (diskStalled) {',
        replace: '  if (core.writes < 0) {',
      },
    ],
  },
  {
    name: 'M47: a leader without a quorum stays in office',
    seed: 10,
    found: /L1|L2/,
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: '  if (!reachesQuorum(core, role)) {',
        replace: '  if (core.writes < 0) {',
      },
    ],
  },
  {
    name: 'M48: whoever gets a forward forwards it on',
    seed: 76,
    found: /I14|I25|L2/,
    mutations: [
      {
        file: 'replica/proposer.ts',
        find: "    if (role.name !== 'leader' || !isSame(role.ballot, message.ballot)) return;",
        replace: '',
      },
      {
        file: 'replica/requests.ts',
        find: "const isMeant = which === 'all' || request.origin !== undefined;",
        replace: "const isMeant = which === 'all';",
      },
    ],
  },
];

const READS: readonly PlantedBug[] = [
  {
    name: 'M49: the leader gives a read index without asking anybody',
    seed: 41,
    found: /I15/,
    mutations: [
      {
        file: 'paxos/reads.ts',
        find: '  if (!isPhase2Quorum(core.membership, round.confirmed)) return;',
        replace: '',
      },
    ],
  },
  {
    name: 'M50: a read index is given before the NOOP of the own ballot is chosen',
    seed: 35,
    found: /I15/,
    mutations: [
      {
        file: 'paxos/reads.ts',
        find: '  if (core.learner.chosenUpTo < role.firstOwnSlot) return;\n',
        replace: '',
      },
    ],
  },
  {
    name: 'M51: the nonce of a read round is used again',
    seed: 359,
    found: /I15/,
    mutations: [{ file: 'paxos/reads.ts', find: '  core.nextNonce += 1;\n', replace: '' }],
  },
  {
    name: 'M61: what the leader alone has accepted is applied',
    seed: 1,
    found: /I9|I11|I15/,
    mutations: [{ file: 'paxos/leader.ts', find: ON_ACCEPTED_QUORUM, replace: '' }],
  },
];

export const BUGS: readonly PlantedBug[] = [...BALLOTS, ...LOG, ...OFFICE, ...READS];
