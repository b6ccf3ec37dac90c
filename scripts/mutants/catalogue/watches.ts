/** Transactions, requests that come again, history, and those who watch. */
import type { Mutant } from '../mutant.ts';

export const WATCHES: readonly Mutant[] = [
  {
    id: 'M63',
    priority: 'P0',
    title: 'a repetition that reaches another leader is applied once more',
    expected: ['I12', 'I14'],
    mutations: [
      {
        file: 'kv/apply-command.ts',
        find: "if (judged.type === 'known') return { writes: [], answer: judged.answer };",
        replace:
          "if (judged.type === 'known' && moment.revision < 0) return { writes: [], answer: judged.answer };",
      },
    ],
    hints: [2],
  },
  {
    id: 'M65a',
    priority: 'P0',
    title: 'a kept answer goes before its time',
    expected: ['I12', 'I14'],
    mutations: [
      {
        file: 'kv/once.ts',
        find: 'const untilMs = Math.ceil(timeMs + limits.keepMs);',
        replace: 'const untilMs = Math.ceil(timeMs + limits.keepMs / 2);',
      },
    ],
    hints: [6],
  },
  {
    id: 'M65b',
    priority: 'P0',
    title: 'where the table of kept answers is full, a new one takes the place of an old one',
    expected: ['I12', 'I14'],
    mutations: [
      {
        file: 'kv/once.ts',
        find: 'const isFull = counters.entries >= limits.entries || bytes > limits.bytes;',
        replace: 'const isFull = bytes > limits.bytes;',
      },
    ],
    hints: [15],
  },
  {
    id: 'M62',
    priority: 'P0',
    title: 'the kept answers are not in a snapshot',
    expected: ['I12', 'I13', 'I14', 'I18', 'L5'],
    mutations: [
      {
        file: 'storage/revision-view.ts',
        find: 'const range = { gte, lt: END_OF_SYSTEM,',
        replace: 'const range = { gte, lt: END_OF_ITEMS,',
      },
      {
        file: 'storage/revision-view.ts',
        find: '  END_OF_SYSTEM,\n',
        replace: '  END_OF_ITEMS,\n',
      },
    ],
    hints: [68],
  },
  {
    id: 'M81',
    priority: 'P1',
    title: 'who reads slowly goes on with the present, and what came meanwhile is left out',
    expected: ['I23'],
    mutations: [
      {
        file: 'replica/watches.ts',
        find: '    if (this.#isClosed || this.#watches.wait(this)) return;\n',
        replace: `    this.#upTo = Math.max(this.#upTo, this.#watches.upTo);
    if (this.#isClosed || this.#watches.wait(this)) return;
`,
      },
    ],
    hints: [3],
  },
  {
    id: 'M82',
    priority: 'P1',
    title: 'where history is gone, a watch goes on with what there is',
    expected: ['I23'],
    mutations: [
      {
        file: 'storage/change-reader.ts',
        find: '    if (after < oldestRevision) return this.#compacted();\n',
        replace: '    void oldestRevision;\n',
      },
      {
        file: 'storage/change-reader.ts',
        find: `  #end(): void {
    if (this.#query.after < this.#source().oldestRevision) return this.#compacted();
`,
        replace: '  #end(): void {\n',
      },
    ],
    hints: [23],
  },
  {
    id: 'M84',
    priority: 'P1',
    title: 'that a key was deleted is not told from history',
    expected: ['I23'],
    mutations: [
      {
        file: 'storage/change-reader.ts',
        find: 'while (list.nextRevision !== undefined) listed.push(list.take());',
        replace: `while (list.nextRevision !== undefined) {
        const change = list.take();
        if (!change.isDeleted) listed.push(change);
      }`,
      },
    ],
    hints: [2],
  },
  {
    id: 'O100',
    priority: 'P0',
    title: 'a reading of changes ends within a revision, and goes on behind it',
    expected: ['I23'],
    mutations: [
      {
        file: 'storage/change-reader.ts',
        find: 'if (within.length >= limit && revision > last) {',
        replace: 'if (within.length >= 1 && last > 0 && limit > 0) {',
      },
      {
        file: 'storage/change-reader.ts',
        find: '        this.#upTo = revision - 1;\n        break;',
        replace: '        this.#upTo = last;\n        break;',
      },
    ],
    hints: [5],
  },
  {
    id: 'O101',
    priority: 'P0',
    title: 'who begins to wait while changes are read for others misses them',
    expected: ['I23', 'L2'],
    mutations: [
      {
        file: 'replica/watches.ts',
        find: '    if (this.#isReading) return false;\n    if (this.#waiting.size === 0)',
        replace: '    if (this.#waiting.size === 0 || this.#isReading)',
      },
    ],
    hints: [],
  },
  {
    id: 'O102',
    priority: 'P1',
    title: 'a snapshot has the superseded items, but not the lists of what happened',
    expected: ['I23'],
    mutations: [
      {
        file: 'storage/revision-view.ts',
        find: 'return !isOfView || add(part, recordKey, value);',
        replace: 'return !isOfView || recordKey.length > 0;',
      },
    ],
    hints: [20],
  },
  {
    id: 'O103',
    priority: 'P1',
    title: 'a snapshot says that it has history which it has not',
    expected: ['I15', 'I23'],
    mutations: [
      {
        file: 'storage/revision-view.ts',
        find: 'if (supersededAt <= this.revision) return add(part, recordKey, value);',
        replace: 'if (supersededAt <= this.revision) return true;',
      },
    ],
    hints: [30],
  },
  {
    id: 'O104',
    priority: 'P0',
    title: 'what is not flushed yet is not told to who begins in the past',
    expected: ['I23'],
    mutations: [
      {
        file: 'storage/change-reader.ts',
        find: 'return this.#within([...listed, ...above]);',
        replace: 'return this.#within(listed.length > 0 ? listed : above);',
      },
    ],
    hints: [9],
  },
  {
    id: 'O105',
    priority: 'P0',
    title: 'history is deleted while somebody reads from it',
    expected: ['I12', 'I13', 'I15', 'I18', 'I23', 'L5'],
    mutations: [
      {
        file: 'storage/history.ts',
        find: ' || next > keepAbove)) break;',
        replace: ' || next > keepAbove + 2 ** 50)) break;',
      },
    ],
    hints: [],
  },
  {
    id: 'O106',
    priority: 'P0',
    title: 'the second guard of a transaction is not looked at',
    expected: ['I12', 'I14'],
    mutations: [
      {
        file: 'kv/apply-transaction.ts',
        find: 'if (!holds(guard, view.item(guard.key))) failed.push(at);',
        replace: 'if (!holds(guard, view.item(guard.key)) && at !== 1) failed.push(at);',
      },
    ],
    hints: [],
  },
  {
    id: 'O107',
    priority: 'P0',
    title: 'an action of a transaction does not see those before it',
    expected: ['I12', 'I14'],
    mutations: [
      {
        file: 'kv/apply-transaction.ts',
        find: 'return this.#changes.has(key) ? this.#changes.get(key) : this.#view.item(key);',
        replace: 'return this.#view.item(key);',
      },
    ],
    hints: [],
  },
  {
    id: 'O108',
    priority: 'P0',
    title: 'an increment that is no number counts as one from 0',
    expected: ['I12', 'I14'],
    mutations: [
      {
        file: 'kv/item-after.ts',
        find: 'const base = before === undefined ? 0 : numberIn(before.value);',
        replace: 'const base = before === undefined ? 0 : (numberIn(before.value) ?? 0);',
      },
    ],
    hints: [],
  },
];
