/** Our own, below and above the state: applying, flushing, recovery. */
import type { Mutant } from '../mutant.ts';

export const OWN_STORAGE: readonly Mutant[] = [
  {
    id: 'O40',
    priority: 'P0',
    title: 'the state is flushed ahead of the log',
    expected: ['I13', 'I18'],
    mutations: [
      {
        file: 'replica/flusher.ts',
        find: 'return loop.commit.settledUpTo(store.appliedUpTo) >= store.appliedUpTo;',
        replace: 'return loop.commit.settledUpTo(store.appliedUpTo) >= 0;',
      },
    ],
    hints: [325],
  },
  {
    id: 'O41',
    priority: 'P0',
    title: 'recovery keeps the promise and drops what was accepted above the chosen prefix',
    expected: ['I1', 'I4', 'I5', 'I7'],
    mutations: [
      {
        file: 'storage/log-recovery.ts',
        find: 'if (slot > this.#from) this.#proposals.push(proposal);',
        replace: `const chosenUpTo = this.#last?.record.chosenUpTo ?? 0;
    if (slot > this.#from && slot <= chosenUpTo) this.#proposals.push(proposal);`,
      },
    ],
    hints: [3],
  },
  {
    id: 'O42',
    priority: 'P0',
    title: 'conditions are decided where a command comes in, not where it is applied',
    expected: ['I14', 'I16'],
    mutations: [
      {
        file: 'replica/replica.ts',
        find: 'this.#commands.add(operation, options, done);',
        replace: 'this.#commands.add(decided(operation, this.store), options, done);',
      },
      {
        file: 'replica/replica.ts',
        find: 'export class Replica {',
        replace: `function decided(operation: Operation, store: StateStore): Operation {
  if (operation.type !== 'put' || !isMet(operation.condition, store.item(operation.key))) {
    return operation;
  }
  const { condition, ...unconditional } = operation;
  return condition === undefined ? operation : unconditional;
}

export class Replica {`,
      },
      {
        file: 'replica/replica.ts',
        find: "import { Applier } from './applier.ts';",
        replace: "import { isMet } from '../kv/apply.ts';\nimport { Applier } from './applier.ts';",
      },
    ],
    hints: [1],
  },
  {
    id: 'O43',
    priority: 'P0',
    title: 'what a key had before is read when the answer is given',
    expected: ['I14', 'I16'],
    mutations: [
      {
        file: 'replica/applier.ts',
        find: 'for (const { id, answer } of work.answers) onAnswer(id, slot, answer);',
        replace: `for (const { id, answer } of work.answers) {
      const isPrev = answer.type === 'put' && answer.prev !== undefined;
      const prev = isPrev ? (store.item(answer.key) ?? null) : undefined;
      onAnswer(id, slot, isPrev && prev !== undefined ? { ...answer, prev } : answer);
    }`,
      },
    ],
    hints: [1],
  },
  {
    id: 'O44',
    priority: 'P0',
    title: 'after a condition that fails, the rest of the batch is passed over',
    expected: ['I12', 'I14', 'I16'],
    mutations: [
      {
        file: 'replica/applier.ts',
        find: '    work.next += 1;\n',
        replace: `    work.next += 1;
    if (answer.type === 'conditionFailed') work.next = work.commands.length;
`,
      },
    ],
    hints: [20],
  },
  {
    id: 'O45',
    priority: 'P0',
    title: 'a command does not see what the commands before it in its slot have changed',
    expected: ['I12', 'I14', 'I16'],
    mutations: [
      {
        file: 'replica/applier.ts',
        find: 'item: (key) => (work.changes.has(key) ? work.changes.get(key) : store.item(key)),',
        replace: 'item: (key) => store.item(key),',
      },
    ],
    hints: [17],
  },
  {
    id: 'O46',
    priority: 'P0',
    title: 'the cache keeps what a flush has replaced',
    expected: ['I12', 'I14', 'I15', 'I16'],
    mutations: [
      {
        file: 'storage/state-store.ts',
        find: '    for (const [key, { value }] of layer.current()) this.#cache.put(key, value);\n',
        replace: '',
      },
    ],
    hints: [1],
  },
  {
    id: 'O47',
    priority: 'P1',
    title: 'the checksums of the log are not looked at',
    expected: ['I1', 'I3', 'I4', 'I5', 'I7', 'I11', 'I18', 'I21'],
    mutations: [
      {
        file: 'storage/log-codec.ts',
        find: "    if (checksum(bound) !== value.toString('latin1', 0, CHECKSUM_BYTES)) {",
        replace: '    if (bound.length < 0) {',
      },
    ],
    hints: [250],
  },
  {
    id: 'O48',
    priority: 'P1',
    title: 'a damaged proposal is taken for one that was never there',
    expected: ['I1', 'I4', 'I5', 'I7', 'I21'],
    mutations: [
      {
        file: 'storage/log-recovery.ts',
        find: '    if (slot > this.#from) this.#takeProposal(decodeAccepted(this.#seal, key, value));',
        replace: `    if (slot > this.#from) {
      const proposal = caught(() => decodeAccepted(this.#seal, key, value));
      if (proposal instanceof StorageError) this.#listed.findsDamaged(epoch, slot);
      else this.#takeProposal(proposal);
    }`,
      },
    ],
    hints: [342],
  },
  {
    id: 'O92',
    priority: 'P0',
    title: 'the hash of the state is written with the next flush, not with its own',
    expected: ['I12', 'I13'],
    mutations: [
      {
        file: 'storage/state-store.ts',
        find: '    writes.push(writeMeta(this.#identity, this.#meta));',
        replace: `    const { contentSum } = this.#durable ?? this.#meta;
    writes.push(writeMeta(this.#identity, { ...this.#meta, contentSum }));`,
      },
    ],
    hints: [3],
  },
  {
    id: 'O49',
    priority: 'P1',
    title: 'the witness is told of a write before it is durable',
    expected: ['I9', 'L1', 'L2', 'L4', 'L5'],
    mutations: [
      {
        file: 'storage/acceptor-log.ts',
        find: '    this.#database.write(writes, { sync: true }, (error) => {',
        replace: `    this.#noteDurable();
    this.#database.write(writes, { sync: true }, (error) => {`,
      },
    ],
    hints: [6],
  },
];
