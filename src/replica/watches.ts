/**
 * Who watches is told of what happened after a revision, in order, each change once, and all changes of one
 * revision together. A watch is pulled: it is told something, or that it has fallen out of the history,
 * and then nothing more before it asks again. So one whose reader is slow holds nothing in memory:
 * it reads on from the state's history when it asks.
 *
 * Those that have been told everything wait in an index of the keys and prefixes that they watch. What is
 * applied is read once for all of them, and each is found by the keys that changed.
 */
import { keyAfter, type KeyRange, rangeOfPrefix } from '../kv/prefix.ts';
import type { Changes, ChangesDone, ChangesQuery, ChangedItem } from '../storage/change-reader.ts';
import type { Scheduler } from './ports.ts';
import { WatchIndex, type WatchOptions } from './watch-index.ts';

export interface WatchedStore {
  readonly revision: number;
  changes(query: ChangesQuery, done: ChangesDone): void;
}

/** What a pull ends with. After `compacted`, and after an error, nothing may follow. */
export type Told =
  | { readonly type: 'changes'; readonly changes: readonly ChangedItem[] }
  | { readonly type: 'compacted'; readonly oldestRevision: number };

export type ToldDone = (error: Error | undefined, told: Told) => void;

export interface Watch {
  /** All that happened up to it is told. It rises while a pull waits, too. */
  readonly upTo: number;
  /** One at a time. `done` is called once, later; not at all after `close`. */
  pull(done: ToldDone): void;
  close(): void;
}

export interface WatchesOptions {
  readonly store: () => WatchedStore;
  readonly scheduler: Pick<Scheduler, 'defer'>;
  readonly limits: { readonly watchesPerTurn: number };
}

/** Of one reading, but for the rest of the last revision. */
const CHANGES = 256;
const CHANGED_BYTES = 1024 * 1024;
const NO_CHANGES: Told = { type: 'changes', changes: [] };
const EVERYTHING: KeyRange = rangeOfPrefix('');

export class Watches {
  readonly #options: WatchesOptions;
  readonly #waiting = new WatchIndex<Pulled>();
  /** Those that know more than the state, or than those that wait: for more to be applied. */
  #ahead: Pulled[] = [];
  /** What happened up to it is told to all that wait. */
  #upTo = 0;
  #isReading = false;
  #isDeferred = false;

  constructor(options: WatchesOptions) {
    this.#options = options;
  }

  open(options: WatchOptions): Watch {
    return new Pulled(this, options);
  }

  /** The state has changed, or is another one. Those that wait are told in a later turn. */
  applied(): void {
    const hasAny = this.#waiting.size > 0 || this.#ahead.length > 0;
    if (this.#isDeferred || !hasAny) return;
    this.#isDeferred = true;
    this.#options.scheduler.defer(() => {
      this.#isDeferred = false;
      this.#tellOn();
      for (const watch of this.#ahead.splice(0)) watch.goOn();
    });
  }

  /** Whether it waits now: it knows all that those know who wait. */
  wait(watch: Pulled): boolean {
    // What is being read was begun for those that wait already.
    if (this.#isReading) return false;
    if (this.#waiting.size === 0) this.#upTo = this.#options.store().revision;
    if (watch.upTo !== this.#upTo) return false;
    this.#waiting.add(watch);
    return true;
  }

  waitForMore(watch: Pulled): void {
    this.#ahead.push(watch);
  }

  leave(watch: Pulled): void {
    this.#waiting.delete(watch);
  }

  isWaiting(watch: Pulled): boolean {
    return this.#waiting.has(watch);
  }

  /** All that those who wait are told of. */
  get upTo(): number {
    return this.#upTo;
  }

  read(query: Pick<ChangesQuery, 'after' | 'range' | 'withBefore'>, done: ChangesDone): void {
    const bounds = { limit: CHANGES, maxBytes: CHANGED_BYTES };
    this.#options.store().changes({ ...query, ...bounds }, done);
  }

  defer(run: () => void): void {
    this.#options.scheduler.defer(run);
  }

  #tellOn(): void {
    const { revision } = this.#options.store();
    if (this.#isReading || this.#waiting.size === 0 || revision <= this.#upTo) return;
    this.#isReading = true;
    const query = { after: this.#upTo, range: EVERYTHING, withBefore: this.#waiting.wantBefore };
    this.read(query, (error, changes) => {
      const telling = this.#telling(error, changes);
      this.#tellSome(telling);
    });
  }

  /** One after the other is told, each when it is asked for the next. */
  *#telling(error: Error | undefined, changes: Changes): Generator<void> {
    if (error !== undefined || changes.type === 'compacted') {
      const told = changes.type === 'compacted' ? changes : NO_CHANGES;
      const upTo = this.#upTo;
      for (const watch of this.#waiting.takeAll()) yield watch.tell(error, told, upTo);
      return;
    }
    this.#upTo = changes.upTo;
    for (const [watch, theirs] of this.#waiting.take(changes.changes)) {
      yield watch.tell(undefined, { type: 'changes', changes: theirs }, changes.upTo);
    }
  }

  /** Ten thousand at once would hold up the heartbeats. */
  #tellSome(telling: Generator<void>): void {
    for (let left = this.#options.limits.watchesPerTurn; left > 0; left -= 1) {
      if (telling.next().done !== true) continue;
      this.#isReading = false;
      return this.applied();
    }
    this.#options.scheduler.defer(() => this.#tellSome(telling));
  }
}

class Pulled implements Watch {
  readonly options: WatchOptions;
  readonly #watches: Watches;
  readonly #range: KeyRange;
  #upTo: number;
  #done: ToldDone | undefined;
  #isClosed = false;

  constructor(watches: Watches, options: WatchOptions) {
    const { watched } = options;
    this.options = options;
    this.#watches = watches;
    this.#upTo = options.after;
    this.#range =
      watched.type === 'prefix'
        ? rangeOfPrefix(watched.prefix)
        : { start: watched.key, end: keyAfter(watched.key) };
  }

  get upTo(): number {
    return this.#watches.isWaiting(this) ? this.#watches.upTo : this.#upTo;
  }

  pull(done: ToldDone): void {
    if (this.#done !== undefined) throw new Error('a watch is pulled twice');
    this.#done = done;
    this.#watches.defer(() => this.goOn());
  }

  close(): void {
    this.#isClosed = true;
    this.#watches.leave(this);
  }

  tell(error: Error | undefined, told: Told, upTo: number): void {
    this.#upTo = upTo;
    const done = this.#done;
    this.#done = undefined;
    if (!this.#isClosed) done?.(error, told);
  }

  /** From history, up to where those are that wait. */
  goOn(): void {
    if (this.#isClosed || this.#watches.wait(this)) return;
    const { withBefore } = this.options;
    const after = this.#upTo;
    this.#watches.read({ after, range: this.#range, withBefore }, (error, changes) => {
      if (this.#isClosed) return;
      if (error !== undefined) return this.tell(error, NO_CHANGES, after);
      if (changes.type === 'compacted') return this.tell(undefined, changes, after);
      if (changes.changes.length > 0) return this.tell(undefined, changes, changes.upTo);
      this.#upTo = changes.upTo;
      if (changes.upTo > after) this.#watches.defer(() => this.goOn());
      else this.#watches.waitForMore(this);
    });
  }
}
