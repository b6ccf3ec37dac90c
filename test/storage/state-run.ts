/** A random run of a state store, step by step, against a plain model of it. */
import assert from 'node:assert/strict';
import type { Item } from '../../src/kv/item.ts';
import { MemoryDatabase } from '../../src/storage/memory-database.ts';
import { openStateStore, type StateOptions } from '../../src/storage/state-recovery.ts';
import type { StateStore } from '../../src/storage/state-store.ts';
import type { Page } from '../../src/storage/page.ts';
import { isSystemKey, systemKey } from '../../src/kv/system-key.ts';
import { IDENTITY, textOf } from './records.ts';
import { seededRandom } from './random.ts';

/** Revision, key, and the texts of what it has held since and held before. */
type ModelChange = readonly [number, string, string | undefined, string | undefined];

function inOrder([revision, key]: ModelChange, [other, otherKey]: ModelChange): number {
  return revision - other || (key < otherKey ? -1 : 1);
}

/** Revision, and the text of the item; `undefined`: it was deleted. */
type ModelEntry = readonly [number, string | undefined];

/** The plain model: the whole state after each revision. */
class Model {
  readonly states: ReadonlyMap<string, Item>[] = [new Map()];
  /** The revision after each slot. */
  readonly revisions: number[] = [0];

  get revision(): number {
    return this.states.length - 1;
  }

  get newest(): ReadonlyMap<string, Item> {
    return this.at(this.revision);
  }

  at(revision: number): ReadonlyMap<string, Item> {
    return this.states[revision] ?? new Map();
  }

  page(revision: number, start: string, end: string | undefined, limit: number) {
    const keys = [...this.at(revision).keys()].filter((key) => !isSystemKey(key)).toSorted();
    const range = keys.filter((key) => key >= start && (end === undefined || key < end));
    return {
      entries: range.slice(0, limit).map((key) => [key, textOf(this.at(revision).get(key)?.value)]),
      next: range[limit],
    };
  }

  /** In the order of revisions and keys. */
  changes(after: number, upTo: number, start: string, end: string | undefined): ModelChange[] {
    const changes: ModelChange[] = [];
    for (let revision = after + 1; revision <= upTo; revision += 1) {
      const before = this.at(revision - 1);
      const now = this.at(revision);
      for (const key of new Set([...before.keys(), ...now.keys()])) {
        const isWithin = key >= start && (end === undefined || key < end);
        const [item, old] = [now.get(key), before.get(key)];
        if (isWithin && !isSystemKey(key) && item !== old)
          changes.push([revision, key, textOf(item?.value), textOf(old?.value)]);
      }
    }
    return changes.toSorted(inOrder);
  }

  /** The newest first, without what was superseded up to `oldestRevision`. */
  keyHistory(key: string, upTo: number, oldestRevision: number): readonly ModelEntry[] {
    const entries: ModelEntry[] = [];
    for (let revision = upTo; revision > 0; revision -= 1) {
      const [item, before] = [this.at(revision).get(key), this.at(revision - 1).get(key)];
      if (item !== before) entries.push([revision, textOf(item?.value)]);
      if (revision === oldestRevision) break;
    }
    const last = this.at(oldestRevision).get(key);
    const isListed = last === undefined || entries.some(([revision]) => revision === last.revision);
    if (!isListed) entries.push([last.revision, textOf(last.value)]);
    // What was deleted at the oldest revision is not told of any more.
    return entries.filter(([revision, text]) => text !== undefined || revision > oldestRevision);
  }

  forgetAfter(slot: number): void {
    this.revisions.length = slot + 1;
    this.states.length = (this.revisions[slot] ?? 0) + 1;
  }
}

const ENDS = ['', 'a', 'a\0', 'a\0\x01', 'a\xff', 'aa', 'b', '\0', '\xff'];
const KEYS = [...ENDS.map((end) => `k${end}`), systemKey('k'), systemKey('a\0\x01')];

/**
 * A store on a database whose completions come when the run says so: each is a step of the run,
 * chosen among all that wait.
 */
export class Run {
  readonly model = new Model();
  readonly #random: () => number;
  readonly #waiting: (() => void)[] = [];
  readonly #database = new MemoryDatabase({ schedule: (run) => this.#waiting.push(run) });
  readonly #options: StateOptions;
  readonly #historyMs: number;
  #store: StateStore | undefined;
  pagesRead = 0;
  pagesCompacted = 0;
  changesRead = 0;
  changesCompacted = 0;
  historyRead = 0;
  crashes = 0;

