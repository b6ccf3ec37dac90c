/** Our own, in the loop around the core: requests, forwards, reads, group commit. */
import type { Mutant } from '../mutant.ts';

export const OWN_REPLICA: readonly Mutant[] = [
  {
    id: 'O20',
    priority: 'P0',
    title: 'a finished write releases what waits for the next one too',
    expected: ['I6'],
    mutations: [
      {
        file: 'replica/group-commit.ts',
        find: `    this.#held = held.filter(({ after }) => after > upTo);
    for (const { after, release } of held) if (after <= upTo) release();`,
        replace: `    this.#held = [];
    for (const { release } of held) release();`,
      },
    ],
    hints: [2],
  },
  {
    id: 'O21',
    priority: 'P0',
    title: 'a request whose deadline passes after it was proposed is called not applied',
    expected: ['I14'],
    mutations: [
      {
        file: 'replica/requests.ts',
        find: "const type = request.sent === undefined ? 'notApplied' : 'unknown';",
        replace: "const type = 'notApplied';",
      },
    ],
    hints: [2],
  },
  {
    id: 'O22',
    priority: 'P0',
    title: 'a request whose leader is lost is sent to the next one',
    expected: ['I14'],
    mutations: [
      {
        file: 'replica/requests.ts',
        find: "      if (request.sent?.to === to) this.#settle(request, { type: 'unknown', reason });",
        replace: `      if (request.sent?.to !== to || reason === undefined) continue;
      request.sent = undefined;
      this.#queue.push(request);`,
      },
    ],
    hints: [1],
  },
  {
    id: 'O23',
    priority: 'P0',
    title: 'a forward that comes twice is taken twice',
    expected: ['I14'],
    mutations: [
      {
        file: 'replica/proposer.ts',
        find: 'if (command === undefined || !this.#filter.take(message.id)) return;',
        replace: 'if (command === undefined) return;',
      },
    ],
    hints: [21],
  },
  {
    id: 'O24',
    priority: 'P0',
    title: 'a leader takes forwards that were meant for an earlier ballot',
    expected: ['I14'],
    mutations: [
      {
        file: 'replica/proposer.ts',
        find: "if (role.name !== 'leader' || !isSame(role.ballot, message.ballot)) return;",
        replace: "if (role.name !== 'leader') return;",
      },
    ],
    hints: [29],
  },
  {
    id: 'O25',
    priority: 'P0',
    title: 'a leader that does not know what became of a forward calls it not applied',
    expected: ['I14'],
    mutations: [
      {
        file: 'replica/proposer.ts',
        find: "return requests.forwarded(from, id, { type: 'unknown', reason: 'leaderLost' });",
        replace: "return requests.forwarded(from, id, { type: 'notApplied', reason: 'noLeader' });",
      },
    ],
    hints: [3],
  },
  {
    id: 'O26',
    priority: 'P0',
    title: 'without a leader everything is refused, also what was sent',
    expected: ['I14'],
    mutations: [
      {
        file: 'replica/requests.ts',
        find: '      if (isMeant && request.sent === undefined) {',
        replace: '      if (isMeant) {',
      },
    ],
    hints: [3],
  },
  {
    id: 'O27',
    priority: 'P0',
    title: 'command ids begin anew after a restart',
    expected: ['I14'],
    mutations: [
      {
        file: 'replica/lives.ts',
        find: 'bootNonce: drawHex(drawInteger, 16),',
        replace: "bootNonce: String(options.self).padStart(16, '0'),",
      },
    ],
    hints: [3],
  },
  {
    id: 'O28',
    priority: 'P1',
    title: 'nonces of reads begin anew after a restart',
    expected: ['I15', 'I16'],
    mutations: [
      { file: 'replica/lives.ts', find: 'firstNonce: drawInteger(52),', replace: 'firstNonce: 0,' },
    ],
    hints: [3],
  },
  {
    id: 'O29',
    priority: 'P0',
    title: 'a read joins the round of its replica that is under way',
    expected: ['I15', 'I16'],
    mutations: [
      {
        file: 'replica/reads.ts',
        find: '    else this.#arrived.push(request);',
        replace: `    else if (this.#round === undefined) this.#arrived.push(request);
    else this.#round = { ...this.#round, requests: [...this.#round.requests, request] };`,
      },
    ],
    hints: [59],
  },
  {
    id: 'O30',
    priority: 'P0',
    title: 'a read does not wait until its index is applied',
    expected: ['I15', 'I16'],
    mutations: [
      {
        file: 'replica/reads.ts',
        find: 'waiting.readIndex <= appliedUpTo && waiting',
        replace: 'waiting',
      },
    ],
    hints: [2],
  },
  {
    id: 'O31',
    priority: 'P0',
    title: 'a peer that catches up is served what is accepted, not only what is chosen',
    expected: ['I11'],
    mutations: [
      {
        file: 'replica/serve-chosen.ts',
        find: 'slot <= core.learner.chosenUpTo; slot += 1',
        replace: 'slot <= core.acceptor.highestSlot; slot += 1',
      },
    ],
    hints: [3],
  },
  {
    id: 'O32',
    priority: 'P0',
    title: 'a peer that catches up is served slots whose last record is not durable yet',
    expected: ['I11'],
    mutations: [
      {
        file: 'replica/serve-chosen.ts',
        find: 'const durableUpTo = loop.commit.settledUpTo(appliedUpTo);',
        replace: 'const durableUpTo = appliedUpTo;',
      },
    ],
    hints: [3],
  },
  {
    id: 'O33',
    priority: 'P0',
    title: 'every replica founds the cluster, not the founder alone',
    expected: ['I20', 'I22', 'one genesis'],
    mutations: [
      {
        file: 'replica/bootstrap.ts',
        find: 'if (self !== founder || this.#refusal !== undefined) return;',
        replace: 'if (self < founder || this.#refusal !== undefined) return;',
      },
    ],
    hints: [2],
  },
  {
    id: 'O93',
    priority: 'P0',
    title: 'an order that waits for another replica is told nothing when its own ends',
    expected: ['L2'],
    mutations: [{ file: 'replica/replica.ts', find: '    this.orders.close();\n', replace: '' }],
    hints: [1500],
  },
  {
    id: 'O94',
    priority: 'P1',
    title: 'the log does not keep up to which slot an installed state makes up for its gaps',
    expected: ['I1', 'I11', 'I12', 'I13'],
    mutations: [
      {
        file: 'storage/acceptor-log.ts',
        find: '    this.#database.write([{ key, value }], { sync: true }, done);',
        replace: '    if (key.length + value.length > 0) done(undefined);',
      },
    ],
    hints: [13930],
  },
  {
    id: 'O96',
    priority: 'P1',
    title: 'a suspect begins anew under a membership that does not name it anew',
    expected: ['L1', 'L4', 'L5'],
    mutations: [
      {
        file: 'replica/readmission.ts',
        find: '    if (memberOf(membership, self)?.incarnation !== directory.nextIncarnation()) return false;',
        replace: '    if (memberOf(membership, self) === undefined) return false;',
      },
    ],
    hints: [7],
  },
  {
    id: 'O97',
    priority: 'P1',
    title: 'what a message tells of a log is booked to who has the id when it is taken',
    expected: ['I9'],
    mutations: [
      {
        file: 'replica/replica.ts',
        find: `    const speaker = this.#witnesses.speaker(from);
    this.#loop.post(() => {`,
        replace: `    this.#loop.post(() => {
      const speaker = this.#witnesses.speaker(from);`,
      },
    ],
    hints: [1474],
  },
  {
    id: 'O98',
    priority: 'P1',
    title: 'a suspect asks once to be let in again, and waits for ever if that is lost',
    expected: ['L4'],
    mutations: [
      {
        file: 'replica/readmission.ts',
        find: '    if (this.#isAsking || nowMs - this.#askedAtMs < ASK_MS) return;',
        replace: '    if (this.#isAsking || this.#asked > 0 || nowMs < ASK_MS) return;',
      },
    ],
    hints: [588],
  },
  {
    id: 'O123',
    priority: 'P1',
    title: 'a replica that lost its state asks those alone that it knew at first',
    expected: ['L5'],
    mutations: [{ file: 'replica/host.ts', find: '        this.#later.tick();\n', replace: '' }],
    hints: [550, 880],
  },
];
