/** One client: it thinks, asks one thing of one replica, and sees what comes of it. */
import type { Answer } from '../../kv/answer.ts';
import { HASH_BYTES, type Once } from '../../kv/once.ts';
import type { Condition, Operation } from '../../kv/operation.ts';
import type { WriteOutcome } from '../../replica/api.ts';
import type { Choices } from '../choices.ts';
import { Random } from '../random.ts';
import type { SimulatedReplica } from '../simulated-replica.ts';
import type { VirtualTime } from '../virtual-time.ts';
import type { Call, Calls, Seen } from './calls.ts';
import { markedContent } from './content.ts';
import { drawTransaction } from './transactions.ts';
import type { LeaseLevel } from './lease-level.ts';
import { type ClientNature, drawNature, drawWish, type Wish } from './wishes.ts';
import { markedRevision } from './writes.ts';

export interface ClientOptions {
  readonly number: number;
  readonly replicas: readonly SimulatedReplica[];
  readonly keys: readonly string[];
  readonly thinkMs: number;
  readonly deadlineMs: number;
  readonly random: Random;
  readonly time: VirtualTime;
  readonly choices: Choices;
  readonly calls: Calls;
  readonly leases: LeaseLevel;
}

/** Of keys and values in one page. */
const PAGE_BYTES = 200;
const MANY = 1_000;
/** So that some numbers go down. */
const SUBTRACTED = 3;

