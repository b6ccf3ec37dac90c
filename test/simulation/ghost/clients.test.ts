/** What the clients are told is held against the log, the model and each other (I14, I15, I16). */
import { DEFAULT_LEASE_LIMITS } from '../../../src/kv/lease.ts';
import { DEFAULT_ONCE_LIMITS } from '../../../src/kv/once.ts';
import { describe, expect, test } from 'vitest';
import type { Operation, Put } from '../../../src/kv/operation.ts';
import type { Granted, StoreReader, WriteOutcome } from '../../../src/replica/api.ts';
import { Histories } from '../../../src/simulation/clients/histories.ts';
import { Ages } from '../../../src/simulation/clients/ages.ts';
import { Reads } from '../../../src/simulation/clients/reads.ts';
import { markedContent } from '../../../src/simulation/clients/content.ts';
import { markedRevision, Writes } from '../../../src/simulation/clients/writes.ts';
import { ChosenLog } from '../../../src/simulation/ghost/chosen-log.ts';
import { Proposals } from '../../../src/simulation/ghost/proposals.ts';
import { Probes } from '../../../src/simulation/probes.ts';
import { batchOf, choose, FIRST, proposalOf, violated } from './forbidden.ts';

const LIMITS = { changedKeys: 2, once: DEFAULT_ONCE_LIMITS, leases: DEFAULT_LEASE_LIMITS };

const put = (number: number): Put => ({
  type: 'put',
  key: 'k1',
  ...markedContent(number, 3),
  prev: false,
});

const remove = (number: number): Operation => ({
  type: 'delete',
  key: 'k1',
  prev: false,
  condition: { ifNoneMatch: [markedRevision(number)] },
});

