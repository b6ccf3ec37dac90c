/** What the ghost holds against the stores: the model, one state after each slot, whole on disk. */
import { DEFAULT_LEASE_LIMITS } from '../../../src/kv/lease.ts';
import { DEFAULT_ONCE_LIMITS } from '../../../src/kv/once.ts';
import { describe, expect, test } from 'vitest';
import type { Operation } from '../../../src/kv/operation.ts';
import type { AcceptorLog } from '../../../src/storage/acceptor-log.ts';
import { MemoryDatabase } from '../../../src/storage/memory-database.ts';
import { openStateStore } from '../../../src/storage/state-recovery.ts';
import type { StateChange, StateStore } from '../../../src/storage/state-store.ts';
import { ChosenLog } from '../../../src/simulation/ghost/chosen-log.ts';
import { Proposals } from '../../../src/simulation/ghost/proposals.ts';
import { ReplicaStates } from '../../../src/simulation/ghost/replica-states.ts';
import { StoreModel } from '../../../src/simulation/ghost/store-model.ts';
import { Probes } from '../../../src/simulation/probes.ts';
import { batchOf, choose, FIRST, proposalOf, putOf, violated } from './forbidden.ts';

const LIMITS = { changedKeys: 2, once: DEFAULT_ONCE_LIMITS, leases: DEFAULT_LEASE_LIMITS };

const IDENTITY = { clusterId: 'c', replicaId: 1, incarnation: 'i' };

/** Everything takes place within the call. */
class Disk {
  readonly database = new MemoryDatabase({
    schedule: (complete) => void this.#queue.push(complete),
  });
  readonly #queue: (() => void)[] = [];

  open(): StateStore {
    let opened: StateStore | undefined;
    openStateStore(this.database, IDENTITY, {}, (_, store) => {
      opened = store;
    });
    this.settle();
    if (opened === undefined) throw new Error('the store did not open');
    return opened;
  }

  settle(): void {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) next();
  }
}

/** Slots with one put each are chosen; the log of every replica holds them. */
class Story {
  readonly proposals = new Proposals();
  readonly log = new ChosenLog(this.proposals.chosen, LIMITS, new Probes());
  readonly states = new ReplicaStates(this.log, this.proposals);
  readonly held = new Map<number, ReturnType<typeof proposalOf>>();

  choose(slot: number, ...operations: readonly Operation[]): void {
    const proposal = proposalOf(slot, FIRST, batchOf(...operations));
    choose(this.proposals, proposal);
    this.held.set(slot, proposal);
  }

  /** What the slot changes, as the model says. */
  changeOf(slot: number): StateChange {
    const result = this.log.resultOf(slot);
    if (result === undefined) throw new Error(`slot ${slot} is not chosen`);
    const { revisions, timeMs } = result;
    return { slot, timeMs, revisions };
  }

  open(store: StateStore): void {
    const log: Pick<AcceptorLog, 'get' | 'floor'> = {
      floor: 0,
      get: (slot) => this.held.get(slot),
    };
    this.states.opened(1, store, log);
  }

  /** As the ghost sees it: before and after. */
  apply(store: StateStore, change: StateChange): void {
    this.states.applies(1, change);
    store.apply(change);
    this.states.applied(1, store);
  }
}

function twoSlots(): { story: Story; disk: Disk; store: StateStore } {
  const story = new Story();
  story.choose(1, putOf('k1', 'a'));
  story.choose(2, putOf('k1', 'b'), putOf('k2', 'c'));
  const disk = new Disk();
  const store = disk.open();
  story.open(store);
  return { story, disk, store };
}

const AT = { id: '0'.repeat(32), timeMs: 0, ballot: FIRST };

function model(...operations: readonly Operation[]) {
  const store = new StoreModel(2);
  return operations.map((operation) => store.apply(operation, AT).answer).at(-1);
}

