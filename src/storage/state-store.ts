/**
 * The key-value state. It is read through layers, the newest first:
 *
 *   pending     what was applied since the last flush began
 *   in flight   what the flush under way is writing
 *   cache       items used last, of bounded size
 *   database    everything, as of `durablyApplied`
 *
 * `apply` changes memory only. `flush` writes what is pending in one synced batch, together with
 * how far the state then is: after a crash the state is that of one prefix of the log, which is
 * applied again from there.
 */
import type { Write } from '../kv/apply.ts';
import type { Item } from '../kv/item.ts';
import type { Key } from '../kv/key.ts';
import { assert } from '../paxos/assert.ts';
import type { Ballot } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { Membership } from '../paxos/membership.ts';
import { type Change, changeListWrite } from './change-list.ts';
import { ContentSum } from './content-sum.ts';
import type { Database, DatabaseWrite } from './database.ts';
import type { History } from './history.ts';
import { ItemCache } from './item-cache.ts';
import { type Held, itemOf, StateLayer } from './state-layer.ts';
import { RevisionView } from './revision-view.ts';
import { EMPTY_META, type StateIdentity, type StateMeta, writeMeta } from './state-meta.ts';
import { StateReader } from './state-reader.ts';
import type { StateSource } from './state-source.ts';
import type { StateView } from './state-view.ts';
import { checkItem, currentKey, META_KEY } from './state-records.ts';

/** What one slot changes. */
export interface StateChange {
  readonly slot: Slot;
  readonly timeMs: number;
  /** Of a `NOOP`. */
  readonly ballot?: Ballot;
  /** Of a stop. */
  readonly membership?: Membership;
  /** One for each command that changed something, each one higher than the one before. */
  readonly revisions: readonly RevisionWrites[];
}

export interface RevisionWrites {
  readonly revision: number;
  readonly writes: readonly Write[];
}

export interface StateLimits {
  readonly cacheBytes: number;
  /** Changes of history that one flush deletes; more where it makes more. */
  readonly historyDeletions: number;
}

export class StateStore extends StateReader {
  readonly #database: Database;
  readonly #identity: StateIdentity;
  readonly #limits: StateLimits;
  readonly #history: History;
  readonly #cache: ItemCache;
  #pending = new StateLayer();
  #inFlight: StateLayer | undefined;
  /** Bytes of history that the flush under way deletes. */
  #freedInFlight = 0;
  readonly #sum: ContentSum;
  #meta: StateMeta;
  /** As it was written last; `undefined`: nothing was. */
  #durable: StateMeta | undefined;
  #state: 'ready' | 'flushing' | 'failed' = 'ready';

  constructor(
    database: Database,
    identity: StateIdentity,
    limits: StateLimits,
    history: History,
    meta: StateMeta,
  ) {
    super();
    this.#database = database;
    this.#identity = identity;
    this.#limits = limits;
    this.#history = history;
    this.#cache = new ItemCache(limits.cacheBytes);
    this.#sum = new ContentSum(meta.contentSum);
    this.#meta = meta;
    this.#durable = meta === EMPTY_META ? undefined : meta;
  }

  get appliedUpTo(): Slot {
    return this.#meta.appliedUpTo;
  }

  /** The `appliedUpTo` that a crash would leave. */
  get durablyApplied(): Slot {
    return this.#durable?.appliedUpTo ?? 0;
  }

  /** The slot at which this state was installed; 0: it was not. */
  get base(): Slot {
    return this.#meta.base;
  }

  override get revision(): number {
    return this.#meta.revision;
  }

  /** Cluster time of the applied slots: the highest stamp among them, so it never goes back. */
  get timeMs(): number {
    return this.#meta.timeMs;
  }

  get ballot(): Ballot {
    return this.#meta.ballot;
  }

  /** Of the slot after `appliedUpTo`. */
  get epoch(): Pick<StateMeta, 'membership' | 'epochFrom'> {
    return this.#meta;
  }

