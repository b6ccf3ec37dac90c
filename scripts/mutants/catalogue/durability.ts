/** Group A: what must be on the disk, and when. */
import type { Mutant } from '../mutant.ts';

const SYNCED_WRITE = `    this.#database.write(writes, { sync: true }, (error) => {
      this.#state = error === undefined ? 'ready' : 'failed';
      if (error === undefined) this.#noteDurable();
      done(error);
    });`;

export const DURABILITY: readonly Mutant[] = [
  {
    id: 'M11',
    priority: 'P0',
    title: 'rounds begin anew after a restart',
    expected: ['I1', 'I2', 'I3'],
    mutations: [
      {
        file: 'paxos/core-state.ts',
        find: 'highestRound: Math.max(recovered.highestRound, recovered.promised.round),',
        replace: 'highestRound: 0,',
      },
    ],
    hints: [6],
  },
  {
    id: 'M12',
    priority: 'P0',
    title: 'a prepare leaves before its round is durable',
    expected: ['I2', 'I6'],
    mutations: [
      {
        file: 'paxos/campaign.ts',
        find: 'sendAfter(turn, core.acceptor.promisedWrite, peer, message);',
        replace: 'sendAfter(turn, 0, peer, message);',
      },
    ],
    hints: [1],
  },
  {
    id: 'M13',
    priority: 'P0',
    title: 'a promise leaves before it is durable',
    expected: ['I4', 'I6'],
    mutations: [
      {
        file: 'paxos/acceptor.ts',
        find: 'sendAfter(turn, core.writes, to, answer);',
        replace: 'sendAfter(turn, 0, to, answer);',
      },
    ],
    hints: [1],
  },
  {
    id: 'M14',
    priority: 'P0',
    title: 'the log is not synced',
    expected: ['I1', 'I4', 'I5', 'I6', 'I14'],
    mutations: [
      {
        file: 'storage/acceptor-log.ts',
        find: '.write(writes, { sync: true }',
        replace: '.write(writes, { sync: false }',
      },
    ],
    hints: [3],
  },
  {
    id: 'M18',
    priority: 'P0',
    title: 'two writes of the log are under way at once, and the later one may be done first',
    expected: ['I4', 'I5', 'I6'],
    mutations: [
      {
        file: 'replica/group-commit.ts',
        find: 'if (this.isBusy || (this.#records.length === 0 && !this.#isProbed)) return;',
        replace: 'if (this.#records.length === 0 && !this.#isProbed) return;',
      },
      {
        file: 'storage/acceptor-log.ts',
        find: "    assert(this.#state === 'ready', `an append while the log is ${this.#state}`);\n",
        replace: '',
      },
      {
        file: 'storage/acceptor-log.ts',
        find: SYNCED_WRITE,
        replace: `    const put = (): void => {
${SYNCED_WRITE}
    };
    const gte = slotKey(this.#epoch, 0);
    if (this.#sequence % 2 === 0) put();
    else this.#database.scan({ gte, lt: gte, limit: 1 }, put);`,
      },
    ],
    hints: [1],
  },
  {
    id: 'M19a',
    priority: 'P0',
    title: 'accepting raises the promise in memory, not in the same write',
    expected: ['I4', 'I13', 'P1a', 'a promise is never taken back'],
    mutations: [
      {
        file: 'paxos/acceptor.ts',
        find: '  promise(turn, ballot);\n  if (slot > core.learner.appliedUpTo)',
        replace: '  acceptor.promised = ballot;\n  if (slot > core.learner.appliedUpTo)',
      },
    ],
    hints: [1],
  },
  {
    id: 'M19b',
    priority: 'P0',
    title: 'the promise is a write of its own, for which nobody waits',
    expected: ['I4', 'I6', 'I7', 'I13', 'I9'],
    mutations: [
      {
        file: 'storage/acceptor-log.ts',
        find: SYNCED_WRITE,
        replace: `    const { length } = promiseKey(this.#epoch);
    const promises = writes.filter(({ key }) => key.length === length);
    const others = writes.filter(({ key }) => key.length !== length);
    this.#database.write(others, { sync: true }, (error) => {
      this.#state = error === undefined ? 'ready' : 'failed';
      if (error === undefined) this.#noteDurable();
      done(error);
    });
    if (promises.length > 0) this.#database.write(promises, { sync: true }, () => undefined);`,
      },
    ],
    hints: [26],
  },
];