describe('the model of the store', () => {
  test('puts, with conditions on what is there', () => {
    expect(model(putOf('k', 'a'), putOf('k', 'b'))).toMatchObject({ version: 2, created: false });
    const guarded = { ...putOf('k', 'b'), condition: { ifMatch: [7] } };
    expect(model(putOf('k', 'a'), guarded)).toEqual({
      type: 'conditionFailed',
      revision: 1,
      current: 1,
    });
    expect(model({ ...putOf('k', 'a'), condition: { ifNoneMatch: '*' as const } })).toMatchObject({
      created: true,
    });
  });

  test('deletes, of one key, of a range, and of too many', () => {
    const range = { type: 'deleteRange', prefix: 'k' } as const;
    expect(model({ type: 'delete', key: 'k', prev: false })).toEqual({
      type: 'absent',
      revision: 0,
    });
    expect(model(putOf('k1', 'a'), putOf('k2', 'a'), range)).toEqual({
      type: 'deleted',
      deleted: 2,
      revision: 3,
    });
    expect(model(putOf('k1', 'a'), putOf('k2', 'a'), putOf('k3', 'a'), range)).toEqual({
      type: 'tooManyKeys',
      revision: 3,
      max: 2,
      actual: 3,
    });
  });

  test('every revision can be asked for', () => {
    const store = new StoreModel(2);
    store.apply(putOf('k', 'a'), AT);
    store.apply({ type: 'delete', key: 'k', prev: false }, AT);
    expect(store.itemAt('k', 1)?.revision).toBe(1);
    expect(store.itemAt('k', 2)).toBeUndefined();
    expect(store.keysAt(1, '', undefined)).toEqual(['k']);
    expect(store.keysAt(2, '', undefined)).toEqual([]);
  });
});

/** The same slot with another value, or under another key. */
function rewritten(key: string, text: string): (first: StateChange) => StateChange {
  return (first) => {
    const item = first.revisions[0]?.writes[0]?.item;
    const value = new TextEncoder().encode(text);
    const writes = [{ key, item: item === undefined ? item : { ...item, value } }];
    return { ...first, revisions: [{ revision: 1, writes }] };
  };
}

function changed(change: (first: StateChange) => StateChange): string | undefined {
  const { story, store } = twoSlots();
  return violated(() => story.apply(store, change(story.changeOf(1))));
}

describe('a store', () => {
  test('that applies what is chosen is left in peace', () => {
    const { story, store } = twoSlots();
    story.apply(store, story.changeOf(1));
    story.apply(store, story.changeOf(2));
    expect(violated(() => story.states.inspect(1, store))).toBeUndefined();
  });

  test('I11: a slot is left out, repeated, or not chosen', () => {
    const { story, store } = twoSlots();
    expect(violated(() => story.apply(store, story.changeOf(2)))).toBe('I11');
    story.apply(store, story.changeOf(1));
    expect(violated(() => story.states.applies(1, story.changeOf(1)))).toBe('I11');
    story.apply(store, story.changeOf(2));
    const next = { slot: 3, timeMs: 0, revisions: [] };
    expect(violated(() => story.apply(store, next))).toBe('I11');
  });

  test('I12: another value, another key, another stamp, a change too few', () => {
    expect(changed(rewritten('k1', 'a'))).toBeUndefined();
    expect(changed(rewritten('k1', 'b'))).toBe('I12');
    expect(changed(rewritten('k2', 'a'))).toBe('I12');
    expect(changed((first) => ({ ...first, timeMs: 5 }))).toBe('I12');
    expect(changed((first) => ({ ...first, revisions: [] }))).toBe('I12');
  });

  test('I12: one that shows something else than it took', () => {
    const { story, store } = twoSlots();
    story.apply(store, story.changeOf(1));
    store.item = () => undefined;
    expect(violated(() => story.states.inspect(1, store))).toBe('I12');
  });

  test('I13: a disk that holds half a slot', () => {
    const { story, disk, store } = twoSlots();
    story.apply(store, story.changeOf(1));
    store.flush(() => undefined);
    disk.settle();
    expect(violated(() => story.open(disk.open()))).toBeUndefined();
    const half = disk.open();
    const change = story.changeOf(2);
    half.apply({ ...change, revisions: change.revisions.slice(0, 1) });
    half.flush(() => undefined);
    disk.settle();
    expect(violated(() => story.open(disk.open()))).toBe('I13');
  });

  test('I18: a log that does not hold what is applied', () => {
    const { story, disk, store } = twoSlots();
    story.apply(store, story.changeOf(1));
    store.flush(() => undefined);
    disk.settle();
    story.held.delete(1);
    expect(violated(() => story.open(disk.open()))).toBe('I18');
  });

  test('I14: a command that has two slots', () => {
    const story = new Story();
    const command = batchOf(putOf('k1', 'a'));
    choose(story.proposals, proposalOf(1, FIRST, command), proposalOf(2, FIRST, command));
    expect(violated(() => void story.log.resultOf(2))).toBe('I14');
  });
});
