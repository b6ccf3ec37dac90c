/** Group D: the state machine and its state on disk. */
import type { Mutant } from '../mutant.ts';

const FLUSH = `    this.#database.write(writes, { sync: true }, (error) => {
      if (error !== undefined) {
        this.#state = 'failed';
        return done(error);
      }
      this.#endFlush(layer, meta, done);
    });`;

export const STATE: readonly Mutant[] = [
  {
    id: 'M67a',
    priority: 'P0',
    title: 'items first, then in a write of its own how far the state is',
    expected: ['I12', 'I13', 'I14'],
    mutations: [
      {
        file: 'storage/state-store.ts',
        find: FLUSH,
        replace: `    const position = writes.slice(-1);
    this.#database.write(writes.slice(0, -1), { sync: true }, () => {
${FLUSH.replace('writes,', 'position,')}
    });`,
      },
    ],
    hints: [21],
  },
  {
    id: 'M67b',
    priority: 'P0',
    title: 'first how far the state is, then in a write of its own the items',
    expected: ['I12', 'I13', 'I14', 'meta record'],
    mutations: [
      {
        file: 'storage/state-store.ts',
        find: FLUSH,
        replace: `    const position = writes.slice(-1);
    const items = writes.slice(0, -1);
    this.#database.write(position, { sync: true }, () => {
${FLUSH.replace('writes,', 'items,')}
    });`,
      },
    ],
    hints: [21],
  },
  {
    id: 'M71',
    priority: 'P0',
    title: 'with the slots that are applied and forgotten the promise is forgotten too',
    expected: ['I1', 'I4', 'I5', 'I7', 'I15', 'I19', 'P1a', 'a promise is never taken back'],
    mutations: [
      {
        file: 'paxos/learner.ts',
        find: '  learner.appliedUpTo = Math.max(learner.appliedUpTo, upTo);',
        replace: `  learner.appliedUpTo = Math.max(learner.appliedUpTo, upTo);
  const isIdle = core.role.name === 'follower' && acceptor.accepted.size === 0;
  if (isIdle) acceptor.promised = { round: 0, leader: 0 };`,
      },
    ],
    hints: [24],
  },
  {
    id: 'M75a',
    priority: 'P0',
    title: 'the time of a slot is that of the clock of each replica',
    expected: ['I12'],
    mutations: [
      {
        file: 'replica/applier.ts',
        find: 'timeMs: command.timeMs, revisions',
        replace: 'timeMs: performance.now(), revisions',
      },
    ],
    hints: [1],
  },
  {
    id: 'M75b',
    priority: 'P0',
    title: 'a version is drawn at random',
    expected: ['I12'],
    mutations: [
      {
        file: 'kv/item-after.ts',
        find: '(before?.version ?? 0) + 1;',
        replace: '(before?.version ?? 0) + 1 + Math.floor(2 * Math.random());',
      },
    ],
    hints: [1],
  },
  {
    id: 'M75c',
    priority: 'P0',
    title: 'what the memory of a replica does not hold is taken for absent',
    expected: ['I12', 'I13'],
    mutations: [
      {
        file: 'storage/state-store.ts',
        find: 'this.#inFlight?.get(key) ?? this.#cache.get(key) ?? this.#read(key)',
        replace: 'this.#inFlight?.get(key) ?? this.#cache.get(key) ?? ABSENT',
      },
      {
        file: 'storage/state-store.ts',
        find: 'export class StateStore extends StateReader {',
        replace:
          'const ABSENT: Held = { value: undefined, item: undefined };\n\nexport class StateStore extends StateReader {',
      },
    ],
    hints: [3],
  },
  {
    id: 'M75d',
    priority: 'P0',
    title: 'an item names the replica time at which it was applied',
    expected: ['I12'],
    mutations: [
      {
        file: 'kv/item-after.ts',
        find: 'const item = { value, contentType, createRevision',
        replace:
          'const item = { value, contentType: `${contentType}; at=${Date.now()}`, createRevision',
      },
    ],
    hints: [1],
  },
];
