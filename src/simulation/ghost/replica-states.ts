/**
 * What each replica's store is after each slot: applied in order, only what is chosen, and equal to
 * the model (I11, I12); after a restart it is that of one slot, whole (I13), and the log still holds
 * all that is applied (I18).
 */
import type { Item } from '../../kv/item.ts';
import { isSystemKey } from '../../kv/system-key.ts';
import type { ReplicaId } from '../../paxos/ballot.ts';
import type { Slot } from '../../paxos/command.ts';
import type { AcceptorLog } from '../../storage/acceptor-log.ts';
import type { StateChange, StateStore } from '../../storage/state-store.ts';
import { caught, DamagedRecordError, StorageError } from '../../storage/storage-error.ts';
import type { ChosenLog, SlotResult } from './chosen-log.ts';
import { type ContentHash, EMPTY_HASH, isSameHash, itemHash, minus, plus } from './content-hash.ts';
import { violate } from './invariant.ts';
import { rankOf } from './ranks.ts';
import type { WholeLog } from './whole-log.ts';

/** Slots behind what was looked at before that a restart looks at again. */
const LOOK_BACK_SLOTS = 16;

type HeldLog = Pick<AcceptorLog, 'get' | 'floor'>;

interface Content {
  hash: ContentHash;
  readonly items: Map<string, ContentHash>;
}

interface ReplicaState extends Content {
  /** What the state machine keeps for itself: the same everywhere, whatever it is. */
  readonly system: Content;
  appliedUpTo: Slot;
  /** The log was seen to hold every slot up to here. */
  heldUpTo: Slot;
}

export class ReplicaStates {
  readonly #log: ChosenLog;
  readonly #whole: WholeLog;
  readonly #damagedLogs = new Set<ReplicaId>();
  readonly #states = new Map<ReplicaId, ReplicaState>();
  /** Of the product's own hash of its state: as first seen after a slot. */
  readonly #hashes = new Map<Slot, string>();
  readonly #systemKeys = new Set<string>();
  /** Of what is kept for itself: as first seen after a slot. */
  readonly #systems = new Map<Slot, ContentHash>();
  #highestApplied: Slot = 0;

  constructor(log: ChosenLog, whole: WholeLog) {
    this.#log = log;
    this.#whole = whole;
  }

  /** By anyone, at any time. */
  get highestApplied(): Slot {
    return this.#highestApplied;
  }

  appliedUpTo(id: ReplicaId): Slot {
    return this.#states.get(id)?.appliedUpTo ?? 0;
  }

