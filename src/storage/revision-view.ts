/**
 * The state at one slot, with the history that it has then, read by its revision: what is superseded later
 * becomes history, which the store keeps for as long as such a view is open. So nothing is held of the
 * database between two reads.
 *
 * A snapshot of LevelDB would do, but for a mistake of the version that there is for Node (google/leveldb,
 * issue 320): while one is open, merging tables may leave an older value of a key where a `get` finds it
 * before the newer one.
 */
import type { Key } from '../kv/key.ts';
import type { Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import type { Database, Entry } from './database.ts';
import { bytesAfter } from './range-scan.ts';
import { type StateIdentity, type StateMeta, readMeta, writeMeta } from './state-meta.ts';
import {
  checkStateRecord,
  CURRENT,
  currentKey,
  decodeValue,
  END_OF_SYSTEM,
  FIRST_OF_STATE,
  META_KEY,
  placeOf,
  revisionOfList,
} from './state-records.ts';
import type { PartDone, StateView } from './state-view.ts';
import { caught, DamagedStateError, StorageError } from './storage-error.ts';

/** Records that are read in one step. */
const STEP_RECORDS = 1024;
const STEP_BYTES = 1024 * 1024;

export interface RevisionViewParts {
  readonly database: Database;
  readonly identity: StateIdentity;
  /** Of the state that is read. */
  readonly meta: StateMeta;
  /** Its history need not be kept any longer. */
  readonly onClosed: () => void;
}

/** What one reading has gathered. */
interface Part {
  readonly entries: Entry[];
  bytes: number;
  readonly maxBytes: number;
  /** The key whose item at the revision stands in the part, or before it: what follows of it is younger. */
  found: Key | undefined;
}

export class RevisionView implements StateView {
  readonly slot: Slot;
  readonly epoch: Epoch;
  readonly revision: number;
  readonly #parts: RevisionViewParts;
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
    const gte = after === undefined ? FIRST_OF_STATE : bytesAfter(after);
    this.#reads += 1;
    this.#step(gte, { entries: [], bytes: 0, maxBytes, found: undefined }, (error, part) => {
      this.#reads -= 1;
      this.#letGo();
      done(error, part);
    });
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

  #step(gte: Uint8Array, part: Part, done: PartDone): void {
    const range = { gte, lt: END_OF_SYSTEM, limit: STEP_RECORDS, maxBytes: STEP_BYTES };
    this.#parts.database.scan(range, (error, entries, more) => {
      if (error !== undefined) return done(error, NOTHING);
      const isFull = caught(() => entries.some((entry) => !this.#take(entry, part)));
      if (isFull instanceof StorageError) return done(isFull, NOTHING);
      const [last] = entries.at(-1) ?? [];
      if (isFull) done(undefined, { entries: part.entries, more: true });
      else if (more && last !== undefined) this.#step(nextAfter(last, part), part, done);
      else this.#end(part.entries, done);
    });
  }

  /** False: there is no room for it any more. Throws a `DamagedStateError`. */
  #take([recordKey, value]: Entry, part: Part): boolean {
    const { oldestRevision } = this.#parts.meta;
    const listed = revisionOfList(recordKey);
    if (listed !== undefined) {
      checkStateRecord([recordKey, value]);
      const isOfView = listed > oldestRevision && listed <= this.revision;
      return !isOfView || add(part, recordKey, value);
    }
    const { key, supersededAt } = placeOf(recordKey);
    if (supersededAt <= oldestRevision || part.found === key) return true;
    checkStateRecord([recordKey, value]);
    if (supersededAt <= this.revision) return add(part, recordKey, value);
    // The item that the key was at the revision; where it is younger, the key was absent.
    const isThere = decodeValue(value).revision <= this.revision;
    if (isThere && !add(part, currentKey(key), value)) return false;
    part.found = key;
    return true;
  }

  /** The meta record comes last. What the database has of it is checked, as all else is. */
  #end(entries: Entry[], done: PartDone): void {
    const { database, identity, meta } = this.#parts;
    const problem = caught(() => {
      const stored = database.get(META_KEY);
      if (stored === undefined)
        throw new DamagedStateError("the state's meta record", 'it is missing');
      readMeta(identity, stored);
    });
    if (problem instanceof Error) return done(problem, NOTHING);
    const { key, value } = writeMeta(identity, meta);
    if (value !== undefined) entries.push([key, value]);
    done(undefined, { entries, more: false });
  }
}

const NOTHING = { entries: [], more: false };

function add(part: Part, recordKey: Uint8Array, value: Uint8Array): boolean {
  const bytes = part.bytes + recordKey.length + value.length;
  if (bytes > part.maxBytes && part.entries.length > 0) return false;
  part.entries.push([recordKey, value]);
  part.bytes = bytes;
  return true;
}

/** Where the next step begins: what is known to be younger than the view is jumped over. */
function nextAfter(last: Uint8Array, { found }: Part): Uint8Array {
  if (found === undefined || revisionOfList(last) !== undefined) return bytesAfter(last);
  const { key, supersededAt } = placeOf(last);
  const isYounger = key === found && supersededAt !== CURRENT;
  return bytesAfter(isYounger ? currentKey(key) : last);
}