  constructor(seed: number, options: StateOptions & { readonly historyMs: number }) {
    this.#historyMs = options.historyMs;
    this.#random = seededRandom(seed);
    this.#options = options;
    this.#reopen();
  }

  get store(): StateStore {
    if (this.#store === undefined) throw new Error('not open');
    return this.#store;
  }

  step(): void {
    const choice = this.#random();
    if (choice < 0.4) this.#apply();
    else if (choice < 0.5 && !this.store.flushing) this.store.flush(failWith);
    else if (choice < 0.65) this.#page();
    else if (choice < 0.68) this.#keys();
    else if (choice < 0.75) this.#changes();
    else if (choice < 0.8) this.#keyHistory();
    else if (choice < 0.81) this.#crash();
    else this.#complete();
    this.#checkItem();
    this.#checkHistory();
  }

  drain(): void {
    while (this.#waiting.length > 0) this.#complete();
  }

  #complete(): void {
    const [run] = this.#waiting.splice(Math.floor(this.#random() * this.#waiting.length), 1);
    run?.();
  }

  #apply(): void {
    const slot = this.store.appliedUpTo + 1;
    const revisions = [];
    for (let count = Math.floor(this.#random() * 3); count > 0; count -= 1) {
      const revision = this.model.revision + 1;
      const state = new Map(this.model.newest);
      const writes = [];
      for (const key of this.#someKeys()) {
        const item = this.#random() < 0.7 ? this.#item(state.get(key), revision) : undefined;
        if (item === undefined) state.delete(key);
        else state.set(key, item);
        writes.push({ key, item });
      }
      this.model.states.push(state);
      revisions.push({ revision, writes });
    }
    this.model.revisions[slot] = this.model.revision;
    this.store.apply({ slot, timeMs: timeOf(slot), revisions });
  }

  #item(before: Item | undefined, revision: number): Item {
    return {
      value: Buffer.from(`${revision}:${'x'.repeat(Math.floor(this.#random() * 50))}`),
      contentType: 'a/b',
      createRevision: before?.createRevision ?? revision,
      revision,
      version: (before?.version ?? 0) + 1,
    };
  }

  #someKeys(): readonly string[] {
    const chosen = KEYS.filter(() => this.#random() < 0.15);
    return chosen.length > 0 ? chosen : [this.#key()];
  }

  /** Of a range, which is one of clients' keys. */
  #bound(): string {
    return `k${ENDS[Math.floor(this.#random() * ENDS.length)] ?? ''}`;
  }

