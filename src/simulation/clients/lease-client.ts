/**
 * A client that uses leases, locks and keys that live for a time: what it was granted it renews, gives
 * back, or forgets; and now and then it writes under a fence that is not the lock's any more.
 */
import type { Answer } from '../../kv/answer.ts';
import type { CommandId } from '../../kv/command-id.ts';
import type { Fence } from '../../kv/lease.ts';
import type { LifetimeWish } from '../../kv/lifetime.ts';
import type { Operation } from '../../kv/operation.ts';
import type { WriteOutcome } from '../../replica/api.ts';
import type { HeldLock } from '../../replica/lock-waits.ts';
import type { Choices } from '../choices.ts';
import { violate } from '../ghost/invariant.ts';
import type { Probes } from '../probes.ts';
import type { Random } from '../random.ts';
import type { SimulatedReplica } from '../simulated-replica.ts';
import type { VirtualTime } from '../virtual-time.ts';
import type { Calls } from './calls.ts';
import { markedContent } from './content.ts';

export interface LeaseClientOptions {
  readonly number: number;
  readonly replicas: readonly SimulatedReplica[];
  readonly keys: readonly string[];
  readonly thinkMs: number;
  readonly deadlineMs: number;
  /** From which times to live are drawn. */
  readonly ttlsMs: readonly number[];
  readonly random: Random;
  readonly time: VirtualTime;
  readonly choices: Choices;
  readonly calls: Calls;
  readonly probes: Probes;
  /** Who got which fence of which lock, of all clients. */
  readonly holders: Map<string, CommandId>;
}

const KINDS = [
  'grant',
  'grant',
  'renew',
  'renew',
  'renew',
  'revoke',
  'putOnLease',
  'putOnLease',
  'putOnLease',
  'putForTime',
  'putForTime',
  'acquire',
  'acquire',
  'wait',
  'wait',
  'lockRenew',
  'release',
  'release',
  'fencedPut',
  'fencedPut',
] as const;

interface LeaseWish {
  readonly kind: (typeof KINDS)[number];
  readonly at: number;
  readonly key: string;
  readonly name: string;
  readonly ttlMs: number;
  readonly waitMs: number;
  /** From 0 up to 1: which of what it holds, the last one last. */
  readonly which: number;
  readonly bytes: number;
  readonly deadline: number;
  readonly think: number;
}

/** What it remembers. */
const MOST_KNOWN = 4;
const MOST_BYTES = 6;

export class LeaseClient {
  readonly #options: LeaseClientOptions;
  readonly #leases: number[] = [];
  readonly #fences: Fence[] = [];
  #isStopped = false;

  constructor(options: LeaseClientOptions) {
    this.#options = options;
  }

  stop(): void {
    this.#isStopped = true;
  }

  think(): void {
    const { choices, thinkMs, time } = this.#options;
    const wish = this.#draw();
    time.after(wish.think * thinkMs, () => {
      if (this.#isStopped) return;
      const at = this.#replica(wish.at);
      if (at !== undefined && choices.makes('operation')) this.#act(wish, at);
      else this.think();
    });
  }

  /** The same number of draws, whatever it comes to. */
  #draw(): LeaseWish {
    const { keys, random, ttlsMs } = this.#options;
    return {
      kind: random.pick(KINDS),
      at: random.next(),
      key: random.pick(keys),
      name: random.pick(['l1', 'l1', 'l2']),
      ttlMs: random.pick(ttlsMs),
      waitMs: random.pick(ttlsMs),
      which: random.next() ** 0.5,
      bytes: random.between(0, MOST_BYTES),
      deadline: random.next(),
      think: random.next(),
    };
  }