class Story {
  readonly #proposals = new Proposals();
  readonly log = new ChosenLog(this.#proposals.chosen, LIMITS, new Probes());
  readonly writes = new Writes(this);
  highestApplied = Number.POSITIVE_INFINITY;

  choose(slot: number, ...operations: readonly Operation[]): void {
    choose(this.#proposals, proposalOf(slot, FIRST, batchOf(...operations)));
  }

  /** The answer of the first command in the slot. */
  outcomeOf(slot: number): WriteOutcome {
    const answer = this.log.resultOf(slot)?.commands[0]?.answer;
    if (answer === undefined) throw new Error(`nothing in slot ${slot}`);
    return { type: 'applied', slot, answer };
  }
}

describe('I14: an answer', () => {
  test('is that of the slot that it names', () => {
    const story = new Story();
    const write = story.writes.add(put, 1);
    story.choose(1, put(0));
    story.choose(2, put(1));
    expect(violated(() => story.writes.settle(write, 1, story.outcomeOf(1)))).toBeUndefined();
    const another = story.writes.add(put, 2);
    expect(violated(() => story.writes.settle(another, 1, story.outcomeOf(1)))).toBe('I14');
  });

  test('comes when somebody has applied it', () => {
    const story = new Story();
    const write = story.writes.add(put, 1);
    story.choose(1, put(0));
    story.highestApplied = 0;
    expect(violated(() => story.writes.settle(write, 1, story.outcomeOf(1)))).toBe('I14');
  });

  test('says what the model says', () => {
    const story = new Story();
    const write = story.writes.add(put, 1);
    story.choose(1, put(0));
    const answer = { type: 'put', revision: 1, version: 2, created: false, key: 'k1' } as const;
    const outcome = { type: 'applied', slot: 1, answer } as const;
    expect(violated(() => story.writes.settle(write, 1, outcome))).toBe('I14');
  });

  test('is to what was asked, and is given once', () => {
    const story = new Story();
    const write = story.writes.add((number) => ({ ...put(number), key: 'k2' }), 1);
    story.choose(1, put(0));
    expect(violated(() => story.writes.settle(write, 1, story.outcomeOf(1)))).toBe('I14');
    expect(violated(() => story.writes.settle(write, 1, story.outcomeOf(1)))).toBe('I14');
  });
});

function settled(outcome: WriteOutcome | undefined, chosen: readonly Operation[]) {
  const story = new Story();
  const write = story.writes.add(put, 1);
  story.choose(1, ...chosen);
  write.outcome = outcome;
  return violated(() => story.writes.checkAll());
}

describe('I14: at the end', () => {
  const refused = { type: 'notApplied', reason: 'overloaded' } as const;
  const unknown = { type: 'unknown', reason: 'deadline' } as const;
  const answer = { type: 'put', revision: 1, version: 1, created: true, key: 'k1' } as const;
  const applied = { type: 'applied', slot: 1, answer } as const;

  test('what was refused never happened', () => {
    expect(settled(refused, [])).toBeUndefined();
    expect(settled(refused, [put(0)])).toBe('I14');
    expect(settled(unknown, [put(0)])).toBeUndefined();
  });

  test('what was acknowledged is there, once', () => {
    expect(settled(applied, [put(0)])).toBeUndefined();
    expect(settled(applied, [])).toBe('I14');
    expect(settled(applied, [put(0), put(0)])).toBe('I14');
  });

  test('deletes are told apart too, those of a range are counted', () => {
    const range = { type: 'deleteRange', prefix: 'k' } as const;
    expect(settled(unknown, [range])).toBe('I14');
    const story = new Story();
    story.writes.add(remove, 1).outcome = refused;
    story.choose(1, remove(0));
    expect(violated(() => story.writes.checkAll())).toBe('I14');
  });
});

function granted(readIndex: number, revision: number): Granted {
  return { type: 'granted', level: 'linearizable', readIndex, revision, stalenessMs: 0 };
}

const storeAt = (revision: number, number?: number): StoreReader => ({
  revision,
  oldestRevision: 0,
  item: () =>
    number === undefined
      ? undefined
      : {
          ...markedContent(number, 3),
          createRevision: 1,
          revision: 1,
          version: 1,
        },
  page: () => undefined,
  changes: () => undefined,
  keyHistory: () => undefined,
});

const AGES = new Ages({ nowMs: () => 0 }, { clockDrift: 0, standstillEveryMs: 0 });

describe('I15: a read', () => {
  test('sees what anybody was told of before it began', () => {
    const story = new Story();
    const reads = new Reads(story, AGES);
    story.choose(1, put(0));
    const before = reads.acknowledged;
    reads.told(story.outcomeOf(1));
    expect(violated(() => reads.granted(1, granted(0, 0), before))).toBeUndefined();
    expect(violated(() => reads.granted(1, granted(0, 1), reads.acknowledged))).toBe('I15');
    expect(violated(() => reads.granted(1, granted(1, 0), reads.acknowledged))).toBe('I15');
    expect(violated(() => reads.granted(1, granted(1, 1), reads.acknowledged))).toBeUndefined();
  });

  test('never goes back at one replica, if it is local', () => {
    const reads = new Reads(new Story(), AGES);
    const store = storeAt(2);
    reads.grantedLocally(1, granted(2, 2), store);
    expect(violated(() => reads.grantedLocally(1, granted(1, 1), store))).toBe('I15');
    expect(violated(() => reads.grantedLocally(1, granted(1, 1), storeAt(1)))).toBeUndefined();
  });

  test('is no older than it says, if it is local', () => {
    let nowMs = 0;
    const ages = new Ages({ nowMs: () => nowMs }, { clockDrift: 0.2, standstillEveryMs: 0 });
    const aged = (revision: number, stalenessMs: number) =>
      violated(() => ages.granted(1, { ...granted(1, revision), stalenessMs }));
    ages.told(7);
    nowMs = 100;
    ages.told(8);
    expect(aged(8, 0)).toBeUndefined();
    expect(aged(7, 0)).toBeUndefined();
    expect(aged(6, 50)).toBe('I15');
    expect(aged(6, 79)).toBe('I15');
    expect(aged(6, 80)).toBeUndefined();
    nowMs = 101;
    expect(aged(7, 0)).toBe('I15');
    expect(aged(0, Number.POSITIVE_INFINITY)).toBeUndefined();
  });

  test('shows what the revision holds', () => {
    const story = new Story();
    const reads = new Reads(story, AGES);
    story.choose(1, put(0));
    story.log.resultOf(1);
    expect(violated(() => void reads.item(1, storeAt(1, 0), 'k1', 1))).toBeUndefined();
    expect(violated(() => void reads.item(1, storeAt(1, 9), 'k1', 1))).toBe('I15');
    expect(violated(() => void reads.item(1, storeAt(1), 'k1', 1))).toBe('I15');
    expect(violated(() => void reads.item(1, storeAt(2, 0), 'k1', 1))).toBe('I15');
  });

  test('of a page shows all keys of the revision, as far as there is room', () => {
    const story = new Story();
    const reads = new Reads(story, AGES);
    story.choose(1, put(0));
    story.choose(2, { ...put(1), key: 'k2' });
    story.log.resultOf(2);
    const item = (key: string) => {
      const found = story.log.model.itemAt(key, 2);
      if (found === undefined) throw new Error(key);
      return { key, item: found };
    };
    const query = { start: '', end: undefined, revision: 2, limit: 1, maxBytes: 1_000 };
    const page = (entries: readonly ReturnType<typeof item>[], next: string | undefined) =>
      violated(() => reads.page(1, query, { type: 'page', entries, next }));
    expect(page([item('k1')], 'k2')).toBeUndefined();
    expect(page([item('k1')], undefined)).toBe('I15');
    expect(page([item('k2')], undefined)).toBe('I15');
    expect(page([], 'k1')).toBe('I15');
    const gone = { type: 'compacted', oldestRevision: 2 } as const;
    expect(violated(() => reads.page(1, query, gone))).toBe('I15');
    expect(violated(() => reads.page(1, { ...query, revision: 1 }, gone))).toBeUndefined();
  });
});

function check(value: string | null, outcome: WriteOutcome['type']) {
  const story = new Story();
  const write = story.writes.add(put, 1);
  story.choose(1, put(0));
  if (outcome === 'applied') {
    story.writes.settle(write, 1, story.outcomeOf(1));
    write.returned = 2;
  }
  const read = { key: 'k1', invoked: 3, returned: 4, value };
  const histories = new Histories(story, ['k1']);
  return violated(() => histories.check(story.writes.all, [read], () => undefined));
}

describe('I16: the history', () => {
  test('a read that misses a write that was answered before', () => {
    expect(check('v0', 'applied')).toBeUndefined();
    expect(check(null, 'applied')).toBe('I16');
  });

  test('an unknown write may be seen or not', () => {
    expect(check('v0', 'unknown')).toBeUndefined();
    expect(check(null, 'unknown')).toBeUndefined();
  });

  test('nobody wrote what is read', () => expect(check('v7', 'unknown')).toBe('I16'));
});
