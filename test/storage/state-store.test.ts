import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Run } from './state-run.ts';

describe('the state store against a plain model', () => {
  it('is the same at every revision that is kept, while it flushes, forgets and crashes', () => {
    const seen = { pagesRead: 0, pagesCompacted: 0, crashes: 0, forgot: 0 };
    const told = { changesRead: 0, changesCompacted: 0, historyRead: 0 };
    const options = fc.record({
      cacheBytes: fc.constantFrom(0, 1500, 100_000),
      historyMs: fc.constantFrom(30, 100, 1000),
      historyDeletions: fc.constantFrom(1, 5, 100),
    });
    fc.assert(
      fc.property(fc.nat(), options, (seed, chosen) => {
        const run = new Run(seed, chosen);
        for (let steps = 0; steps < 400; steps += 1) run.step();
        run.drain();
        seen.pagesRead += run.pagesRead;
        seen.pagesCompacted += run.pagesCompacted;
        seen.crashes += run.crashes;
        told.changesRead += run.changesRead;
        told.changesCompacted += run.changesCompacted;
        told.historyRead += run.historyRead;
        if (run.store.oldestRevision > 0) seen.forgot += 1;
      }),
      { numRuns: 150 },
    );
    expect(seen.pagesRead).toBeGreaterThan(1000);
    expect(told.changesRead).toBeGreaterThan(1000);
    expect(told.changesCompacted).toBeGreaterThan(50);
    expect(told.historyRead).toBeGreaterThan(1000);
    expect(seen.pagesCompacted).toBeGreaterThan(100);
    expect(seen.crashes).toBeGreaterThan(50);
    expect(seen.forgot).toBeGreaterThan(50);
  });
});
