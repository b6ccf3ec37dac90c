/**
 * What one command makes of leases, locks and keys that live for a time, before it is written: records
 * as they were, with what has been changed so far.
 */
import type { View, Write } from './apply.ts';
import type { Key } from './key.ts';
import {
  decodeLease,
  decodeLeaseCounters,
  decodeLock,
  encodeLease,
  encodeLeaseCounters,
  encodeLock,
  heldKey,
  keyDueKey,
  type Lease,
  LEASE_COUNTERS,
  type LeaseCounters,
  leaseDueKey,
  leaseKey,
  type Lock,
  lockKey,
} from './lease-records.ts';
import type { LeaseId, Lifetime } from './lifetime.ts';
import type { Moment } from './moment.ts';
import { systemItem } from './system-item.ts';

const NOTHING = new Uint8Array();
const NO_COUNTERS: LeaseCounters = { leases: 0, last: 0 };

type Items = Pick<View, 'item'>;

export class LeaseDraft {
  readonly view: View;
  readonly moment: Moment;
  readonly #changes = new Map<Key, Uint8Array | undefined>();
  /** Clients' keys that go with what ended. */
  readonly #gone: Write[] = [];

  constructor(view: View, moment: Moment) {
    this.view = view;
    this.moment = moment;
  }

  /** The revision that the command makes, if any. */
  get next(): number {
    return this.moment.revision + 1;
  }

  get writes(): Write[] {
    const writes = [...this.#gone];
    for (const [key, value] of this.#changes) {
      const before = this.view.item(key);
      if (value !== undefined) writes.push({ key, item: systemItem(before, value, this.next) });
      else if (before !== undefined) writes.push({ key, item: undefined });
    }
    return writes;
  }

  get goneKeys(): number {
    return this.#gone.length;
  }

  bytes(key: Key): Uint8Array | undefined {
    return this.#changes.has(key) ? this.#changes.get(key) : this.view.item(key)?.value;
  }

  set(key: Key, value: Uint8Array): void {
    this.#changes.set(key, value);
  }

  delete(key: Key): void {
    this.#changes.set(key, undefined);
  }

  deleteKey(key: Key, isExpired: boolean): void {
    const gone = { key, item: undefined };
    this.#gone.push(isExpired ? { ...gone, isExpired } : gone);
  }

  lease(lease: LeaseId): Lease | undefined {
    const bytes = this.bytes(leaseKey(lease));
    return bytes === undefined ? undefined : decodeLease(bytes);
  }

  setLease(id: LeaseId, lease: Lease): void {
    this.set(leaseKey(id), encodeLease(lease));
  }

  lock(name: Key): Lock | undefined {
    const bytes = this.bytes(lockKey(name));
    return bytes === undefined ? undefined : decodeLock(bytes);
  }

  setLock(name: Key, lock: Lock): void {
    this.set(lockKey(name), encodeLock(lock));
  }

  deleteLock(name: Key): void {
    this.delete(lockKey(name));
  }

  get counters(): LeaseCounters {
    const bytes = this.bytes(LEASE_COUNTERS);
    return bytes === undefined ? NO_COUNTERS : decodeLeaseCounters(bytes);
  }

  /** A new one, without keys. */
  grant(ttlMs: number, lock: Key | undefined): LeaseId {
    const { last, leases } = this.counters;
    const id = last + 1;
    const untilMs = this.after(ttlMs);
    this.set(LEASE_COUNTERS, encodeLeaseCounters({ leases: leases + 1, last: id }));
    this.setLease(id, { ttlMs, untilMs, renewals: 0, keys: 0, lock, ending: undefined });
    this.set(leaseDueKey(untilMs, id), NOTHING);
    return id;
  }

  /** Its record, and when it is due; its keys are gone, or go with it. */
  forget(id: LeaseId, { untilMs }: Lease): void {
    const { last, leases } = this.counters;
    this.set(LEASE_COUNTERS, encodeLeaseCounters({ leases: leases - 1, last }));
    this.delete(leaseKey(id));
    this.delete(leaseDueKey(untilMs, id));
  }

  /** It is due at another time. */
  moveDue(id: LeaseId, fromMs: number, toMs: number): void {
    this.delete(leaseDueKey(fromMs, id));
    this.set(leaseDueKey(toMs, id), NOTHING);
  }

  /** A key has another lifetime now, or none. */
  changeLifetime(key: Key, before: Lifetime | undefined, after: Lifetime | undefined): void {
    if (before?.type === 'until') this.delete(keyDueKey(before.untilMs, key));
    else if (before?.type === 'lease') this.#release(before.lease, key);
    if (after?.type === 'until') this.set(keyDueKey(after.untilMs, key), NOTHING);
    else if (after?.type === 'lease') this.#hold(after.lease, key);
  }

  #hold(id: LeaseId, key: Key): void {
    const lease = this.lease(id);
    if (lease === undefined) throw new Error(`a key of lease ${id}, which is not there`);
    this.setLease(id, { ...lease, keys: lease.keys + 1 });
    this.set(heldKey(id, key), NOTHING);
  }

  #release(id: LeaseId, key: Key): void {
    const lease = this.lease(id);
    if (lease === undefined) throw new Error(`a key of lease ${id}, which is not there`);
    this.setLease(id, { ...lease, keys: lease.keys - 1 });
    this.delete(heldKey(id, key));
  }

  /** So long after now. */
  after(ms: number): number {
    return Math.ceil(this.moment.timeMs + ms);
  }
}

/** The lease, where it is not at an end. */
export function livingLease(view: Items, id: LeaseId): Lease | undefined {
  const item = view.item(leaseKey(id));
  const lease = item === undefined ? undefined : decodeLease(item.value);
  return lease?.ending === undefined ? lease : undefined;
}

export function lockOf(view: Items, name: Key): Lock | undefined {
  const item = view.item(lockKey(name));
  return item === undefined ? undefined : decodeLock(item.value);
}
