/**
 * Leases and locks as they are meant, in plain maps: written anew from the API's description, and sharing
 * no code with the product's. Which keys live as long as a lease is seen from the items alone.
 */
import type { KeptAnswer } from '../../kv/answer.ts';
import type { Item } from '../../kv/item.ts';
import type { LeaseLimits, LeaseOperation } from '../../kv/lease.ts';
import type { Lifetime, LifetimeWish } from '../../kv/lifetime.ts';
import { unreachable } from '../../paxos/assert.ts';

interface ModelLease {
  readonly ttlMs: number;
  untilMs: number;
  renewals: number;
  lock: string | undefined;
  why: 'expired' | 'revoked' | undefined;
}

interface ModelWaiter {
  readonly owner: string;
  readonly ttlMs: number;
  readonly untilMs: number;
}

interface ModelLock {
  holder: { readonly owner: string; readonly fence: number; readonly lease: number } | undefined;
  queue: ModelWaiter[];
}

/** Where the log stands as a command is run. */
export interface ModelMoment {
  readonly id: string;
  readonly timeMs: number;
  readonly ballot: { readonly round: number; readonly leader: number };
}

export interface GoneKey {
  readonly key: string;
  readonly isExpired: boolean;
}

export interface LeaseOutcome {
  /** Without its revision. */
  readonly answer: Told;
  readonly hasChanged: boolean;
  readonly gone: readonly GoneKey[];
}

type Told = KeptAnswer extends infer A
  ? A extends KeptAnswer
    ? Omit<A, 'revision'>
    : never
  : never;

type Items = ReadonlyMap<string, Item>;

export class LeaseModel {
  readonly #limits: LeaseLimits;
  readonly #maxKeys: number;
  readonly #leases = new Map<number, ModelLease>();
  readonly #locks = new Map<string, ModelLock>();
  #last = 0;
  #gone: GoneKey[] = [];
  #next = 0;

  constructor(limits: LeaseLimits, maxKeys: number) {
    this.#limits = limits;
    this.#maxKeys = maxKeys;
  }

  /** `'gone'`: the lease is at an end. */
  lifetimeOf(wish: LifetimeWish | undefined, timeMs: number): Lifetime | undefined | 'gone' {
    if (wish === undefined) return undefined;
    if (wish.type === 'ttl') return { type: 'until', untilMs: Math.ceil(timeMs + wish.ttlMs) };
    return this.#living(wish.lease) === undefined ? 'gone' : wish;
  }

  overdue(timeMs: number): string | undefined {
    const found = [...this.#leases].find(([, { untilMs }]) => untilMs <= timeMs);
    return found === undefined ? undefined : `lease ${found[0]}`;
  }

  fenceOf(name: string): number | undefined {
    return this.#locks.get(name)?.holder?.fence;
  }

  ownerOf(name: string): string | undefined {
    return this.#locks.get(name)?.holder?.owner;
  }

  /** `next`: the revision that it makes, if it makes one. */
  apply(operation: LeaseOperation, items: Items, at: ModelMoment, next: number): LeaseOutcome {
    this.#gone = [];
    this.#next = next;
    const [answer, hasChanged] = this.#do(operation, items, at);
    return { answer, hasChanged, gone: this.#gone };
  }

  #do(operation: LeaseOperation, items: Items, at: ModelMoment): readonly [Told, boolean] {
    switch (operation.type) {
      case 'leaseGrant':
        if (this.#leases.size >= this.#limits.leases) return [{ type: 'tooManyLeases' }, false];
        return [
          {
            type: 'leaseGranted',
            lease: this.#grant(operation.ttlMs, at, undefined),
            ttlMs: operation.ttlMs,
          },
          true,
        ];
      case 'leaseRenew':
        return this.#renew(operation.lease, at);
      case 'leaseRevoke':
        return this.#revoke(operation.lease, items, at);
      case 'lockAcquire':
        return this.#acquire(operation, at);
      case 'lockLeave':
        return this.#leave(operation, items, at);
      case 'lockRenew':
        return this.#renew(this.#locks.get(operation.name)?.holder?.lease, at);
      case 'lockRelease':
        return this.#revoke(this.#locks.get(operation.name)?.holder?.lease, items, at);
      case 'expire':
        return this.#expire(operation, items, at);
      default:
        return unreachable(operation);
    }
  }

  #living(id: number | undefined): ModelLease | undefined {
    const lease = id === undefined ? undefined : this.#leases.get(id);
    return lease?.why === undefined ? lease : undefined;
  }

  #grant(ttlMs: number, { timeMs }: ModelMoment, lock: string | undefined): number {
    this.#last += 1;
    const untilMs = Math.ceil(timeMs + ttlMs);
    this.#leases.set(this.#last, { ttlMs, untilMs, renewals: 0, lock, why: undefined });
    return this.#last;
  }

