/** One replica without a log or a disk: the real `kv.apply` on a map. It counts what it writes. */
import type {
  Leader,
  LogEntry,
  LogRange,
  LogResult,
  ReadGrant,
  ReadOptions,
  ReplicaApi,
  ReplicaStatus,
  StoreReader,
  BackupOutcome,
  TransferOutcome,
  WriteDone,
  WriteOptions,
  WriteOutcome,
} from '../../src/replica/api.ts';
import { applyCommand } from '../../src/kv/apply-command.ts';
import type { View, Write } from '../../src/kv/apply.ts';
import { encodeBatch } from '../../src/kv/batch.ts';
import type { CommandId } from '../../src/kv/command-id.ts';
import { encodeItem, decodeItem, type Item } from '../../src/kv/item.ts';
import type { Key } from '../../src/kv/key.ts';
import {
  DEFAULT_LEASE_LIMITS,
  type ExpiredKey,
  type ExpiredLease,
  type LeaseLimits,
} from '../../src/kv/lease.ts';
import { ALL_DUES, decodeLease, dueOf, leaseKey } from '../../src/kv/lease-records.ts';
import { DEFAULT_ONCE_LIMITS, type OnceLimits } from '../../src/kv/once.ts';
import { END_OF_KEYS } from '../../src/kv/system-key.ts';
import type { MembershipOrder, OrderOutcome } from '../../src/paxos/orders.ts';
import { EventFeed, type EventReader } from '../../src/replica/event-feed.ts';
import { Onlookers } from '../../src/replica/onlookers.ts';
import { standingOf } from '../../src/replica/status.ts';
import type { WriteTrace } from '../../src/paxos/write-trace.ts';
import { type HeldLock, LockWaits } from '../../src/replica/lock-waits.ts';
import type { WatchOptions } from '../../src/replica/watch-index.ts';
import { type Watch, Watches } from '../../src/replica/watches.ts';
import type { ChangedItem, ChangesDone, ChangesQuery } from '../../src/storage/change-reader.ts';
import type { KeyHistoryDone, KeyHistoryQuery } from '../../src/storage/key-history.ts';
import type { PageDone, PageQuery } from '../../src/storage/page.ts';
import { encodeCommand } from '../../src/kv/command-codec.ts';
import type { ClientCommand, Operation } from '../../src/kv/operation.ts';
import { isInRange, type KeyRange } from '../../src/kv/prefix.ts';

const CHANGED_KEYS = 100;
const MEMBERS = [1, 2, 3];
const BALLOT = { round: 3, leader: 1 };

interface Past {
  readonly revision: number;
  readonly item: Item | undefined;
  readonly isExpired: boolean;
}

/** Every revision of every key is kept, so that a page can be read at any. */
class MemoryStore implements StoreReader {
  revision = 0;
  oldestRevision = 0;
  readonly #items = new Map<Key, Item>();
  readonly #history = new Map<Key, Past[]>();
  #sorted: Key[] | undefined;
  /** While true, readings of changes wait. */
  changesHeld = false;
  readonly #heldChanges: (() => void)[] = [];

  /** In the bench, what is measured is this room alone. */
  constructor(keepsHistory: boolean) {
    this.#keepsHistory = keepsHistory;
  }

  readonly #keepsHistory: boolean;

  item(key: Key): Item | undefined {
    return this.#items.get(key);
  }

