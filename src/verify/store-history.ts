/**
 * What happened to a store, as far as anybody knows: what was acknowledged, and what any stream told.
 */
import type { Attempt } from './attempt.ts';
import type { StreamEvent, Watched } from './stream.ts';
import { isWatched } from './stream.ts';
import type { Write, Writes } from './writes.ts';

export interface Change {
  readonly type: StreamEvent['type'];
  readonly key: string;
  readonly revision: number;
  /** Of a put. */
  readonly value: string | undefined;
  readonly version: number | undefined;
  readonly createRevision: number | undefined;
  /** Who told of it first. */
  readonly from: Attempt;
}

export type Told =
  | { readonly type: 'change'; readonly change: Change }
  /** Another one told otherwise before. */
  | { readonly type: 'contradicted'; readonly change: Change }
  /** No write did it. */
  | { readonly type: 'unwritten' };

const NO_CHANGES: readonly Change[] = [];

/** Of one key, deletes of which nobody knows whether they were done. */
interface UnknownDeletes {
  readonly first: Write;
  /** So many of them have not been told of. */
  left: number;
}

export class StoreHistory {
  readonly #writes: Writes;
  readonly #byKey = new Map<string, Map<number, Change>>();
  /** Of writes that were not answered, the revision that was told first. */
  readonly #toldRevisions = new Map<Write, number>();
  readonly #unknownDeletes = new Map<string, UnknownDeletes>();
  readonly #mayExpire = new Set<string>();
  readonly #mayBeRevoked = new Set<string>();
  /** Sorted by revision, of what has been watched; for use when all is told. */
  readonly #sorted = new Map<string, readonly Change[]>();

  constructor(writes: Writes) {
    this.#writes = writes;
    for (const write of writes.all) this.#addWrite(write);
  }

  /** All is to be told before the first `changesOf`. */
  tell(change: Change): Told {
    const write = this.#writes.at(change.revision);
    if (write !== undefined && !beganInTime(write, change.from)) return { type: 'unwritten' };
    const known = this.#byKey.get(change.key)?.get(change.revision);
    if (known === undefined) {
      if (!this.#isExplained(change)) return { type: 'unwritten' };
      this.#set(change);
      return { type: 'change', change };
    }
    if (!agree(known, change)) return { type: 'contradicted', change: known };
    const { version = change.version, createRevision = change.createRevision } = known;
    const merged = { ...known, version, createRevision };
    const isMore = version !== known.version || createRevision !== known.createRevision;
    if (isMore) this.#set(merged);
    return { type: 'change', change: isMore ? merged : known };
  }

  at(key: string, revision: number): Change | undefined {
    return this.#byKey.get(key)?.get(revision);
  }

  /** The last that happened to the key before. */
  before(key: string, revision: number): Change | undefined {
    const changes = this.changesOf({ type: 'key', key });
    return changes[placeIn(changes, revision - 1) - 1];
  }

  /** Without any stream telling of it. */
  mayEndUnseen(key: string): boolean {
    const unknown = this.#unknownDeletes.get(key)?.left ?? 0;
    return unknown > 0 || this.#mayExpire.has(key) || this.#mayBeRevoked.has(key);
  }

  /** Sorted by revision. */
  changesOf(watched: Watched): readonly Change[] {
    const name = watched.type === 'key' ? `=${watched.key}` : `^${watched.prefix}`;
    const known = this.#sorted.get(name);
    if (known !== undefined) return known;
    const keys = watched.type === 'key' ? [watched.key] : [...this.#byKey.keys()];
    const sorted = keys
      .filter((key) => isWatched(watched, key))
      .flatMap((key) => [...(this.#byKey.get(key)?.values() ?? NO_CHANGES)])
      .toSorted((a, b) => a.revision - b.revision);
    this.#sorted.set(name, sorted);
    return sorted;
  }

  #addWrite(write: Write): void {
    const { attempt, outcome, revision, puts, deletes, deleted } = write;
    if (outcome === 'refused') return;
    const known = { revision: revision ?? 0, createRevision: undefined, from: attempt };
    for (const [key, { value, version, mayExpire, mayBeRevoked }] of puts) {
      if (mayExpire) this.#mayExpire.add(key);
      if (mayBeRevoked) this.#mayBeRevoked.add(key);
      if (revision !== undefined) this.#set({ ...known, type: 'put', key, value, version });
    }
    for (const key of revision === undefined ? [] : deleted) {
      this.#set({ ...known, type: 'delete', key, value: undefined, version: undefined });
    }
    for (const key of outcome === 'unknown' ? deletes : []) {
      const others = this.#unknownDeletes.get(key);
      if (others === undefined) this.#unknownDeletes.set(key, { first: write, left: 1 });
      else others.left += 1;
    }
  }

  #set(change: Change): void {
    const { key, revision } = change;
    const ofKey = this.#byKey.get(key) ?? new Map<number, Change>();
    this.#byKey.set(key, ofKey.set(revision, change));
  }

  /** All that an answered write did is known: what is told at its revision besides is none of it. */
  #isExplained(change: Change): boolean {
    const { type, key, revision } = change;
    if (this.#writes.at(revision) !== undefined) return false;
    if (type === 'expire') return this.#mayExpire.has(key);
    return type === 'put' ? this.#isPut(change) : this.#isDeleted(change);
  }

  /** Where one put of a write is seen, all of them were done. */
  #isPut({ key, value, revision, from }: Change): boolean {
    const write = this.#writes.putOf(key, value ?? '');
    if (write?.outcome !== 'unknown' || !beganInTime(write, from)) return false;
    const told = this.#toldRevisions.get(write);
    if (told !== undefined) return told === revision;
    this.#toldRevisions.set(write, revision);
    for (const [other, put] of write.puts) {
      const change = { key: other, revision, value: put.value, version: undefined, from };
      this.#set({ ...change, type: 'put', createRevision: undefined });
    }
    return true;
  }

  /** Each that was not answered accounts for one. */
  #isDeleted({ key, from }: Change): boolean {
    if (this.#mayBeRevoked.has(key)) return true;
    const unknown = this.#unknownDeletes.get(key);
    if (unknown === undefined || unknown.left === 0) return false;
    if (!beganInTime(unknown.first, from)) return false;
    unknown.left -= 1;
    return true;
  }
}

/** How many of them are at or below a revision. */
export function placeIn(changes: readonly Change[], revision: number): number {
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle]?.revision ?? 0) <= revision) low = middle + 1;
    else high = middle;
  }
  return low;
}

function agree(a: Change, b: Change): boolean {
  return a.type === b.type && a.value === b.value && goTogether(a, b);
}

function goTogether(a: Change, b: Change): boolean {
  const { version = a.version, createRevision = a.createRevision } = b;
  return (
    version === (a.version ?? version) && createRevision === (a.createRevision ?? createRevision)
  );
}

function beganInTime(write: Write, from: Attempt): boolean {
  return write.attempt.invoked < (from.ending?.at ?? 0);
}
