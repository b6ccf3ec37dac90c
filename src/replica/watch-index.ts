/** Who watches what. */
import type { Key } from '../kv/key.ts';
import type { ChangedItem } from '../storage/change-reader.ts';

/** One key, or all that begin with a prefix. */
export type Watched =
  | { readonly type: 'key'; readonly key: Key }
  | { readonly type: 'prefix'; readonly prefix: Key };

export interface WatchOptions {
  readonly watched: Watched;
  /** What happened at higher revisions is told. */
  readonly after: number;
  readonly withBefore: boolean;
}

interface Indexed {
  readonly options: WatchOptions;
}

/** Those that wait, by what they watch: each change finds those that it is for, however many others there are. */
export class WatchIndex<Watch extends Indexed> {
  readonly #byKey = new Map<Key, Set<Watch>>();
  readonly #byPrefix = new Map<Key, Set<Watch>>();
  /** How many prefixes there are of each length. */
  readonly #lengths = new Map<number, number>();
  readonly #all = new Set<Watch>();
  #wantBefore = 0;

  get size(): number {
    return this.#all.size;
  }

  get wantBefore(): boolean {
    return this.#wantBefore > 0;
  }

  has(watch: Watch): boolean {
    return this.#all.has(watch);
  }

  add(watch: Watch): void {
    this.#all.add(watch);
    if (watch.options.withBefore) this.#wantBefore += 1;
    const { watched } = watch.options;
    if (watched.type === 'key') {
      addTo(this.#byKey, watched.key, watch);
    } else if (addTo(this.#byPrefix, watched.prefix, watch)) {
      const { length } = watched.prefix;
      this.#lengths.set(length, (this.#lengths.get(length) ?? 0) + 1);
    }
  }

  delete(watch: Watch): void {
    if (!this.#all.delete(watch)) return;
    if (watch.options.withBefore) this.#wantBefore -= 1;
    const { watched } = watch.options;
    if (watched.type === 'key') {
      deleteFrom(this.#byKey, watched.key, watch);
    } else if (deleteFrom(this.#byPrefix, watched.prefix, watch)) {
      const { length } = watched.prefix;
      const left = (this.#lengths.get(length) ?? 0) - 1;
      if (left > 0) this.#lengths.set(length, left);
      else this.#lengths.delete(length);
    }
  }

  takeAll(): readonly Watch[] {
    const all = [...this.#all];
    for (const watch of all) this.delete(watch);
    return all;
  }

  /** Those that one of the changes is for, with those that are. */
  take(changes: readonly ChangedItem[]): Map<Watch, ChangedItem[]> {
    const found = new Map<Watch, ChangedItem[]>();
    for (const change of changes) {
      for (const watch of this.#watchers(change.key)) {
        const theirs = found.get(watch);
        if (theirs === undefined) found.set(watch, [change]);
        else theirs.push(change);
      }
    }
    for (const watch of found.keys()) this.delete(watch);
    return found;
  }

  *#watchers(key: Key): Generator<Watch> {
    yield* this.#byKey.get(key) ?? [];
    for (const length of this.#lengths.keys()) {
      if (length <= key.length) yield* this.#byPrefix.get(key.slice(0, length)) ?? [];
    }
  }
}

/** Whether the place is new. */
function addTo<Watch>(places: Map<Key, Set<Watch>>, place: Key, watch: Watch): boolean {
  const there = places.get(place);
  if (there !== undefined) {
    there.add(watch);
    return false;
  }
  places.set(place, new Set([watch]));
  return true;
}

/** Whether the place is empty now. */
function deleteFrom<Watch>(places: Map<Key, Set<Watch>>, place: Key, watch: Watch): boolean {
  const there = places.get(place);
  if (there === undefined || !there.delete(watch) || there.size > 0) return false;
  places.delete(place);
  return true;
}