  scan(range: KeyRange, limit: number): readonly Key[] {
    return [...this.#items.keys()]
      .filter((key) => isInRange(key, range))
      .toSorted()
      .slice(0, limit);
  }

  write({ isExpired = false, item, key }: Write, revision: number): void {
    if (item === undefined) this.#items.delete(key);
    else this.#items.set(key, item);
    if (!this.#keepsHistory) return;
    const past = this.#history.get(key);
    if (past !== undefined) past.push({ revision, item, isExpired });
    else {
      this.#history.set(key, [{ revision, item, isExpired }]);
      this.#sorted = undefined;
    }
  }

  page(query: PageQuery, done: PageDone): void {
    this.#sorted ??= [...this.#history.keys()].toSorted();
    const entries: { key: Key; item: Item }[] = [];
    let next: Key | undefined;
    for (const key of this.#sorted) {
      if (key < query.start || key >= (query.end ?? END_OF_KEYS)) continue;
      const item = this.#history
        .get(key)
        ?.findLast((past) => past.revision <= query.revision)?.item;
      if (item === undefined) continue;
      if (entries.length === query.limit) {
        next = key;
        break;
      }
      entries.push({ key, item });
    }
    if (query.revision < this.oldestRevision) {
      done(undefined, { type: 'compacted', oldestRevision: this.oldestRevision });
      return;
    }
    done(undefined, { type: 'page', entries, next });
  }

  /** One revision at a time, so that whoever reads has to read on. */
  changes(query: ChangesQuery, done: ChangesDone): void {
    if (this.changesHeld) this.#heldChanges.push(() => this.changes(query, done));
    else this.#changes(query, done);
  }

  releaseChanges(): void {
    this.changesHeld = false;
    for (const read of this.#heldChanges.splice(0)) read();
  }

  #changes({ after, range, withBefore }: ChangesQuery, done: ChangesDone): void {
    if (after < this.oldestRevision) {
      done(undefined, { type: 'compacted', oldestRevision: this.oldestRevision });
      return;
    }
    const upTo = Math.min(this.revision, after + 1);
    const changes: ChangedItem[] = [];
    for (const [key, past] of this.#history) {
      const at = past.findIndex(({ revision }) => revision === upTo);
      if (at === -1 || !isInRange(key, range) || upTo === after) continue;
      const before = withBefore ? past[at - 1]?.item : undefined;
      const { isExpired = false, item } = past[at] ?? { item: undefined };
      changes.push({ revision: upTo, key, item, before, isExpired });
    }
    done(undefined, { type: 'changes', changes, upTo });
  }

  keyHistory({ below, key, limit }: KeyHistoryQuery, done: KeyHistoryDone): void {
    const past = (this.#history.get(key) ?? []).toReversed();
    const kept = past.filter(({ revision }) => revision < below && revision > this.oldestRevision);
    done(undefined, { entries: kept.slice(0, limit), more: kept.length > limit });
  }
}

export class MemoryReplica implements ReplicaApi {
  readonly replicaId = 1;
  readonly store: MemoryStore;
  writes = 0;
  transfers: number[] = [];
  backupOutcome: BackupOutcome = { type: 'notDone', reason: 'noLeader' };
  readonly orders: { readonly order: MembershipOrder; readonly dryRun: boolean }[] = [];
  orderOutcome: OrderOutcome = { type: 'refused', reason: 'replica 4 is a member already' };
  ready = true;
  /** `undefined`: it has just been started, and knows of no cluster yet. */
  clusterId: string | undefined = '0123456789abcdef0123456789abcdef';
  leaderId: number | undefined = 1;
  /** Given instead of what would be done, once for each. */
  readonly plannedWrites: WriteOutcome[] = [];
  readonly plannedGrants: ReadGrant[] = [];
  readonly readOptions: ReadOptions[] = [];
  readonly writeDeadlines: number[] = [];
  warnings: readonly string[] = [];
  /** While true, writes wait for `release`. */
  isHeld = false;
  readonly #held: (() => void)[] = [];
  readonly #entries: LogEntry[] = [];
  oldestSlot = 1;
  /** Told of every write whose story is asked for. */
  trace: WriteTrace | undefined;
  /** Cluster time. */
  timeMs = 0;
  onceLimits: OnceLimits = DEFAULT_ONCE_LIMITS;
  leaseLimits: LeaseLimits = DEFAULT_LEASE_LIMITS;
  readonly #lockWaits = new LockWaits(() => this.store);
  readonly #watches = new Watches({
    store: () => this.store,
    scheduler: { defer: (run) => void setImmediate(run) },
    limits: { watchesPerTurn: 2 },
  });
  readonly onlookers = new Onlookers();
  readonly feed = new EventFeed({
    clock: { nowMs: () => performance.now() },
    scheduler: { defer: (run) => void setImmediate(run) },
    wallMs: () => 1_000,
    onlookers: this.onlookers,
    limits: { untakenEvents: 100, sampledMessagesPerSecond: 100 },
    standing: () => standingOf(this.status()),
  });
  readonly #keepsHistory: boolean;

  constructor(options: { readonly keepsHistory: boolean } = { keepsHistory: true }) {
    this.#keepsHistory = options.keepsHistory;
    this.store = new MemoryStore(options.keepsHistory);
  }

  /** Where the leader's clients reach it; of replica 1, this one, when it leads. */
  leader(): Leader | undefined {
    return this.leaderId === undefined ? undefined : LEADERS[this.leaderId - 1];
  }

  status(): ReplicaStatus {
    const { revision } = this.store;
    const ballot = { round: 3, leader: 1 };
    return {
      replicaId: 1,
      ready: this.ready,
      reasons: this.ready ? [] : ['it has not heard from a leader'],
      warnings: this.warnings,
      role: this.leaderId === 1 ? 'leader' : 'follower',
      ...(this.leaderId === undefined ? {} : { leader: this.leaderId }),
      ballot,
      epoch: 1,
      ...(this.clusterId === undefined ? {} : { clusterId: this.clusterId }),
      chosenUpTo: this.#entries.length,
      appliedUpTo: this.#entries.length,
      revision,
      floor: this.oldestSlot - 1,
      transfers: [],
      members: MEMBERS.map((id) => ({
        id,
        role: 'voter',
        peerUrl: `http://127.0.0.1:${7591 + 10 * id}`,
        clientUrl: LEADERS[id - 1]?.clientUrl ?? '',
        ballot,
        chosenUpTo: this.#entries.length,
        appliedUpTo: this.#entries.length,
        floor: 0,
        lag: 0,
        stateHash: null,
        disk: 'ok',
        version: '0.1.0',
        reachable: true,
      })),
    };
  }

  write(operation: Operation, options: WriteOptions, done: WriteDone): void {
    this.writes += 1;
    this.writeDeadlines.push(options.deadlineMs);
    if (this.writeDeadlines.length > 1000) this.writeDeadlines.length = 0;
    const planned = this.plannedWrites.shift();
    const told = options.trace === true ? this.trace : undefined;
    const run = (): void => done(planned ?? this.#apply(operation, options), told);
    if (this.isHeld) this.#held.push(run);
    else setImmediate(run);
  }

  release(): void {
    this.isHeld = false;
    for (const run of this.#held.splice(0)) run();
  }

  /** What is due in cluster time ends, as where a leader orders it. */
  expire(): void {
    const due = this.store.scan(ALL_DUES, 100).map((key) => dueOf(key));
    const leases: ExpiredLease[] = [];
    const keys: ExpiredKey[] = [];
    for (const one of due) {
      if (one.untilMs > this.timeMs) break;
      const item = this.store.item(one.type === 'key' ? one.key : leaseKey(one.lease));
      if (item === undefined) continue;
      if (one.type === 'key') keys.push({ key: one.key, revision: item.revision });
      else leases.push({ lease: one.lease, renewals: decodeLease(item.value).renewals });
    }
    this.#apply({ type: 'expire', ballot: BALLOT, leases, keys });
  }

  #apply(
    operation: Operation,
    { fence, once }: Pick<WriteOptions, 'fence' | 'once'> = {},
  ): WriteOutcome {
    const { store } = this;
    const view: View = store;
    const slot = this.#entries.length + 1;
    const id = idOf(slot);
    const moment = { id, revision: store.revision, timeMs: this.timeMs, ballot: BALLOT };
    const command = { operation, once, fence };
    const { leaseLimits: leases, onceLimits } = this;
    const limits = { changedKeys: CHANGED_KEYS, once: onceLimits, leases };
    const { writes, answer } = applyCommand(view, command, moment, limits);
    if (writes.length > 0) store.revision += 1;
    for (const { item, ...write } of writes) {
      // As if it had been to the disk: nothing of the request's own memory is kept.
      store.write({ ...write, item: item && decodeItem(encodeItem(item)) }, store.revision);
    }
    if (writes.length > 0) this.#watches.applied();
    this.#lockWaits.applied(undefined);
    if (this.#keepsHistory) this.#entries.push(entryOf(slot, { id, operation, once, fence }));
    return { type: 'applied', slot, answer };
  }

  read(options: ReadOptions, done: (grant: ReadGrant) => void): void {
    this.readOptions.push(options);
    if (this.readOptions.length > 1000) this.readOptions.length = 0;
    const planned = this.plannedGrants.shift();
    setImmediate(() => done(planned ?? this.#grant(options)));
  }

  #grant(options: ReadOptions): ReadGrant {
    const { revision } = this.store;
    if (options.minRevision !== undefined && options.minRevision > revision) {
      return { type: 'refused', reason: 'deadline' };
    }
    const level = options.level === 'lease' ? 'linearizable' : options.level;
    const stalenessMs = level === 'local' ? 11.2 : 0;
    return { type: 'granted', level, readIndex: this.#entries.length, revision, stalenessMs };
  }

  transferLeadership(to: number, done: (outcome: TransferOutcome) => void): void {
    this.transfers.push(to);
    if (to === 3) done({ type: 'refused', reason: 'replica 3 is 12 slots behind' });
    else done({ type: 'transferred', leader: to });
  }

  order(order: MembershipOrder, dryRun: boolean, done: (outcome: OrderOutcome) => void): void {
    this.orders.push({ order, dryRun });
    done(this.orderOutcome);
  }

  backup(_options: object, done: (outcome: BackupOutcome) => void): void {
    done(this.backupOutcome);
  }

  events(): EventReader {
    return this.feed.open();
  }

  awaitLock(name: Key, waiter: CommandId, done: (held: HeldLock) => void): () => void {
    return this.#lockWaits.add(name, waiter, done);
  }

  clusterTimeMs(): number {
    return this.timeMs;
  }

  watch(options: WatchOptions): Watch {
    return this.#watches.open(options);
  }

  logEntries(range: LogRange, done: (result: LogResult) => void): void {
    if (range.from < this.oldestSlot) {
      done({ type: 'compacted', oldestSlot: this.oldestSlot });
      return;
    }
    done({ type: 'entries', entries: this.#entries.slice(range.from - 1, range.to) });
  }
}

const LEADERS: readonly Leader[] = MEMBERS.map((id) => ({
  id,
  clientUrl: `http://127.0.0.1:${7590 + 10 * id}`,
}));

function idOf(slot: number): string {
  return slot.toString(16).padStart(32, '0');
}

function entryOf(slot: number, command: ClientCommand): LogEntry {
  return {
    slot,
    epoch: 1,
    ballot: { round: 3, leader: 1 },
    state: 'applied',
    command: {
      type: 'batch',
      timeMs: 10 * slot,
      bytes: encodeBatch([encodeCommand(command)]),
    },
    acceptedBy: [1, 2],
  };
}
