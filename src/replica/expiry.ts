/**
 * Ends, at the leader, what has outlived its time: it looks at what is due in cluster time, and orders an
 * `Expire` that names what it saw. Whether anything ends is decided where that is applied: what was renewed
 * or written since stays, and so does everything where another leader has taken office.
 */
import { MAX_EXPIRED, type ExpiredKey, type ExpiredLease, type Expire } from '../kv/lease.ts';
import { ALL_DUES, decodeLease, dueOf, isDueKey, leaseKey } from '../kv/lease-records.ts';
import type { Item } from '../kv/item.ts';
import type { Key } from '../kv/key.ts';
import type { KeyRange } from '../kv/prefix.ts';
import { type Ballot, isSame } from '../paxos/ballot.ts';
import { peekClusterTimeMs } from '../paxos/cluster-time.ts';
import type { WriteOptions } from './api.ts';
import type { Loop } from './loop.ts';
import type { Clock } from './ports.ts';

export interface DueStore {
  readonly ballot: Ballot;
  item(key: Key): Item | undefined;
  keys(
    range: KeyRange & { readonly limit: number },
    done: (error: Error | undefined, keys: readonly Key[]) => void,
  ): void;
}

export interface ExpiryOptions {
  readonly loop: Loop;
  readonly store: DueStore;
  readonly clock: Clock;
  readonly write: (expire: Expire, options: WriteOptions, done: () => void) => void;
}

/** After this it looks anew, whatever became of what it ordered. */
const EXPIRE_MS = 5_000;
const AT_ONCE = Number.NEGATIVE_INFINITY;
const NEVER = Number.POSITIVE_INFINITY;

export class Expiry {
  readonly #options: ExpiryOptions;
  /** Nothing is due before, in cluster time. */
  #nextMs = AT_ONCE;
  #isBusy = false;

  constructor(options: ExpiryOptions) {
    this.#options = options;
  }

  /** A key of the system was written. */
  wrote(key: Key): void {
    if (isDueKey(key)) this.#nextMs = Math.min(this.#nextMs, dueOf(key).untilMs);
  }

  /** The state must know of this leader: else it may be another one's by now. */
  tick(nowMs: number): void {
    const { loop, store } = this.#options;
    const { role } = loop.core;
    if (this.#isBusy || role.name !== 'leader' || !isSame(store.ballot, role.ballot)) return;
    if (this.#nextMs > peekClusterTimeMs(loop.core, nowMs)) return;
    this.#isBusy = true;
    this.#nextMs = NEVER;
    store.keys({ ...ALL_DUES, limit: MAX_EXPIRED + 1 }, (error, keys) => {
      if (error === undefined) loop.post(() => this.#expire(keys));
      else loop.fail(error);
    });
  }

  #expire(keys: readonly Key[]): void {
    const { clock, loop, write } = this.#options;
    const { role } = loop.core;
    this.#isBusy = false;
    if (role.name !== 'leader') {
      this.#nextMs = AT_ONCE;
      return;
    }
    const timeMs = peekClusterTimeMs(loop.core, clock.nowMs());
    const due = this.#due(keys.slice(0, MAX_EXPIRED), timeMs);
    const left = keys.map((key) => dueOf(key).untilMs).find((untilMs) => untilMs > timeMs);
    this.#nextMs = Math.min(this.#nextMs, left ?? NEVER);
    if (due.leases.length + due.keys.length === 0) return;
    this.#isBusy = true;
    const expire = { type: 'expire', ballot: role.ballot, ...due } as const;
    write(expire, { deadlineMs: EXPIRE_MS }, () => {
      this.#isBusy = false;
      this.#nextMs = AT_ONCE;
    });
  }

  #due(keys: readonly Key[], timeMs: number): Pick<Expire, 'leases' | 'keys'> {
    const { store } = this.#options;
    const due: { leases: ExpiredLease[]; keys: ExpiredKey[] } = { leases: [], keys: [] };
    for (const key of keys) {
      const one = dueOf(key);
      if (one.untilMs > timeMs) break;
      if (one.type === 'key') {
        const item = store.item(one.key);
        if (item !== undefined) due.keys.push({ key: one.key, revision: item.revision });
      } else {
        const item = store.item(leaseKey(one.lease));
        if (item === undefined) continue;
        due.leases.push({ lease: one.lease, renewals: decodeLease(item.value).renewals });
      }
    }
    return due;
  }
}
