/**
 * The state at one slot, read by its revision: what superseded it since is history, which the store keeps
 * for as long as such a view is open. So nothing is held of the database between two reads.
 *
 * A snapshot of LevelDB would do, but for a mistake of the version that there is for Node (google/leveldb,
 * issue 320): while one is open, merging tables may leave an older value of a key where a `get` finds it
 * before the newer one.
 */
import type { Item } from '../kv/item.ts';
import type { Key } from '../kv/key.ts';
import { keyAfter } from '../kv/prefix.ts';
import type { Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import type { Entry } from './database.ts';
import { type StateIdentity, type StateMeta, readMeta, writeMeta } from './state-meta.ts';
import { type PageSource, readItems } from './state-page.ts';
import { currentKey, META_KEY, placeOf } from './state-records.ts';
import type { PartDone, StateView } from './state-view.ts';
import { caught, DamagedStateError } from './storage-error.ts';

/** Records in one part, beside its bytes. */
const PART_RECORDS = 4096;
const FIRST_EXPECTED = 64;

export interface RevisionViewParts {
  readonly source: () => PageSource;
  readonly identity: StateIdentity;
  /** Of the state that is read. */
  readonly meta: StateMeta;
  /** Its history need not be kept any longer. */
  readonly onClosed: () => void;
}

export class RevisionView implements StateView {
  readonly slot: Slot;
  readonly epoch: Epoch;
  readonly revision: number;
  readonly #parts: RevisionViewParts;
  /** How many records a part has, about. */
  #expected = FIRST_EXPECTED;
  /** Reads under way: they need the history. */
  #reads = 0;
  #state: 'open' | 'closing' | 'closed' = 'open';

  constructor(parts: RevisionViewParts) {
    const { appliedUpTo, membership, revision } = parts.meta;
    this.#parts = parts;
    this.slot = appliedUpTo;
    this.epoch = membership?.epoch ?? 1;
    this.revision = revision;
  }

  read(after: Uint8Array | undefined, maxBytes: number, done: PartDone): void {
    // A peer may ask on behind the end.
    if (after !== undefined && META_KEY.equals(after)) return done(undefined, NOTHING);
    const start = after === undefined ? '' : keyAfter(placeOf(after).key);
    const entries: Entry[] = [];
    let bytes = 0;
    let more = false;
    const take = (key: Key, _: Item, value: Uint8Array): boolean => {
      const recordKey = currentKey(key);
      bytes += recordKey.length + value.length;
      more = entries.length === PART_RECORDS || (bytes > maxBytes && entries.length > 0);
      if (!more) entries.push([recordKey, value]);
      return !more;
    };
    const range = { start, end: undefined, revision: this.revision };
    this.#reads += 1;
    readItems(this.#parts.source, range, this.#expected, take, (error, outcome) => {
      this.#reads -= 1;
      this.#letGo();
      this.#expected = Math.max(1, entries.length);
      if (outcome === 'compacted') done(new Error('history that was kept is gone'), NOTHING);
      else if (error !== undefined) done(error, NOTHING);
      else if (more) done(undefined, { entries, more });
      else this.#end(entries, done);
    });
  }

  /** The meta record comes last. What the database has of it is checked, as all else is. */
  #end(entries: Entry[], done: PartDone): void {
    const { identity, meta, source } = this.#parts;
    const problem = caught(() => {
      const stored = source().database.get(META_KEY);
      if (stored === undefined)
        throw new DamagedStateError("the state's meta record", 'it is missing');
      readMeta(identity, stored);
    });
    if (problem instanceof Error) return done(problem, NOTHING);
    const { key, value } = writeMeta(identity, { ...meta, oldestRevision: meta.revision });
    if (value !== undefined) entries.push([key, value]);
    done(undefined, { entries, more: false });
  }

  /** What is being read is read to its end first. */
  close(): void {
    if (this.#state === 'open') this.#state = 'closing';
    this.#letGo();
  }

  #letGo(): void {
    if (this.#state !== 'closing' || this.#reads > 0) return;
    this.#state = 'closed';
    this.#parts.onClosed();
  }
}

const NOTHING = { entries: [], more: false };
