/** Groups A, B and F: taking office, staying there, leaving it. */
import type { Mutant } from '../mutant.ts';

const CHECK_FIRST = `  askPeers(turn, role);
  if (isPhase1Quorum(core.membership, role.granted)) startCampaign(turn, undefined);`;
const REFUSE_LOWER_HEARTBEAT = `  if (isHigher(core.acceptor.promised, message.ballot)) {
    reject(turn, from, message.ballot);
    return;
  }
  yieldTo(turn, message.ballot);
  if (hearHeartbeat(`;

export const OFFICE: readonly Mutant[] = [
  {
    id: 'M24a',
    priority: 'P1',
    title: 'whoever is refused campaigns again at once, with a higher ballot',
    expected: ['L1', 'L3', 'L4'],
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: "  stepDown(turn, 'a higher ballot was promised');",
        replace: '  startCampaign(turn, undefined);',
      },
    ],
    hints: [],
  },
  {
    id: 'M24b',
    priority: 'P1',
    title: 'a refusal is ignored: the same ballot is tried for ever',
    expected: ['L1', 'L3', 'L4'],
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: "  stepDown(turn, 'a higher ballot was promised');",
        replace: '',
      },
      {
        file: 'paxos/campaign.ts',
        find: `    backOff(turn, 'the campaign found no quorum');
    return;`,
        replace: '    role.ticks = 0;',
      },
    ],
    hints: [183],
  },
  {
    id: 'M44a',
    priority: 'P1',
    title: 'a heartbeat of a lower ballot counts as a sign of the leader',
    expected: ['L1', 'L3', 'L5'],
    mutations: [
      {
        file: 'paxos/voting.ts',
        find: REFUSE_LOWER_HEARTBEAT,
        replace: REFUSE_LOWER_HEARTBEAT.replace(
          '    reject(',
          '    core.election.ticksSinceLeader = 0;\n    reject(',
        ),
      },
    ],
    hints: [500],
  },
  {
    id: 'M44b',
    priority: 'P1',
    title: 'a heartbeat of a lower ballot sends the clients to its leader',
    expected: ['L1', 'L3', 'L5', 'I17', 'I22'],
    mutations: [
      {
        file: 'paxos/voting.ts',
        find: REFUSE_LOWER_HEARTBEAT,
        replace: REFUSE_LOWER_HEARTBEAT.replace(
          '    reject(',
          `    core.election.ticksSinceLeader = 0;
    core.election.leader = from;
    reject(`,
        ),
      },
    ],
    hints: [97],
  },
  {
    id: 'M45a',
    priority: 'P1',
    title: 'no campaign check, and no acceptor sticks to its leader',
    expected: ['L1', 'L3'],
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: CHECK_FIRST,
        replace: '  startCampaign(turn, undefined);',
      },
      {
        file: 'paxos/standing.ts',
        find: '  return election.ticksSinceLeader < limits.leaderTimeoutTicks;',
        replace: '  return false;',
      },
    ],
    hints: [1],
  },
  {
    id: 'M45b',
    priority: 'P1',
    title: 'no campaign check',
    expected: ['L3'],
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: CHECK_FIRST,
        replace: '  startCampaign(turn, undefined);',
      },
    ],
    hints: [57],
  },
  {
    id: 'M46',
    priority: 'P1',
    title: 'a leader with a hung disk stays in office',
    expected: ['L1'],
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: '  if (diskStalled) {',
        replace: '  if (core.writes < 0) {',
      },
    ],
    hints: [713],
  },
  {
    id: 'M47',
    priority: 'P1',
    title: 'a leader without a quorum stays in office',
    expected: ['L1', 'L2'],
    mutations: [
      {
        file: 'paxos/leader.ts',
        find: '  if (!reachesQuorum(core, role)) {',
        replace: '  if (core.writes < 0) {',
      },
    ],
    hints: [71],
  },
  {
    id: 'M48',
    priority: 'P1',
    title: 'whoever gets a forward forwards it on',
    expected: ['I14', 'I25', 'L2'],
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
    hints: [10],
  },
  {
    id: 'M109',
    priority: 'P1',
    title: 'ticks that a stall has held up come in a burst, and look like a silent leader',
    expected: ['L3'],
    mutations: [
      {
        file: 'replica/housekeeping.ts',
        find: "    loop.input({ type: 'tick', diskStalled });",
        replace: `    const missed = Math.min(500, Math.floor((nowMs - this.#tickedAtMs) / limits.tickMs));
    this.#tickedAtMs = nowMs;
    for (let tick = 0; tick < Math.max(1, missed); tick += 1) {
      loop.input({ type: 'tick', diskStalled });
    }`,
      },
      {
        file: 'replica/housekeeping.ts',
        find: '  #sweptAtMs = 0;',
        replace: '  #sweptAtMs = 0;\n  #tickedAtMs = 0;',
      },
    ],
    hints: [33],
  },
  {
    id: 'O13',
    priority: 'P1',
    title: 'a copy of a heartbeat counts as a sign of the leader',
    expected: ['L1', 'L3', 'L5'],
    mutations: [
      {
        file: 'paxos/standing.ts',
        find: '  const isLatest = !isSame(ballot, election.heard) || beat > election.beat;',
        replace: '  const isLatest = beat > 0;',
      },
    ],
    hints: [139],
  },
  {
    id: 'O14',
    priority: 'P1',
    title: 'a copy of an answer keeps a leader in office',
    expected: ['L1', 'L3', 'L5'],
    mutations: [
      {
        file: 'paxos/heartbeats.ts',
        find: '  if (beat > (answers.get(from)?.beat ?? 0)) {',
        replace: '  if (beat > 0) {',
      },
    ],
    hints: [300],
  },
  {
    id: 'O15',
    priority: 'P1',
    title: 'a proposal that was accepted before counts as a sign of the leader',
    expected: ['L1', 'L3', 'L5'],
    mutations: [
      {
        file: 'paxos/voting.ts',
        find: '  hearBallot(turn, ballot, true, isNews);',
        replace: '  hearBallot(turn, ballot, true, isHere || isNews);',
      },
    ],
    hints: [691],
  },
];