  #key(): string {
    return KEYS[Math.floor(this.#random() * KEYS.length)] ?? '';
  }

  #page(): void {
    const { revision: newest } = this.model;
    const revision = Math.max(0, newest - Math.floor(this.#random() * 12));
    const start = this.#random() < 0.5 ? '' : this.#bound();
    const end = this.#random() < 0.5 ? undefined : this.#bound();
    const limit = 1 + Math.floor(this.#random() * 6);
    const expected = this.model.page(revision, start, end, limit);
    const query = { start, end, revision, limit, maxBytes: 10_000 };
    this.store.page(query, (error, page) => {
      failWith(error);
      this.#checkPage(page, revision, expected);
    });
  }

  #checkPage(page: Page, revision: number, expected: ReturnType<Model['page']>): void {
    if (page.type === 'page') {
      const entries = page.entries.map(({ key, item }) => [key, textOf(item.value)]);
      assert.deepEqual({ entries, next: page.next }, expected);
      this.pagesRead += 1;
    } else {
      assert.equal(page.type, 'compacted');
      assert.ok(revision < this.store.oldestRevision);
      this.pagesCompacted += 1;
    }
  }

  #changes(): void {
    const revision = this.model.revision;
    const after = Math.max(0, revision + 2 - Math.floor(this.#random() * 14));
    const start = this.#random() < 0.5 ? '' : this.#bound();
    const end = this.#random() < 0.5 ? undefined : this.#bound();
    const withBefore = this.#random() < 0.5;
    const limit = 1 + Math.floor(this.#random() * 6);
    const range = { start, end };
    const was = this.model.changes(after, revision, start, end);
    const maxBytes = this.#random() < 0.5 ? 50 : 10_000;
    this.store.changes({ after, range, withBefore, limit, maxBytes }, (error, found) => {
      failWith(error);
      if (found.type === 'compacted') {
        assert.ok(after < this.store.oldestRevision);
        this.changesCompacted += 1;
        return;
      }
      assert.ok(found.upTo <= Math.max(after, revision));
      assert.ok(found.upTo > after || revision <= after);
      const told = found.changes.map(({ before, item, key, revision }): ModelChange => {
        return [revision, key, textOf(item?.value), textOf(before?.value)];
      });
      const expected = was.filter(([at]) => at <= found.upTo);
      assert.deepEqual(
        told.toSorted(inOrder),
        withBefore ? expected : expected.map(([at, key, item]) => [at, key, item, undefined]),
      );
      assert.deepEqual(
        told.map(([at]) => at),
        told.map(([at]) => at).toSorted((a, b) => a - b),
      );
      this.changesRead += told.length;
    });
  }

  /** Page after page, to the end, while the run goes on. */
  #keyHistory(): void {
    const key = this.#key();
    const upTo = this.model.revision;
    const limit = 1 + Math.floor(this.#random() * 6);
    const everything = this.model.keyHistory(key, upTo, 0);
    const told: ModelEntry[] = [];
    const read = (below: number): void => {
      this.store.keyHistory({ key, below, limit, maxBytes: 10_000 }, (error, { entries, more }) => {
        failWith(error);
        for (const { item, revision } of entries) {
          if (revision <= upTo) told.push([revision, textOf(item?.value)]);
        }
        assert.deepEqual(told, everything.slice(0, told.length));
        assert.ok(entries.length <= limit);
        const last = entries.at(-1)?.revision;
        if (more && last !== undefined) return read(last);
        const { oldestRevision } = this.store;
        if (oldestRevision > upTo) return;
        const kept = this.model.keyHistory(key, upTo, oldestRevision);
        assert.ok(told.length >= kept.length);
        this.historyRead += told.length;
      });
    };
    read(Number.POSITIVE_INFINITY);
  }

  #keys(): void {
    const expected = [...this.model.newest.keys()].filter((key) => !isSystemKey(key)).toSorted();
    const revision = this.model.revision;
    this.store.keys({ start: 'k', end: 'l', limit: 100 }, (error, keys) => {
      failWith(error);
      if (revision >= this.store.oldestRevision) assert.deepEqual(keys, expected);
    });
  }

  #checkItem(): void {
    const key = this.#key();
    const expected = this.model.newest.get(key);
    const { value, ...rest } = this.store.item(key) ?? {};
    assert.equal(textOf(value), textOf(expected?.value));
    if (expected !== undefined) {
      const { createRevision, revision, version } = expected;
      const { contentType } = expected;
      assert.deepEqual(rest, { contentType, createRevision, revision, version });
    }
  }

  /** What was superseded at `oldestRevision` may be deleted: it must be old enough for that. */
  #checkHistory(): void {
    const { oldestRevision, timeMs } = this.store;
    if (oldestRevision === 0) return;
    const slot = this.model.revisions.findIndex((revision) => revision >= oldestRevision);
    assert.ok(timeMs - timeOf(slot) > this.#historyMs, 'deleted too early');
  }

  /** What was not flushed is gone, whole slots of it; a flush under way may be there or not. */
  #crash(): void {
    const { durablyApplied, appliedUpTo } = this.store;
    this.#waiting.length = 0;
    this.#database.crash({ survives: () => this.#random() < 0.5 });
    this.#reopen();
    assert.ok(this.store.appliedUpTo >= durablyApplied);
    assert.ok(this.store.appliedUpTo <= appliedUpTo);
    this.model.forgetAfter(this.store.appliedUpTo);
    assert.equal(this.store.revision, this.model.revision);
    for (const key of KEYS) {
      const expected = textOf(this.model.newest.get(key)?.value);
      assert.equal(textOf(this.store.item(key)?.value), expected);
    }
    this.crashes += 1;
  }

  #reopen(): void {
    openStateStore(this.#database, IDENTITY, this.#options, (error, store) => {
      failWith(error);
      this.#store = store;
    });
    this.drain();
  }
}

function timeOf(slot: number): number {
  return slot * 10;
}

function failWith(error: Error | undefined): void {
  if (error !== undefined) throw error;
}