  /** Of the whole applied state: equal on all replicas that have applied the same slots. */
  get hash(): string {
    const { ballot, epochFrom, membership, revision, timeMs } = this.#meta;
    const whole = new ContentSum(this.#sum.hex);
    const said = [revision, timeMs, ballot, membership?.epoch ?? 0, epochFrom];
    whole.add(META_KEY, Buffer.from(JSON.stringify(said)));
    return whole.hex;
  }

  /** The lowest revision that can be read. */
  get oldestRevision(): number {
    return this.#meta.oldestRevision;
  }

  /** About how much memory the next flush will write from. */
  get pendingBytes(): number {
    return this.#pending.bytes;
  }

  get flushing(): boolean {
    return this.#state === 'flushing';
  }

  /** Synchronous. Throws a `DamagedRecordError` rather than give a wrong item. */
  item(key: Key): Item | undefined {
    return itemOf(this.#held(key));
  }

  apply(change: StateChange): void {
    const { slot, timeMs, ballot, membership, revisions } = change;
    assert(slot === this.#meta.appliedUpTo + 1, 'slots are applied in order');
    let { revision } = this.#meta;
    for (const step of revisions) {
      assert(step.revision === revision + 1, 'revisions have no holes');
      revision = step.revision;
      for (const write of step.writes) {
        const { item } = write;
        assert(item === undefined || item.revision === revision, 'an item bears its revision');
        this.#put(write, revision);
      }
    }
    const { base, contentSum, historyBytes, oldestRevision } = this.#meta;
    this.#meta = {
      base,
      historyBytes,
      appliedUpTo: slot,
      revision,
      timeMs: Math.max(timeMs, this.#meta.timeMs),
      ballot: ballot ?? this.#meta.ballot,
      membership: membership ?? this.#meta.membership,
      epochFrom: membership === undefined ? this.#meta.epochFrom : slot + 1,
      oldestRevision,
      contentSum,
    };
  }

  #put(write: Write, revision: number): void {
    const before = this.#held(write.key);
    const { recordKey, value } = this.#pending.put(write, before, revision);
    if (before.value !== undefined) this.#sum.subtract(recordKey, before.value);
    if (value !== undefined) this.#sum.add(recordKey, value);
  }

  /** The state as it is durable now, with its history; `undefined`: none is. It must be closed. */
  openView(): StateView | undefined {
    const durable = this.#durable;
    if (durable === undefined) return undefined;
    // What the flush under way deletes is not in it any more.
    const { oldestRevision } = this.#meta;
    const historyBytes = durable.historyBytes - this.#freedInFlight;
    const meta = { ...durable, oldestRevision, historyBytes };
    const onClosed = this.#history.keepAbove(oldestRevision);
    return new RevisionView({ database: this.#database, identity: this.#identity, meta, onClosed });
  }

  /** One at a time. After an error, nothing may follow. */
  flush(done: (error: Error | undefined) => void): void {
    assert(this.#state === 'ready', `a flush while the state is ${this.#state}`);
    this.#state = 'flushing';
    const layer = this.#pending;
    this.#pending = new StateLayer();
    this.#inFlight = layer;
    const writes = this.#flushWrites(layer);
    const meta = this.#meta;
    this.#database.write(writes, { sync: true }, (error) => {
      if (error !== undefined) {
        this.#state = 'failed';
        return done(error);
      }
      this.#endFlush(layer, meta, done);
    });
  }

  protected override source(): StateSource {
    return {
      database: this.#database,
      oldestRevision: this.#meta.oldestRevision,
      revision: this.#meta.revision,
      flushed: this.#durable?.revision ?? 0,
      layers: this.#inFlight === undefined ? [this.#pending] : [this.#inFlight, this.#pending],
    };
  }

  #held(key: Key): Held {
    return (
      this.#pending.get(key) ?? this.#inFlight?.get(key) ?? this.#cache.get(key) ?? this.#read(key)
    );
  }

  #read(key: Key): Held {
    const recordKey = currentKey(key);
    const value = this.#database.get(recordKey);
    if (value !== undefined) checkItem(recordKey, key, value);
    this.#cache.put(key, value);
    return { value, item: undefined };
  }

  /** `oldestRevision` rises here, before the deletions may be seen by any scan. */
  #flushWrites(layer: StateLayer): readonly DatabaseWrite[] {
    const { revision, timeMs } = this.#meta;
    const { changes } = layer;
    const writes: DatabaseWrite[] = [];
    layer.addWrites(writes);
    if (changes.length > 0) {
      writes.push(changeListWrite(revision, { timeMs, changes }));
      this.#history.hasMore();
    }
    const historyBytes = this.#meta.historyBytes + supersededBytes(changes);
    const max = Math.max(this.#limits.historyDeletions, 2 * changes.length);
    const due = this.#history.takeDue({ timeMs, revision, historyBytes }, max);
    for (const write of due.writes) writes.push(write);
    this.#freedInFlight = due.bytes;
    this.#meta = {
      ...this.#meta,
      oldestRevision: due.oldestRevision,
      historyBytes: historyBytes - due.bytes,
      contentSum: this.#sum.hex,
    };
    writes.push(writeMeta(this.#identity, this.#meta));
    return writes;
  }

  #endFlush(layer: StateLayer, meta: StateMeta, done: (error: Error | undefined) => void): void {
    for (const [key, { value }] of layer.current()) this.#cache.put(key, value);
    this.#inFlight = undefined;
    this.#freedInFlight = 0;
    this.#durable = meta;
    this.#history.load((error) => {
      this.#state = error === undefined ? 'ready' : 'failed';
      done(error);
    });
  }
}

function supersededBytes(changes: readonly Change[]): number {
  let bytes = 0;
  for (const { superseded = 0 } of changes) bytes += superseded;
  return bytes;
}
