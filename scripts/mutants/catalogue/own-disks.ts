/** Our own mutants of what disks that are nearly full forbid. */
import type { Mutant } from '../mutant.ts';

export const OWN_DISKS: readonly Mutant[] = [
  {
    id: 'O90',
    priority: 'P1',
    title: 'a leader whose disk is nearly full stays in office, although others have room',
    expected: ['L1'],
    mutations: [
      {
        file: 'replica/growth.ts',
        find: "    if (diskSpace.level === 'full' && !this.#isRefused) this.#handOver();",
        replace: "    if (diskSpace.level === 'full' && this.#isRefused) this.#handOver();",
      },
    ],
    hints: [106],
  },
  {
    id: 'O91',
    priority: 'P0',
    title: 'a forward that was refused for want of room gets a slot all the same',
    expected: ['I14'],
    mutations: [
      {
        file: 'replica/proposer.ts',
        find: `{ type: 'notApplied', reason: 'diskFull' });
      return;`,
        replace: "{ type: 'notApplied', reason: 'diskFull' });",
      },
    ],
    hints: [190],
  },
  {
    id: 'O124',
    priority: 'P1',
    title: 'a replica whose log cannot be read keeps its state to itself',
    expected: ['L1', 'L4', 'L5'],
    mutations: [
      {
        file: 'replica/lives.ts',
        find: '      this.#lend(state, latestOf(told));\n',
        replace: '',
      },
    ],
    hints: [24],
  },
  {
    id: 'O125',
    priority: 'P1',
    title: 'what is left of a transfer and cannot be read ends the process',
    expected: ['I21', 'I25'],
    mutations: [
      {
        file: 'replica/snapshot-receiver.ts',
        find: '    if (!(error instanceof DamagedStateError)) this.#options.onFatal(error);\n',
        replace: '    if (!this.#isEnded) this.#options.onFatal(error);\n',
      },
    ],
    hints: [84],
  },
];
