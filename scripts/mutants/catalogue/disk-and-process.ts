/** Group F: storage, processes, resources. */
import type { Mutant } from '../mutant.ts';

const APPENDED = `      this.#state = error === undefined ? 'ready' : 'failed';
      if (error === undefined) this.#noteDurable();
      done(error);`;

export const DISK_AND_PROCESS: readonly Mutant[] = [
  {
    id: 'M99a',
    priority: 'P0',
    title: 'a write of the log that failed is passed over',
    expected: ['I1', 'I4', 'I5', 'I6', 'I14'],
    mutations: [
      {
        file: 'storage/acceptor-log.ts',
        find: APPENDED,
        replace: `      this.#state = 'ready';
      if (this.#state === 'ready') this.#noteDurable();
      done(error && undefined);`,
      },
    ],
    hints: [166],
  },
  {
    id: 'M99b',
    priority: 'P0',
    title: 'a write of the log that failed is tried again',
    expected: ['I1', 'I4', 'I5', 'I6', 'I14'],
    mutations: [
      {
        file: 'storage/acceptor-log.ts',
        find: `    this.#database.write(writes, { sync: true }, (error) => {
${APPENDED}
    });`,
        replace: `    const put = (): void => {
      this.#database.write(writes, { sync: true }, (error) => {
        if (error !== undefined) return put();
        this.#state = 'ready';
        this.#noteDurable();
        done(undefined);
      });
    };
    put();`,
      },
    ],
    hints: [690],
  },
  {
    id: 'M100',
    priority: 'P0',
    title: 'neither the witness nor the peers are asked whether the log lost its end',
    expected: ['I1', 'I4', 'I5', 'I7', 'I9', 'I21'],
    mutations: [
      {
        file: 'replica/witnesses.ts',
        find: '  if (sequence >= witnessed) return;',
        replace: '  if (sequence >= 0 * witnessed) return;',
      },
      {
        file: 'replica/witnesses.ts',
        find: 'if (witnessed <= durableSequence || directory.suspicion !== undefined) return;',
        replace: 'if (durableSequence >= 0 || directory.suspicion !== undefined) return;',
      },
    ],
    hints: [7],
  },
  {
    id: 'M103a',
    priority: 'P1',
    title: 'the cache holds values as UTF-8',
    expected: ['I12', 'I14', 'I15', 'I16', 'malformed item'],
    mutations: [
      { file: 'storage/item-cache.ts', find: "toString('latin1')", replace: "toString('utf8')" },
      {
        file: 'storage/item-cache.ts',
        find: "Buffer.from(text, 'latin1')",
        replace: "Buffer.from(text, 'utf8')",
      },
    ],
    hints: [1],
  },
  {
    id: 'M103b',
    priority: 'P1',
    title: 'values go through text: bytes that are no UTF-8 are lost',
    expected: ['I12', 'I14', 'I15', 'I16'],
    mutations: [
      {
        file: 'kv/command-codec.ts',
        find: 'const value = reader.readBytes(reader.remaining);',
        replace: `const text = new TextDecoder().decode(reader.readBytes(reader.remaining));
  const value = new TextEncoder().encode(text);`,
      },
    ],
    hints: [1],
  },
  {
    id: 'M105',
    priority: 'P1',
    title: 'an error in apply is swallowed: heartbeats run, nothing is applied any more',
    expected: ['I25', 'L1', 'L2', 'L5'],
    mutations: [
      {
        file: 'kv/item-after.ts',
        find: '  const version = (before?.version ?? 0) + 1;',
        replace: `  const version = (before?.version ?? 0) + 1;
  if (version > 5) throw new Error('a version too many');`,
      },
      {
        file: 'replica/loop.ts',
        find: '      this.fail(error instanceof Error ? error : new Error(String(error)));',
        replace: '      if (this.#isStopped) throw error;',
      },
    ],
    hints: [5],
  },
  {
    id: 'M106a',
    priority: 'P1',
    title: 'commands that wait for a leader are not limited',
    expected: ['I25'],
    mutations: [
      {
        file: 'replica/requests.ts',
        find: `      this.#byId.size >= this.#limits.pendingRequests ||
      this.#bytes`,
        replace: '      this.#bytes',
      },
    ],
    hints: [4],
  },
  {
    id: 'M106b',
    priority: 'P1',
    title: 'reads that wait for a leader are not limited',
    expected: ['I25'],
    mutations: [
      {
        file: 'replica/reads.ts',
        find: `    if (this.size >= this.#maxReads) request.settle({ type: 'refused', reason: 'overloaded' });
    else this.#arrived.push(request);`,
        replace: '    this.#arrived.push(request);',
      },
    ],
    hints: [5],
  },
  {
    id: 'M107',
    priority: 'P0',
    title: 'nobody asks for the incarnation: an empty disk is taken for the one that was lost',
    expected: ['I1', 'I4', 'I5', 'I9', 'I20', 'I22'],
    mutations: [
      {
        file: 'replica/bootstrap.ts',
        find: '} else if (memberOf(genesis, from)?.incarnation === incarnation) {',
        replace: '} else if (memberOf(genesis, from) !== undefined || incarnation === undefined) {',
      },
      {
        file: 'storage/genesis-rules.ts',
        find: 'if (member.incarnation === incarnation) return undefined;',
        replace: "if (member.incarnation !== '') return undefined;",
      },
      {
        file: 'transport/directory.ts',
        find: '    return frame.fromIncarnation === this.#incarnationOf(frame.from)',
        replace: '    return this.#incarnationOf(frame.from) !== undefined',
      },
      {
        file: 'transport/directory.ts',
        find: '    if (frame.toIncarnation !== this.self.incarnation) {',
        replace: '    if (frame.to !== this.self.replicaId) {',
      },
    ],
    hints: [1],
  },
];
