/**
 * What can be read of a state that goes on changing: pages at a revision, the keys of a range, what happened
 * after a revision, and what a key was. A record that is damaged ends the reading, and is told of.
 */
import type { Item } from '../kv/item.ts';
import type { Key } from '../kv/key.ts';
import type { KeyRange } from '../kv/prefix.ts';
import { assert } from '../paxos/assert.ts';
import { type ChangesDone, type ChangesQuery, readChanges } from './change-reader.ts';
import { type KeyHistoryDone, type KeyHistoryQuery, readKeyHistory } from './key-history.ts';
import type { PageDone, PageEntry, PageQuery } from './page.ts';
import { readItems } from './state-page.ts';
import type { StateSource } from './state-source.ts';
import { DamagedStateError } from './storage-error.ts';

export type KeysDone = (error: Error | undefined, keys: readonly Key[]) => void;

export abstract class StateReader {
  /** What was read is damaged. */
  onDamage: (error: DamagedStateError) => void = () => undefined;

  abstract get revision(): number;

  /** The state at this moment. */
  protected abstract source(): StateSource;

  readonly #source = (): StateSource => this.source();

  /** Current keys of the range, in order, as of the call: pending changes included. */
  keys(range: KeyRange & { readonly limit: number }, done: KeysDone): void {
    const { start, end, limit } = range;
    assert(limit > 0, 'a limit of keys is at least 1');
    const keys: Key[] = [];
    const query = { start, end, revision: this.revision };
    const take = (key: Key): boolean => keys.push(key) < limit;
    readItems(this.#source, query, limit, take, (error, outcome) => {
      if (error !== undefined) return done(error, []);
      if (outcome === 'compacted') return this.keys(range, done);
      done(undefined, keys);
    });
  }

  /** As of `query.revision`, whatever is applied, flushed or deleted meanwhile. */
  page(query: PageQuery, done: PageDone): void {
    const { limit, maxBytes, revision } = query;
    const entries: PageEntry[] = [];
    let bytes = 0;
    let next: Key | undefined;
    const ended = (error: Error | undefined, outcome: 'read' | 'compacted'): void => {
      const { oldestRevision } = this.#source();
      if (error instanceof DamagedStateError) this.onDamage(error);
      if (outcome === 'compacted') done(error, { type: 'compacted', oldestRevision });
      else done(error, { type: 'page', entries, next });
    };
    const take = (key: Key, item: Item): boolean => {
      bytes += key.length + item.value.length;
      const hasRoom = entries.length < limit && (bytes <= maxBytes || entries.length === 0);
      if (hasRoom) entries.push({ key, item });
      else next = key;
      return hasRoom;
    };
    if (revision > this.revision) done(undefined, { type: 'ahead', revision: this.revision });
    else readItems(this.#source, query, limit + 1, take, ended);
  }

  /** Where all of it is in memory, `done` is called before this returns. */
  changes(query: ChangesQuery, done: ChangesDone): void {
    readChanges(this.#source, query, (error, changes) => {
      if (error instanceof DamagedStateError) this.onDamage(error);
      done(error, changes);
    });
  }

  /** What the key was, the newest first. */
  keyHistory(query: KeyHistoryQuery, done: KeyHistoryDone): void {
    readKeyHistory(this.#source, query, (error, page) => {
      if (error instanceof DamagedStateError) this.onDamage(error);
      done(error, page);
    });
  }
}
