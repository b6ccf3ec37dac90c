/** Leases, keys that live for a time, locks and fences. */
import type { Mutant } from '../mutant.ts';

export const LIFETIMES: readonly Mutant[] = [
  {
    id: 'M66',
    priority: 'P0',
    title: 'each replica judges by its own clock what has outlived its time',
    expected: ['I12', 'I14', 'I24'],
    mutations: [
      {
        file: 'replica/applier.ts',
        find: 'readonly onFailed: (error: Error) => void;',
        replace: 'readonly onFailed: (error: Error) => void;\n  readonly clockMs?: () => number;',
      },
      {
        file: 'replica/applier.ts',
        find: 'const timeMs = Math.max(store.timeMs, work.command.timeMs);',
        replace: 'const timeMs = this.#options.clockMs?.() ?? 0;',
      },
      {
        file: 'replica/replica.ts',
        find: 'defer: (resume) => this.#loop.post(resume),',
        replace: 'defer: (resume) => this.#loop.post(resume),\n      clockMs: () => clock.nowMs(),',
      },
    ],
    hints: [2],
  },
  {
    id: 'M78',
    priority: 'P1',
    title: 'a new leader takes its own clock for the time since the last stamp',
    expected: ['I24'],
    mutations: [
      {
        file: 'paxos/cluster-time.ts',
        find: 'atMs: turn.nowMs',
        replace: 'atMs: 0',
      },
    ],
    hints: [1],
  },
  {
    id: 'M79',
    priority: 'P1',
    title: 'a renewal is answered by whoever takes itself for the leader',
    expected: ['I14', 'I24'],
    mutations: [
      {
        file: 'replica/replica.ts',
        find: 'this.#commands.add(operation, options, done);',
        replace: `if (operation.type === 'leaseRenew' && this.core.role.name === 'leader') {
      const { appliedUpTo, revision } = this.store;
      const { lease } = operation;
      const answer = { type: 'leaseRenewed', revision, lease, ttlMs: 1 } as const;
      return done({ type: 'applied', slot: appliedUpTo, answer });
    }
    this.#commands.add(operation, options, done);`,
      },
    ],
    hints: [3],
  },
  {
    id: 'O109',
    priority: 'P0',
    title: 'a lease ends though it was renewed after the leader had looked',
    expected: ['I12', 'I24'],
    mutations: [
      {
        file: 'kv/lease-end.ts',
        find: 'if (lease === undefined || lease.renewals !== renewals) continue;',
        replace: 'if (lease === undefined || lease.renewals < renewals) continue;',
      },
      {
        file: 'kv/lease-end.ts',
        find: 'if (lease.untilMs <= moment.timeMs) yield { id, lease };',
        replace: 'yield { id, lease };',
      },
    ],
    hints: [62],
  },
  {
    id: 'O110',
    priority: 'P1',
    title: 'a leader that was deposed ends leases',
    expected: ['I12', 'I14', 'I24'],
    mutations: [
      {
        file: 'kv/lease-end.ts',
        find: 'return ballot.round !== moment.ballot.round || ballot.leader !== moment.ballot.leader;',
        replace: 'return ballot.round < 0 && moment.ballot.round < 0;',
      },
    ],
    hints: [8],
  },
  {
    id: 'O111',
    priority: 'P0',
    title: 'a fence passes whoever holds the lock',
    expected: ['I12', 'I14'],
    mutations: [
      {
        file: 'kv/apply-command.ts',
        find: 'lockOf(view, fence.name)?.fence !== fence.fence',
        replace: 'lockOf(view, fence.name) === undefined',
      },
    ],
    hints: [3],
  },
  {
    id: 'O112',
    priority: 'P1',
    title: 'a lock goes to the one who came last',
    expected: ['I12', 'I14', 'I24'],
    mutations: [
      {
        file: 'kv/lease-end.ts',
        find: 'for (const ticket of draft.view.scan(waitersRange(name), leases.waiters)) {',
        replace:
          'for (const ticket of draft.view.scan(waitersRange(name), leases.waiters).toReversed()) {',
      },
    ],
    hints: [74],
  },
  {
    id: 'O113',
    priority: 'P0',
    title: 'a key that is put anew stays on the lease that it was on',
    expected: ['I12'],
    mutations: [
      {
        file: 'kv/lease-draft.ts',
        find: "else if (before?.type === 'lease') this.#release(before.lease, key);",
        replace: '',
      },
    ],
    hints: [9],
  },
  {
    id: 'O114',
    priority: 'P1',
    title: 'who watches is told that a key was deleted whose time was up',
    expected: ['I23'],
    mutations: [
      {
        file: 'storage/change-list.ts',
        find: '(isExpired ? EXPIRES : 0)',
        replace: '0 * Number(isExpired)',
      },
    ],
    hints: [3],
  },
  {
    id: 'O115',
    priority: 'P1',
    title: 'a leader looks at what is due once, and never again',
    expected: ['L2'],
    mutations: [
      {
        file: 'replica/expiry.ts',
        find: 'if (isDueKey(key)) this.#nextMs = Math.min(this.#nextMs, dueOf(key).untilMs);',
        replace: 'if (isDueKey(key)) this.#nextMs = Math.max(this.#nextMs, dueOf(key).untilMs);',
      },
      {
        file: 'replica/expiry.ts',
        find: 'this.#nextMs = Math.min(this.#nextMs, left ?? NEVER);',
        replace: 'this.#nextMs = NEVER * (left ?? 1);',
      },
    ],
    hints: [8],
  },
  {
    id: 'O116',
    priority: 'P1',
    title: 'the time of a key between replicas is lost on the way',
    expected: ['I12', 'I14', 'I22'],
    mutations: [
      {
        file: 'transport/item-json.ts',
        find: "exactFields(value, NAMES, ['lifetime'])",
        replace: 'exactFields(value, NAMES)',
      },
    ],
    hints: [318],
  },
];