  #replica(share: number): SimulatedReplica | undefined {
    const up = this.#options.replicas.filter(({ isUp }) => isUp);
    return up[Math.floor(share * up.length)];
  }

  #act(wish: LeaseWish, at: SimulatedReplica): void {
    const { calls, deadlineMs, number } = this.#options;
    const fence = this.#fenceOf(wish);
    const make = this.#makerOf(wish, fence);
    if (make === undefined) return this.think();
    const call = {
      client: number,
      at,
      deadlineMs: Math.max(1, Math.round(wish.deadline * deadlineMs)),
    };
    calls.write({ ...call, fence }, make, (outcome) => {
      this.#learn(wish, at, outcome);
      this.think();
    });
  }

  #fenceOf({ kind, which }: LeaseWish): Fence | undefined {
    const isFenced = kind === 'lockRenew' || kind === 'release' || kind === 'fencedPut';
    return isFenced ? this.#fences[Math.floor(which * this.#fences.length)] : undefined;
  }

  /** `undefined`: it holds nothing of that kind. */
  #makerOf(wish: LeaseWish, fence: Fence | undefined): ((number: number) => Operation) | undefined {
    const { kind, name, ttlMs, waitMs, which } = wish;
    const lease = this.#leases[Math.floor(which * this.#leases.length)];
    switch (kind) {
      case 'grant':
        return () => ({ type: 'leaseGrant', ttlMs });
      case 'renew':
        return lease === undefined ? undefined : () => ({ type: 'leaseRenew', lease });
      case 'revoke':
        return lease === undefined ? undefined : () => ({ type: 'leaseRevoke', lease });
      case 'putOnLease':
        return lease === undefined ? undefined : putOf(wish, { type: 'lease', lease });
      case 'putForTime':
        return putOf(wish, { type: 'ttl', ttlMs });
      case 'acquire':
        return () => ({ type: 'lockAcquire', name, ttlMs, waitMs: 0 });
      case 'wait':
        return () => ({ type: 'lockAcquire', name, ttlMs, waitMs });
      case 'lockRenew':
        return fence === undefined ? undefined : () => ({ type: 'lockRenew', name: fence.name });
      case 'release':
        return fence === undefined ? undefined : () => ({ type: 'lockRelease', name: fence.name });
      default:
        return fence === undefined ? undefined : putOf(wish, undefined);
    }
  }

  #learn(wish: LeaseWish, at: SimulatedReplica, outcome: WriteOutcome): void {
    if (outcome.type !== 'applied') return;
    const { answer } = outcome;
    if (answer.type === 'leaseGranted') remember(this.#leases, answer.lease);
    else if (answer.type === 'lockHeld') this.#holds(wish.name, answer);
    else if (answer.type === 'lockQueued') this.#queue(wish, at, answer);
  }

  #holds(name: string, { fence, lease }: Pick<HeldLock, 'fence' | 'lease'>): void {
    remember(this.#fences, { name, fence });
    remember(this.#leases, lease);
  }

  /** Until it gets the lock, or its time is over: then it leaves the queue. */
  #queue(
    { bytes, name, waitMs }: LeaseWish,
    at: SimulatedReplica,
    { waiter }: Extract<Answer, { type: 'lockQueued' }>,
  ): void {
    const { calls, deadlineMs, number, probes, time } = this.#options;
    let hasIt = false;
    const stop = at.host?.awaitLock(name, waiter, (held) => {
      hasIt = true;
      probes.reached('lockAwaited');
      this.#isHolder(name, held, waiter);
      this.#holds(name, held);
    });
    time.after(waitMs, () => {
      stop?.();
      if (hasIt || !at.isUp || this.#isStopped) return;
      const givesBack = bytes % 2 === 0;
      const leave = (): Operation => ({ type: 'lockLeave', name, waiter, givesBack });
      calls.write({ client: number, at, deadlineMs }, leave, (outcome) => {
        if (outcome.type === 'applied' && outcome.answer.type === 'lockHeld') {
          this.#holds(name, outcome.answer);
        }
      });
    });
  }

  #isHolder(name: string, { fence }: HeldLock, waiter: CommandId): void {
    const { holders } = this.#options;
    const place = `${name}=${fence}`;
    const before = holders.get(place);
    holders.set(place, waiter);
    if (before !== undefined && before !== waiter) violate("I24: a fence is one holder's", place);
  }
}

function putOf(
  { bytes, key }: LeaseWish,
  lifetime: LifetimeWish | undefined,
): (number: number) => Operation {
  return (number) => {
    const put = { type: 'put', key, ...markedContent(number, bytes), prev: false } as const;
    return lifetime === undefined ? put : { ...put, lifetime };
  };
}

function remember<Known>(known: Known[], one: Known): void {
  known.push(one);
  if (known.length > MOST_KNOWN) known.shift();
}
