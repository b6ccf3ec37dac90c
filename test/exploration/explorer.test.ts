/** The search itself, on systems whose states can be counted by hand or by a plain search. */
import { describe, expect, test } from 'vitest';
import { Decoder, Encoder, fingerprint } from '../../src/exploration/encoding.ts';
import { type ExplorationReport, explore, isClean } from '../../src/exploration/explorer.ts';
import { type System, Violation } from '../../src/exploration/system.ts';

type Point = readonly [number, number];

/** Steps to the right and up, within a square; the path to a point is as long as its coordinates. */
function square(side: number, change: Partial<System<Point, 'right' | 'up'>> = {}) {
  const system: System<Point, 'right' | 'up'> = {
    name: 'square',
    initialStates: () => [[0, 0]],
    actions: () => ['right', 'up'],
    next: ([x, y], action) => {
      const next: Point = action === 'right' ? [x + 1, y] : [x, y + 1];
      return next[0] < side && next[1] < side ? next : undefined;
    },
    encode: ([x, y], into) => {
      into.number(x);
      into.number(y);
    },
    decode: (from) => [from.number(), from.number()],
    invariants: [],
    reachable: [],
    describe: (action) => action,
    ...change,
  };
  return system;
}

describe('the search', () => {
  test('looks at every state once, and at its depth', () => {
    const report = explore(square(400));
    expect(report).toMatchObject({ verdict: 'complete', states: 160_000, depth: 798, frontier: 0 });
    expect(report.transitions).toBe(2 * 400 * 399);
    expect(report.collisionProbability).toBeLessThan(1e-15);
  });

  test('finds what a plain search finds, in a tangle of states', () => {
    const links = tangle(3_000, 7);
    expect(explore(tangled(links)).states).toBe(plainCount(links));
  });

  test('gives a shortest path to a state that breaks an invariant', () => {
    const report = explore(
      square(100, { invariants: [{ name: 'not (3, 2)', holds: ([x, y]) => x !== 3 || y !== 2 }] }),
    );
    expect(report.verdict).toBe('violated');
    expect(report.violation?.property).toBe('not (3, 2)');
    expect(report.violation?.path.toSorted()).toEqual(['right', 'right', 'right', 'up', 'up']);
    expect(isClean(report)).toBe(false);
  });

  test('gives a shortest path to an action that breaks one', () => {
    const plain = square(100);
    const report = explore(
      square(100, {
        next: (state, action) => {
          if (state[0] === 2 && action === 'up') throw new Violation('no way up', 'at 2');
          return plain.next(state, action);
        },
      }),
    );
    expect(report.violation).toEqual({
      property: 'no way up',
      message: 'no way up (at 2)',
      path: ['right', 'right', 'up'],
    });
  });

  test('an error of the system is not taken for a violation', () => {
    const broken = square(3, {
      next: () => {
        throw new Error('a bug');
      },
    });
    expect(() => explore(broken)).toThrow('a bug');
  });

  test('tells what was reached, and what was not', () => {
    const reachable = [
      { name: 'the corner', holds: ([x, y]: Point) => x === 4 && y === 4 },
      { name: 'outside', holds: ([x]: Point) => x > 4 },
    ];
    const report = explore(square(5, { reachable }));
    expect(lengths(report)).toEqual([8, undefined]);
    expect(report.verdict).toBe('complete');
    expect(isClean(report)).toBe(false);
    expect(isClean(explore(square(6, { reachable })))).toBe(true);
  });

  test.each([
    ['maxStates', { maxStates: 1_000 }],
    ['maxMemoryBytes', { maxMemoryBytes: 10_000_000 }],
  ] as const)('ends at %s, and says so', (limit, limits) => {
    const report = explore(square(2_000), { limits });
    expect(report).toMatchObject({ verdict: 'limitReached', limit });
    expect(report.states).toBeLessThan(400_000);
  });

  test('twice the same', () => {
    expect(explore(tangled(tangle(500, 3)))).toEqual(explore(tangled(tangle(500, 3))));
  });
});

describe('encodings', () => {
  test('come back as they were', () => {
    const numbers = [0, 1, 127, 128, 16_383, 16_384, 2 ** 28, 2 ** 32 - 1];
    const encoder = new Encoder();
    for (const number of numbers) encoder.number(number);
    const decoder = new Decoder();
    decoder.start(encoder.bytes.slice(), 0);
    expect(numbers.map(() => decoder.number())).toEqual(numbers);
  });

  test('every part of a fingerprint is spread, and depends on every byte', () => {
    for (const part of ['a', 'b', 'c'] as const) {
      const seen = new Set<number>();
      for (let value = 0; value < 20_000; value += 1) seen.add(fingerprintOf([7, value, 7])[part]);
      // Of 20,000 numbers of 32 bits, some 0.05 coincide.
      expect(seen.size).toBeGreaterThan(19_995);
    }
  });
});

function fingerprintOf(numbers: readonly number[]) {
  const encoder = new Encoder();
  for (const number of numbers) encoder.number(number);
  const into = { a: 0, b: 0, c: 0 };
  fingerprint(encoder.bytes, encoder.length, into);
  return into;
}

function lengths(report: ExplorationReport): (number | undefined)[] {
  return report.reached.map(({ path }) => path?.length);
}

/** From each state to three others. */
function tangle(states: number, seed: number): readonly (readonly number[])[] {
  let random = seed;
  const draw = (): number => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((random / 2 ** 32) * states);
  };
  return Array.from({ length: states }, () => [draw(), draw(), draw()]);
}

function tangled(links: readonly (readonly number[])[]): System<number, number> {
  return {
    name: 'tangle',
    initialStates: () => [0],
    actions: (state) => links[state] ?? [],
    next: (_, action) => action,
    encode: (state, into) => into.number(state),
    decode: (from) => from.number(),
    invariants: [],
    reachable: [],
    describe: String,
  };
}

function plainCount(links: readonly (readonly number[])[]): number {
  const seen = new Set([0]);
  for (const state of seen) for (const next of links[state] ?? []) seen.add(next);
  return seen.size;
}