  /** I13, I18: what a replica starts from. */
  opened(id: ReplicaId, store: StateStore, log: HeldLog): void {
    const { durablyApplied } = store;
    const state: ReplicaState = {
      appliedUpTo: durablyApplied,
      hash: EMPTY_HASH,
      items: new Map(),
      system: { hash: EMPTY_HASH, items: new Map() },
      heldUpTo: Math.min(this.#states.get(id)?.heldUpTo ?? 0, durablyApplied),
    };
    this.#states.set(id, state);
    for (const key of this.#log.model.keys) put(state, key, store.item(key));
    for (const key of this.#systemKeys) put(state.system, key, store.item(key));
    this.#checkSystem(id, durablyApplied, state.system);
    if (!this.#isWhole(store, state.hash)) {
      const isInstalled = store.base > 0 && store.base === durablyApplied;
      const rule = isInstalled
        ? 'I18: a snapshot is the state after its slot'
        : 'I13: a state on disk is that of one slot';
      violate(rule, where(id, durablyApplied));
    }
    this.#checkHash(id, store);
    this.#checkHeld(id, state, log, store.base);
  }

  #checkSystem(id: ReplicaId, slot: Slot, { hash }: Content): void {
    const first = this.#systems.get(slot);
    if (first === undefined) this.#systems.set(slot, hash);
    else if (!isSameHash(first, hash)) violate('I12: one state after each slot', where(id, slot));
  }

  /** I12: the hash that replicas tell each other depends on the content alone. */
  #checkHash(id: ReplicaId, { appliedUpTo, hash }: StateStore): void {
    const first = this.#hashes.get(appliedUpTo);
    if (first === undefined) this.#hashes.set(appliedUpTo, hash);
    else if (first !== hash) violate('I12: one state hash after each slot', where(id, appliedUpTo));
  }

  /** I12: everything that the store shows, at any moment. */
  inspect(id: ReplicaId, store: StateStore): void {
    const state: Content = { hash: EMPTY_HASH, items: new Map() };
    for (const key of this.#log.model.keys) put(state, key, store.item(key));
    if (this.#isWhole(store, state.hash)) return;
    violate('I12: a store shows the state after its slot', where(id, store.appliedUpTo));
  }

  #isWhole(store: StateStore, hash: ContentHash): boolean {
    const result = this.#log.resultOf(store.appliedUpTo);
    return result !== undefined && isAt(store, result) && isSameHash(hash, result.hash);
  }

  /** The world has damaged a record of it. */
  damagesLog(id: ReplicaId): void {
    this.#damagedLogs.add(id);
  }

  hasNewLog(id: ReplicaId): void {
    this.#damagedLogs.delete(id);
  }

  /** The state on disk is ahead of the durable log only where it was installed: else each applied slot
   * above the floor can still be served, but one whose record the world has damaged. */
  #checkHeld(id: ReplicaId, state: ReplicaState, log: HeldLog, base: Slot): void {
    const from = Math.max(1, state.heldUpTo - LOOK_BACK_SLOTS, log.floor + 1, base + 1);
    for (let slot = from; slot <= state.appliedUpTo; slot += 1) {
      const held = caught(() => log.get(slot));
      if (held instanceof DamagedRecordError && this.#damagedLogs.has(id)) continue;
      if (held instanceof StorageError) throw held;
      if (held !== undefined) this.#whole.found(id, held);
      if (held !== undefined && this.#whole.isChosen(slot, held.command)) continue;
      violate('I18: the log holds what is applied', where(id, slot));
    }
    state.heldUpTo = state.appliedUpTo;
  }

  /** I11, I12: before the store takes a slot. */
  applies(id: ReplicaId, change: StateChange): void {
    const { slot, revisions } = change;
    const state = this.#states.get(id);
    if (state === undefined || slot !== state.appliedUpTo + 1) {
      violate('I11: slots are applied in order, once each', where(id, slot));
    }
    const result = this.#log.resultOf(slot);
    if (result === undefined) violate('I11: only what is chosen is applied', where(id, slot));
    state.appliedUpTo = slot;
    this.#highestApplied = Math.max(this.#highestApplied, slot);
    let isSame = revisions.length === result.revisions.length;
    for (const [index, { revision, writes }] of revisions.entries()) {
      isSame &&= revision === result.revisions[index]?.revision;
      for (const { isExpired, key, item } of writes) {
        if (isExpired === true && !this.#log.model.expiredAt(key, revision)) {
          violate('I24: what expires was not renewed', `${key}, ${where(id, slot)}`);
        }
        if (isSystemKey(key)) this.#systemKeys.add(key);
        put(isSystemKey(key) ? state.system : state, key, item);
      }
    }
    this.#checkSystem(id, slot, state.system);
    if (isSame && isSameHash(state.hash, result.hash)) return;
    violate('I12: one state after each slot', where(id, slot));
  }

  /** I12: once it has taken it. */
  applied(id: ReplicaId, store: StateStore): void {
    this.#checkHash(id, store);
    const result = this.#log.resultOf(store.appliedUpTo);
    if (result !== undefined && isAt(store, result)) return;
    violate('I12: one revision, time and ballot after each slot', where(id, store.appliedUpTo));
  }
}

function isAt(store: StateStore, result: SlotResult): boolean {
  return (
    store.appliedUpTo === result.slot &&
    store.revision === result.revision &&
    store.timeMs === result.timeMs &&
    rankOf(store.ballot) === result.ballot &&
    store.epoch.epochFrom === result.epochFrom
  );
}

function where(id: ReplicaId, slot: Slot): string {
  return `slot ${slot} at replica ${id}`;
}

function put(content: Content, key: string, item: Item | undefined): void {
  const before = content.items.get(key);
  if (before !== undefined) content.hash = minus(content.hash, before);
  if (item === undefined) {
    content.items.delete(key);
    return;
  }
  const hash = itemHash(key, item);
  content.items.set(key, hash);
  content.hash = plus(content.hash, hash);
}
