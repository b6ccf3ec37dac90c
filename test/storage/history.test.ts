/** How much history is kept: so many revisions, so many bytes, for so long. */
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryDatabase } from '../../src/storage/memory-database.ts';
import type { StateOptions } from '../../src/storage/state-recovery.ts';
import type { StateStore } from '../../src/storage/state-store.ts';
import { flush, openState, page, scan } from './calls.ts';
import { IDENTITY, put } from './records.ts';

const SLOTS = 60;
const KEYS = 3;
const VALUE_BYTES = 100;
/** What is deleted lags behind by what is not yet read of it. */
const LAG = 4;

describe('history', () => {
  let database: MemoryDatabase;
  let store: StateStore;
  let slot: number;

  beforeEach(() => {
    database = new MemoryDatabase();
    slot = 0;
  });

  async function write(options: StateOptions, slots = SLOTS, perRestart = SLOTS): Promise<void> {
    for (let left = slots; left > 0; left -= 1) {
      if (slot % perRestart === 0) store = await openState(database, IDENTITY, options);
      slot += 1;
      const value = `${slot}`.padEnd(VALUE_BYTES, '.');
      store.apply({ slot, timeMs: slot, revisions: [put(`k${slot % KEYS}`, value, slot)] });
      await flush(store);
    }
  }

  async function superseded(): Promise<number> {
    const range = { gte: Buffer.from('i'), lt: Buffer.from('j'), limit: 1000 };
    return (await scan(database, range)).entries.length - KEYS;
  }

  it('is all kept where there is no more than may be', async () => {
    await write({ historyMs: SLOTS + 1, historyRevisions: SLOTS + 1 });
    expect(store.oldestRevision).toBe(0);
    expect(await superseded()).toBe(SLOTS - KEYS);
  });

  it('is kept for so many revisions at most', async () => {
    await write({ historyRevisions: 20 });
    expect(SLOTS - store.oldestRevision).toBeGreaterThanOrEqual(20);
    expect(SLOTS - store.oldestRevision).toBeLessThanOrEqual(20 + LAG);
  });

  it.each([SLOTS, 7])(
    'is kept up to so many bytes, restarted every %i slots',
    async (perRestart) => {
      await write({ historyBytes: 20 * VALUE_BYTES }, SLOTS, perRestart);
      const kept = SLOTS - store.oldestRevision;
      // Each is a bit longer than its value.
      expect(kept).toBeGreaterThanOrEqual(13);
      expect(kept).toBeLessThanOrEqual(20 + LAG);
      expect(await superseded()).toBe(kept);
    },
  );

  it('is kept for so long', async () => {
    await write({ historyMs: 20 });
    const kept = SLOTS - store.oldestRevision;
    expect(kept).toBeGreaterThanOrEqual(20);
    expect(kept).toBeLessThanOrEqual(20 + LAG);
    const oldest = { start: '', end: undefined, revision: store.oldestRevision, limit: 9 };
    expect((await page(store, { ...oldest, maxBytes: 9999 })).type).toBe('page');
  });
});