  #renew(id: number | undefined, { timeMs }: ModelMoment): readonly [Told, boolean] {
    const lease = this.#living(id);
    if (id === undefined || lease === undefined) return [{ type: 'leaseGone' }, false];
    lease.untilMs = Math.ceil(timeMs + lease.ttlMs);
    lease.renewals += 1;
    return [{ type: 'leaseRenewed', lease: id, ttlMs: lease.ttlMs }, true];
  }

  #revoke(id: number | undefined, items: Items, at: ModelMoment): readonly [Told, boolean] {
    const lease = this.#living(id);
    if (id === undefined || lease === undefined) return [{ type: 'leaseGone' }, false];
    lease.why = 'revoked';
    const deleted = this.#end(id, lease, items, this.#maxKeys, at);
    return [{ type: 'leaseRevoked', deleted }, true];
  }

  /** At most so many of its keys, in their order; with the last of them it is forgotten. */
  #end(id: number, lease: ModelLease, items: Items, most: number, at: ModelMoment): number {
    const keys = keysOf(id, items).filter((key) => !this.#gone.some((one) => one.key === key));
    const first = keys.slice(0, most);
    for (const key of first) this.#gone.push({ key, isExpired: lease.why === 'expired' });
    if (first.length === keys.length) this.#leases.delete(id);
    else lease.untilMs = Math.min(lease.untilMs, Math.floor(at.timeMs));
    const { lock } = lease;
    lease.lock = undefined;
    if (lock !== undefined) this.#pass(lock, at);
    return first.length;
  }

  #pass(name: string, at: ModelMoment): void {
    const lock = this.#lock(name);
    lock.holder = undefined;
    while (lock.holder === undefined) {
      const waiter = lock.queue.shift();
      if (waiter === undefined) return;
      if (waiter.untilMs > at.timeMs) this.#take(name, waiter, at);
    }
  }

  #take(name: string, { owner, ttlMs }: Pick<ModelWaiter, 'owner' | 'ttlMs'>, at: ModelMoment) {
    this.#lock(name).holder = { owner, fence: this.#next, lease: this.#grant(ttlMs, at, name) };
  }

  #lock(name: string): ModelLock {
    const lock = this.#locks.get(name) ?? { holder: undefined, queue: [] };
    this.#locks.set(name, lock);
    return lock;
  }

  #acquire(
    operation: Extract<LeaseOperation, { type: 'lockAcquire' }>,
    at: ModelMoment,
  ): readonly [Told, boolean] {
    const { name, ttlMs, waitMs } = operation;
    const lock = this.#lock(name);
    if (lock.holder === undefined) {
      if (this.#leases.size >= this.#limits.leases) return [{ type: 'tooManyLeases' }, false];
      this.#take(name, { owner: at.id, ttlMs }, at);
      return [this.#held(name), true];
    }
    if (waitMs === 0) {
      const untilMs = this.#leases.get(lock.holder.lease)?.untilMs ?? 0;
      return [{ type: 'lockBusy', freeInMs: Math.max(0, Math.ceil(untilMs - at.timeMs)) }, false];
    }
    const patient = lock.queue.filter(({ untilMs }) => untilMs > at.timeMs);
    if (patient.length >= this.#limits.waiters) return [{ type: 'tooManyWaiters' }, false];
    lock.queue = [...patient, { owner: at.id, ttlMs, untilMs: Math.ceil(at.timeMs + waitMs) }];
    return [{ type: 'lockQueued', waiter: at.id }, true];
  }

  #held(name: string): Told {
    const holder = this.#locks.get(name)?.holder;
    const lease = holder === undefined ? undefined : this.#leases.get(holder.lease);
    if (holder === undefined || lease === undefined) throw new Error(`nobody holds ${name}`);
    return { type: 'lockHeld', fence: holder.fence, lease: holder.lease, ttlMs: lease.ttlMs };
  }

  #leave(
    operation: Extract<LeaseOperation, { type: 'lockLeave' }>,
    items: Items,
    at: ModelMoment,
  ): readonly [Told, boolean] {
    const { givesBack, name, waiter } = operation;
    const lock = this.#lock(name);
    if (lock.holder?.owner === waiter) {
      if (!givesBack) return [this.#held(name), false];
      this.#revoke(lock.holder.lease, items, at);
      return [{ type: 'lockLeft' }, true];
    }
    const others = lock.queue.filter(({ owner }) => owner !== waiter);
    const hasLeft = others.length < lock.queue.length;
    lock.queue = others;
    return [{ type: 'lockLeft' }, hasLeft];
  }

  #expire(
    operation: Extract<LeaseOperation, { type: 'expire' }>,
    items: Items,
    at: ModelMoment,
  ): readonly [Told, boolean] {
    const { ballot, keys, leases } = operation;
    const isLeaders = ballot.round === at.ballot.round && ballot.leader === at.ballot.leader;
    if (!isLeaders) return [{ type: 'expired', deleted: 0 }, false];
    for (const { key, revision } of keys) {
      const item = items.get(key);
      const isDue = item?.lifetime?.type === 'until' && item.lifetime.untilMs <= at.timeMs;
      const isTold = this.#gone.some((one) => one.key === key);
      if (isDue && !isTold && item.revision === revision) this.#gone.push({ key, isExpired: true });
    }
    let most = this.#maxKeys - keys.length;
    let hasChanged = this.#gone.length > 0;
    for (const { lease: id, renewals } of leases) {
      const lease = this.#leases.get(id);
      if (lease?.renewals !== renewals || lease.untilMs > at.timeMs || most <= 0) continue;
      lease.why ??= 'expired';
      most -= this.#end(id, lease, items, most, at);
      hasChanged = true;
    }
    return [{ type: 'expired', deleted: this.#gone.length }, hasChanged];
  }
}

function keysOf(id: number, items: Items): readonly string[] {
  const keys = [...items].filter(
    ([, { lifetime }]) => lifetime?.type === 'lease' && lifetime.lease === id,
  );
  return keys.map(([key]) => key).toSorted();
}