export class Client {
  readonly #options: ClientOptions;
  readonly #nature: ClientNature;
  /** Of each key, the revision that this client last saw. */
  readonly #lastSeen = new Map<string, number>();
  #revision = 0;
  #onces = 0;
  #isStopped = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#nature = drawNature(options.random, options.replicas.length);
  }

  stop(): void {
    this.#isStopped = true;
  }

  think(): void {
    const { choices, keys, random, thinkMs, time } = this.#options;
    const wish = drawWish(random, this.#nature, keys.length);
    time.after(wish.think * thinkMs, () => {
      if (this.#isStopped) return;
      if (choices.makes('operation')) this.#act(wish);
      else this.think();
    });
  }

  #act(wish: Wish): void {
    const at = this.#replica(wish.at);
    if (at === undefined) this.think();
    else if (wish.kind === 'read' || wish.kind === 'localRead') this.#read(wish, at);
    else this.#write(wish, at);
  }

  #replica(share: number): SimulatedReplica | undefined {
    const { replicas } = this.#options;
    const { home } = this.#nature;
    const up = replicas.filter((replica, index) => replica.isUp && (home ?? index) === index);
    return up[Math.floor(share * up.length)];
  }

  #write(wish: Wish, at: SimulatedReplica): void {
    const { calls, time } = this.#options;
    let isOver = false;
    const once = this.#onceOf(wish);
    const call = { ...this.#callOf(wish, at), once };
    const giveUp = calls.write(call, this.#maker(wish), (outcome) => {
      isOver = true;
      this.#learn(outcome);
      if (outcome.type !== 'applied' && wish.isRetried) this.#retry(wish, once);
      else this.think();
    });
    if (!wish.isAbandoned) return;
    time.after(wish.abandonMs, () => {
      if (isOver) return;
      giveUp();
      this.think();
    });
  }

  /** Now and then a request comes again that was answered long ago, and now and then it is another one. */
  #onceOf({ isRetried, seed }: Wish): Once | undefined {
    if (!isRetried || seed % 2 === 1) return undefined;
    const { number } = this.#options;
    this.#onces += seed % 8 === 0 && this.#onces > 0 ? 0 : 1;
    const key = `c${number}-${this.#onces}`;
    const isOther = seed % 32 === 0;
    return { key, hash: new Uint8Array(HASH_BYTES).fill(isOther ? 1 : 0) };
  }

  /** The same wish at any replica, as a new command: the first one may still happen. */
  #retry(wish: Wish, once: Once | undefined): void {
    const { calls } = this.#options;
    const at = this.#replica(wish.elsewhere);
    if (at === undefined || this.#isStopped) {
      this.think();
      return;
    }
    calls.write({ ...this.#callOf(wish, at), once }, this.#maker(wish), (outcome) => {
      this.#learn(outcome);
      this.think();
    });
  }

  #callOf(wish: Wish, at: SimulatedReplica): Call {
    const { deadlineMs, number } = this.#options;
    return { client: number, at, deadlineMs: Math.max(1, Math.round(wish.deadline * deadlineMs)) };
  }

  #maker(wish: Wish): (number: number) => Operation {
    const key = this.#keyOf(wish);
    const { prev, bytes } = wish;
    return (number) => {
      if (wish.kind === 'deleteRange') return { type: 'deleteRange', prefix: rangeOf(wish, key) };
      if (wish.kind === 'transaction') return this.#transaction(wish, number);
      const condition = this.#condition(wish, key);
      const marked = markedCondition(condition, number);
      if (wish.kind === 'delete') return { type: 'delete', key, prev, condition: marked };
      if (wish.kind === 'increment') {
        return { type: 'increment', key, by: bytes - SUBTRACTED, condition: marked };
      }
      const put = { type: 'put', key, ...markedContent(number, bytes, wish.isNumber) } as const;
      return wish.guard === 'none' ? { ...put, prev } : { ...put, prev, condition };
    };
  }

  #transaction({ seed }: Wish, number: number): Operation {
    const { keys } = this.#options;
    const seen = (key: string): number => this.#lastSeen.get(key) ?? 1;
    return drawTransaction(new Random(seed), { number, keys, seen });
  }

  #keyOf(wish: Wish): string {
    const { keys } = this.#options;
    return keys[wish.key - 1] ?? 'k1';
  }

  #condition({ guard, revision }: Wish, key: string): Condition {
    const seen = this.#lastSeen.get(key) ?? 1;
    switch (guard) {
      case 'exists':
        return { ifMatch: '*' };
      case 'absent':
        return { ifNoneMatch: '*' };
      case 'lastSeen':
        return { ifMatch: [seen] };
      case 'notLastSeen':
        return { ifNoneMatch: [seen] };
      case 'anyRevision':
        return { ifMatch: [1 + Math.floor(revision * (this.#revision + 1))] };
      default:
        return {};
    }
  }

  #learn(outcome: WriteOutcome): void {
    if (outcome.type === 'applied') this.#learnAnswer(outcome.answer);
  }

  #learnAnswer(answer: Answer): void {
    this.#revision = Math.max(this.#revision, answer.revision);
    if (answer.type === 'put' || answer.type === 'incremented') {
      this.#lastSeen.set(answer.key, answer.revision);
    }
  }

  #read(wish: Wish, at: SimulatedReplica): void {
    const { calls, leases } = this.#options;
    const key = this.#keyOf(wish);
    const level = wish.kind === 'localRead' ? 'local' : leases.level();
    const least = { none: 0, seen: this.#revision, next: this.#revision + 1 };
    const minRevision = least[wish.minRevision];
    calls.read({ ...this.#callOf(wish, at), level, key, minRevision }, (seen) => {
      if (seen !== undefined) {
        this.#revision = Math.max(this.#revision, seen.revision);
        if (seen.item !== undefined) this.#lastSeen.set(key, seen.item.revision);
        this.#look(wish, at, seen);
      }
      this.think();
    });
  }

  #look(wish: Wish, at: SimulatedReplica, seen: Seen): void {
    if (wish.page === 'none') return;
    const { calls } = this.#options;
    const { revision } = seen;
    const isPart = wish.page === 'part';
    const query = {
      start: isPart ? this.#keyOf(wish) : '',
      end: isPart ? 'k9' : undefined,
      revision: wish.page === 'old' ? Math.floor(wish.revision * (revision + 1)) : revision,
      limit: isPart ? 2 : MANY,
      maxBytes: isPart ? PAGE_BYTES : MANY * PAGE_BYTES,
    };
    calls.page(at, seen, query);
  }
}

/** It is met as before, and tells the write from all others. */
function markedCondition({ ifMatch, ifNoneMatch }: Condition, number: number): Condition {
  const others = typeof ifNoneMatch === 'object' ? ifNoneMatch : [];
  const guard = ifMatch === undefined ? {} : { ifMatch };
  return { ...guard, ifNoneMatch: [...others, markedRevision(number)] };
}

/** All keys, or those that begin like this one. */
function rangeOf({ revision }: Wish, key: string): string {
  return revision < 0.5 ? 'k' : key;
}
