/** Group D: the log is trimmed, and a peer's state is installed. */
import type { Mutant } from '../mutant.ts';

/** Each of both ends of what is not to be accepted below the floor: one alone is made good. */
const FLOOR_ASSERTIONS = [
  {
    file: 'paxos/acceptor.ts',
    find: "  assert(slot > acceptor.floor, 'I19: nothing is accepted in a slot below the floor');\n",
    replace: '',
  },
  {
    file: 'storage/acceptor-log.ts',
    find: "      assert(slot > floor, 'I19: nothing is accepted in a slot below the floor');\n",
    replace: '',
  },
];

export const COMPACTION: readonly Mutant[] = [
  {
    id: 'M69',
    priority: 'P0',
    title: 'the log is trimmed up to what is applied, before the state is durable',
    expected: ['I18'],
    mutations: [
      {
        file: 'replica/trimmer.ts',
        find: 'const upTo = loop.commit.settledUpTo(store.durablyApplied);',
        replace: 'const upTo = loop.commit.settledUpTo(loop.core.learner.appliedUpTo);',
      },
    ],
    hints: [4],
  },
  {
    id: 'M71b',
    priority: 'P0',
    title: 'an acceptor accepts an old slot anew, though it is trimmed',
    expected: ['I19'],
    mutations: [
      {
        file: 'paxos/voting.ts',
        find: 'const isHere = isOpen && slot > core.acceptor.floor;',
        replace: 'const isHere = isOpen;',
      },
      ...FLOOR_ASSERTIONS,
    ],
    hints: [38],
  },
  {
    id: 'M73a',
    priority: 'P0',
    title: 'a state is installed as soon as its first chunk is there',
    // Without its meta record it is thrown away at the next start, though nobody damaged it: I21.
    expected: ['I13', 'I18', 'I21', 'meta record'],
    mutations: [
      {
        file: 'replica/snapshot-receiver.ts',
        find: "      if (added === 'more') return this.#ask(staging);\n",
        replace: `      if (added === 'more') {
        this.stop();
        return this.#options.onComplete(answer.slot);
      }
`,
      },
    ],
    hints: [20],
  },
  {
    id: 'M73b',
    priority: 'P0',
    title: 'what is staged is not synced before it takes the place of the state',
    expected: ['I13', 'I18', 'meta record'],
    mutations: [
      {
        file: 'storage/staging.ts',
        find: 'this.database.write(writes, { sync: true }, (error) => {',
        replace: 'this.database.write(writes, { sync: false }, (error) => {',
      },
      {
        file: 'storage/staging.ts',
        find: 'this.database.write([own, { key }], { sync: true }, (error) => {',
        replace: 'this.database.write([own, { key }], { sync: false }, (error) => {',
      },
    ],
    hints: [],
  },
  {
    id: 'O60',
    priority: 'P0',
    title: 'what is below the floor is deleted before the floor is durable',
    expected: ['I19', 'I9'],
    mutations: [
      {
        file: 'storage/floor-keeper.ts',
        find: '    this.#next = floor;\n',
        replace: '    this.#next = floor;\n    this.#sweeper.sweep(floor);\n',
      },
    ],
    hints: [60],
  },
  {
    id: 'O61',
    priority: 'P0',
    title: 'the floor names the chain record before the last one that goes away',
    expected: ['I9'],
    mutations: [
      {
        file: 'storage/trim-floor.ts',
        find: '      sequence,\n      checksum: Buffer.from(checksum),',
        replace: '      sequence: sequence - 1,\n      checksum: Buffer.from(checksum),',
      },
    ],
    hints: [471],
  },
  {
    id: 'O62',
    priority: 'P0',
    title: 'a peer that asks for slots below the floor is told that there is nothing',
    expected: ['L1', 'L5'],
    mutations: [
      {
        file: 'replica/serve-chosen.ts',
        find: "    done({ type: 'trimmed', floor });",
        replace: "    done({ type: 'chosenSlots', chosenUpTo, proposals: [] });",
      },
    ],
    hints: [1],
  },
  {
    id: 'O63',
    priority: 'P0',
    title: 'slots below the floor are read for a peer',
    expected: ['I19'],
    mutations: [
      {
        file: 'replica/serve-chosen.ts',
        find: '  if (request.from <= floor) {',
        replace: '  if (request.from < 0) {',
      },
    ],
    hints: [1],
  },
  {
    id: 'O64',
    priority: 'P1',
    title: 'a snapshot is installed though the replica has applied more by now',
    expected: ['I18'],
    mutations: [
      {
        file: 'replica/lives.ts',
        find: 'if (slot <= storage.store.appliedUpTo || slot < Math.max(base, floor)) return false;',
        replace: 'if (base + floor < 0) return false;',
      },
    ],
    hints: [934],
  },
  {
    id: 'O65',
    priority: 'P0',
    title: 'a sender goes on in its state of today, not in that of the first chunk',
    expected: ['I12', 'I13', 'I18', 'L1', 'L5'],
    mutations: [
      {
        file: 'storage/revision-view.ts',
        find: '    if (supersededAt <= this.revision) return',
        replace: '    if (supersededAt !== CURRENT) return',
      },
      {
        file: 'storage/revision-view.ts',
        find: 'const isThere = decodeValue(value).revision <= this.revision;',
        replace: 'const isThere = decodeValue(value).revision > 0;',
      },
      {
        file: 'storage/staging.ts',
        find: 'const isWhole = isSame(found, this.#progress) && sum.hex === meta.contentSum;',
        replace: 'const isWhole = isSame(found, this.#progress);',
      },
    ],
    hints: [30],
  },
  {
    id: 'O66',
    priority: 'P0',
    title: 'a replica whose state ends below its log begins all the same',
    expected: ['I11', 'I18', 'I19'],
    mutations: [
      {
        file: 'replica/missing-state.ts',
        find: 'if (durablyApplied < Math.max(base, floor)) {',
        replace: 'if (floor < 0) {',
      },
    ],
    hints: [56],
  },
  {
    id: 'O67',
    priority: 'P0',
    title: 'a log without the slots below an installed state is served as if it had them',
    expected: ['I11', 'I19', 'L1', 'L5'],
    mutations: [
      {
        file: 'replica/first-core.ts',
        find: 'floor: Math.max(recovered.floor, store.base),',
        replace: 'floor: recovered.floor,',
      },
    ],
    hints: [443],
  },
  {
    id: 'O68',
    priority: 'P0',
    title: 'the first chunk of a snapshot is left out, and nothing is counted',
    expected: ['I13', 'I18', 'L5'],
    mutations: [
      {
        file: 'storage/staging.ts',
        find: 'if (index !== chunks || nextDigest(before, records) !== digest) return undefined;',
        replace: '',
      },
      {
        file: 'replica/snapshot-sender.ts',
        find: 'const after = position.index === 0 ? undefined : position.after;',
        replace:
          'const k1 = Buffer.from([0x69, 0x6b, 0x31, 0x00, 0x01, 0xff]);\n' +
          '    const after = position.index === 0 ? k1 : position.after;',
      },
    ],
    hints: [1],
  },
  {
    id: 'O69',
    priority: 'P0',
    title: 'an old record that is gone below the floor is missed at the next start',
    expected: ['I9'],
    mutations: [
      {
        file: 'storage/log-recovery.ts',
        find: '      if (slot !== PROMISE_SLOT && isGone(this.#floor, epoch, slot)) continue;\n',
        replace: '',
      },
    ],
    hints: [490],
  },
  {
    id: 'O70',
    priority: 'P0',
    title: 'a replica that needs a snapshot asks for the slots again and again',
    expected: ['L1', 'L5'],
    mutations: [
      {
        file: 'paxos/learner.ts',
        find: '  if (floor !== undefined) learner.floors.set(from, floor);\n',
        replace: '',
      },
    ],
    hints: [1],
  },
  {
    id: 'O71',
    priority: 'P0',
    title: 'neither the checksums of the records of a snapshot are looked at, nor its sum',
    expected: ['I12', 'I13', 'I18', 'I21', 'damaged record', 'DamagedRecordError'],
    mutations: [
      {
        file: 'storage/staging.ts',
        find: '        if (!META_KEY.equals(key)) checkStateRecord([key, value]);\n',
        replace: '        if (!META_KEY.equals(key)) void value;\n',
      },
      { file: 'storage/staging.ts', find: '      checkStateRecord(entry);\n', replace: '' },
      {
        file: 'storage/staging.ts',
        find: 'const isWhole = isSame(found, this.#progress) && sum.hex === meta.contentSum;',
        replace: 'const isWhole = isSame(found, this.#progress);',
      },
    ],
    hints: [60],
  },
  {
    id: 'O95',
    priority: 'P1',
    title: 'items that are read in their order, for a page or a snapshot, are not checked',
    expected: ['I12', 'I15', 'I21', 'L5'],
    mutations: [
      {
        file: 'storage/revision-view.ts',
        find: '    checkStateRecord([recordKey, value]);\n    if (supersededAt',
        replace: '    if (supersededAt',
      },
      {
        file: 'storage/state-page.ts',
        find: '  if (candidate !== undefined) checkItem(currentKey(key), key, candidate.value);\n',
        replace: '  void [checkItem, currentKey, key];\n',
      },
    ],
    hints: [578],
  },
];
