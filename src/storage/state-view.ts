/**
 * The state at one slot, as it was when the view was opened. Its records are read in the order of their
 * keys; the last one is the meta record. A replica at work reads by the revision (revision-view.ts); a
 * copy to which nobody writes, by a moment of the database, with all that it holds.
 */
import type { Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import type { Database, DatabaseView, Entry } from './database.ts';
import { bytesAfter } from './range-scan.ts';
import { readMeta, type StateIdentity, type StateMeta } from './state-meta.ts';
import { checkStateRecord, END_OF_STATE, FIRST_OF_STATE, META_KEY } from './state-records.ts';
import { caught, StorageError } from './storage-error.ts';

export interface StatePart {
  readonly entries: readonly Entry[];
  readonly more: boolean;
}

export type PartDone = (error: Error | undefined, part: StatePart) => void;

/** Records in one part, beside its bytes. */
const PART_RECORDS = 4096;

export interface StateView {
  readonly slot: Slot;
  /** Of the slot after it. */
  readonly epoch: Epoch;
  readonly revision: number;
  /**
   * Behind the key `after`; `undefined`: from the first. At least one record, where there is one.
   * The error is a `DamagedStateError` where one is not what was written: whoever sends it on would
   * do so for ever, and never hear why nobody takes it.
   */
  read(after: Uint8Array | undefined, maxBytes: number, done: PartDone): void;
  close(): void;
}

class MomentView implements StateView {
  readonly slot: Slot;
  readonly epoch: Epoch;
  readonly revision: number;
  readonly #view: DatabaseView;

  constructor(view: DatabaseView, { appliedUpTo, membership, revision }: StateMeta) {
    this.#view = view;
    this.slot = appliedUpTo;
    this.epoch = membership?.epoch ?? 1;
    this.revision = revision;
  }

  read(after: Uint8Array | undefined, maxBytes: number, done: PartDone): void {
    const gte = after === undefined ? FIRST_OF_STATE : bytesAfter(after);
    const range = { gte, lt: END_OF_STATE, limit: PART_RECORDS, maxBytes };
    this.#view.scan(range, (error, entries, more) => {
      const [last] = entries.at(-1) ?? [];
      const isLast = last !== undefined && META_KEY.equals(last);
      const records = isLast ? entries.slice(0, -1) : entries;
      const damage = caught(() => records.forEach((entry) => checkStateRecord(entry)));
      const problem = error ?? (damage instanceof StorageError ? damage : undefined);
      done(problem, { entries, more: more && !isLast });
    });
  }

  close(): void {
    this.#view.close();
  }
}

/** `undefined`: nothing was written yet. Throws a `StorageError`. */
export function openStateView(database: Database, identity: StateIdentity): StateView | undefined {
  const view = database.openView();
  const stored = view.get(META_KEY);
  if (stored !== undefined) return new MomentView(view, readMeta(identity, stored));
  view.close();
  return undefined;
}
