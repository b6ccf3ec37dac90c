/**
 * Clients that watch (I23). Each holds a place, goes on from there at any replica after whatever happened to
 * the one before, and is told, exactly once and in order, all that happened behind it to what it
 * watches: what that was, the plain model says. Or it is told that the history is gone, and begins anew.
 */
import { hasPrefix } from '../../kv/prefix.ts';
import type { Host } from '../../replica/host.ts';
import type { Watched } from '../../replica/watch-index.ts';
import type { Told, Watch } from '../../replica/watches.ts';
import type { ChosenLog } from '../ghost/chosen-log.ts';
import { violate } from '../ghost/invariant.ts';
import type { Probes } from '../probes.ts';
import type { Random } from '../random.ts';
import type { SimulatedReplica } from '../simulated-replica.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { isSameItem } from './same-answer.ts';

export interface WatcherOptions {
  readonly number: number;
  readonly replicas: readonly SimulatedReplica[];
  readonly keys: readonly string[];
  readonly thinkMs: number;
  readonly random: Random;
  readonly time: VirtualTime;
  readonly probes: Probes;
  readonly log: ChosenLog;
}

/** How far behind the present a new watch begins, at the most. */
const PAST = 20;
/** A look at whether its replica is still there comes after so many thoughts. */
const LOOK_THOUGHTS = 4;
/** Of looks: that it goes elsewhere all the same. */
const LEAVES = 0.1;

type ToldChanges = Extract<Told, { type: 'changes' }>;

export class Watcher {
  readonly #options: WatcherOptions;
  readonly #watched: Watched;
  readonly #withBefore: boolean;
  /** All that happened up to it was told. */
  #upTo: number | undefined;
  #host: Host | undefined;
  #watch: Watch | undefined;
  #isPulling = false;
  #isPatient = false;

  constructor(options: WatcherOptions) {
    const { keys, random } = options;
    this.#options = options;
    const key = random.pick(keys);
    const prefix = random.pick(['', 'k', key]);
    this.#watched = random.chance(0.3) ? { type: 'key', key } : { type: 'prefix', prefix };
    this.#withBefore = random.chance(0.5);
  }

  /** It never stops: what it is told at the end counts too. */
  start(): void {
    this.#begin();
    this.#lookLater();
  }

  /** It stays where it is, as long as that one serves, and thinks no more. */
  settle(): void {
    this.#isPatient = true;
  }

  /** It knows all that its replica has applied. */
  get isLevel(): boolean {
    const revision = this.#host?.replica?.store.revision;
    return this.#isThere && this.#watch !== undefined && this.#watch.upTo === revision;
  }

  get standing(): string {
    const { number } = this.#options;
    const revision = this.#host?.replica?.store.revision;
    const where = this.#isThere ? `at ${revision}` : 'nowhere';
    return `watcher ${number} knows ${this.#watch?.upTo ?? 'nothing'}, ${where}, ${this.#isPulling ? 'pulls' : 'thinks'}`;
  }

  get #isThere(): boolean {
    return this.#options.replicas.some(({ host }) => host !== undefined && host === this.#host);
  }

  get #isServed(): boolean {
    return this.#host?.status().ready === true;
  }

  #lookLater(): void {
    const { random, thinkMs, time } = this.#options;
    time.after((0.5 + random.next()) * LOOK_THOUGHTS * thinkMs, () => {
      const leaves = random.chance(LEAVES);
      if (!this.#isThere || (this.#isPatient ? !this.#isServed : leaves)) this.#begin();
      this.#lookLater();
    });
  }

  /** At a replica that works; where there is none, with the next look. */
  #begin(): void {
    const { probes, random, replicas } = this.#options;
    this.#watch?.close();
    this.#watch = undefined;
    const working = replicas.filter(({ host }) =>
      this.#isPatient ? host?.status().ready === true : host?.replica !== undefined,
    );
    const host = working.length === 0 ? undefined : random.pick(working).host;
    const store = host?.replica?.store;
    if (this.#upTo !== undefined && this.#host !== undefined) probes.reached('watchResumed');
    this.#host = host;
    if (host === undefined || store === undefined) return;
    const { oldestRevision, revision } = store;
    const past = Math.floor(random.next() * PAST);
    this.#upTo ??= Math.max(oldestRevision, revision - past);
    if (this.#upTo > revision) probes.reached('watchAhead');
    const after = this.#upTo;
    this.#watch = host.watch({ watched: this.#watched, after, withBefore: this.#withBefore });
    this.#pull(this.#watch);
  }

  #pull(watch: Watch): void {
    this.#isPulling = true;
    watch.pull((error, told) => {
      this.#isPulling = false;
      if (this.#watch !== watch) return;
      if (error !== undefined) this.#host = undefined;
      else if (told.type === 'compacted') this.#compacted(told.oldestRevision);
      else this.#take(watch, told);
    });
  }

  #compacted(oldestRevision: number): void {
    const { number, probes } = this.#options;
    const text = `watcher ${number} from ${this.#upTo}, oldest ${oldestRevision}`;
    if ((this.#upTo ?? 0) >= oldestRevision) violate('I23: only old history is gone', text);
    probes.reached('watchCompacted');
    this.#upTo = undefined;
    this.#host = undefined;
  }

  #take(watch: Watch, { changes }: ToldChanges): void {
    const { probes, random, thinkMs, time } = this.#options;
    const { upTo } = watch;
    this.#check(changes, upTo);
    probes.reached('watchTold');
    this.#upTo = upTo;
    const ms = this.#isPatient ? 0 : random.next() * thinkMs;
    time.after(ms, () => {
      if (this.#watch === watch && this.#isThere && !this.#isPulling) this.#pull(watch);
    });
  }

  #check(changes: ToldChanges['changes'], upTo: number): void {
    const { log, number } = this.#options;
    const after = this.#upTo ?? 0;
    const text = `watcher ${number}, ${after} to ${upTo}`;
    const expected = this.#expected(after, upTo);
    let last = 0;
    for (const { before, isExpired, item, key, revision } of changes) {
      const where = `${text}: ${key} at revision ${revision}`;
      if (revision < last) violate('I23: what is told is in order', where);
      last = revision;
      if (!expected.delete(`${revision} ${key}`)) {
        violate('I23: what is told has happened, and is told once', where);
      }
      const isRight =
        isSameItem(item, log.model.itemAt(key, revision)) &&
        isExpired === log.model.expiredAt(key, revision);
      const was = log.model.itemAt(key, revision - 1);
      if (!isRight || (this.#withBefore && !isSameItem(before, was)))
        violate('I23: what is told is what happened', where);
    }
    const [missing] = expected;
    if (missing !== undefined) violate('I23: nothing is left out', `${text}: ${missing}`);
  }

  #expected(after: number, upTo: number): Set<string> {
    const expected = new Set<string>();
    for (const change of this.#options.log.changesAfter(after, upTo)) {
      if (this.#isWatched(change.key)) expected.add(`${change.revision} ${change.key}`);
    }
    return expected;
  }

  #isWatched(key: string): boolean {
    const watched = this.#watched;
    return watched.type === 'key' ? key === watched.key : hasPrefix(key, watched.prefix);
  }
}
