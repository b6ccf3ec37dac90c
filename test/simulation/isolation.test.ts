/**
 * I26: a simulated world asks nothing of the machine that it runs on: no clock, no chance, no timer
 * and no file. Each of them is a trap while worlds run.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { World } from '../../src/simulation/world.ts';

const SEEDS = 12;

const GLOBALS: readonly (readonly [object, string])[] = [
  [Date, 'now'],
  [Math, 'random'],
  [globalThis, 'setTimeout'],
  [globalThis, 'setInterval'],
  [globalThis, 'setImmediate'],
  [globalThis, 'queueMicrotask'],
  [process, 'hrtime'],
  [process, 'nextTick'],
  [performance, 'now'],
];
const FILES: readonly (readonly [object, string])[] = [
  [fs, 'readFileSync'],
  [fs, 'writeFileSync'],
  [fs, 'openSync'],
  [fs, 'writeSync'],
  [fs, 'readFile'],
  [fs, 'writeFile'],
  [fs, 'open'],
];

/** Runs with every one of them replaced by a trap, and puts all back. */
function trapped(run: () => void): void {
  const undo = [...GLOBALS, ...FILES].map(([owner, name]) => {
    const before = Object.getOwnPropertyDescriptor(owner, name);
    const trap = (): never => {
      throw new Error(`trap: ${name}`);
    };
    Object.defineProperty(owner, name, { value: trap, configurable: true, writable: true });
    return () => {
      if (before === undefined) Reflect.deleteProperty(owner, name);
      else Object.defineProperty(owner, name, before);
    };
  });
  syncBuiltinESMExports();
  try {
    run();
  } finally {
    for (const restore of undo) restore();
    syncBuiltinESMExports();
  }
}

function hashOf(seed: number): string {
  return new World({ seed }).run().traceHash;
}

describe('a world and the machine it runs on', () => {
  afterEach(() => vi.restoreAllMocks());

  test('a world runs to its end with every way out of it trapped', () => {
    const hashes: string[] = [];
    trapped(() => {
      for (let seed = 1; seed <= SEEDS; seed += 1) hashes.push(hashOf(seed));
    });
    expect(new Set(hashes).size).toBe(SEEDS);
  });

  test('the traps bite', () => {
    const ways = [
      () => Date.now(),
      () => Math.random(),
      () => setTimeout(() => undefined, 0),
      () => process.hrtime(),
      () => performance.now(),
      () => fs.readFileSync('package.json'),
    ];
    for (const way of ways) expect(() => trapped(way)).toThrow('trap:');
    expect(Date.now()).toBeGreaterThan(0);
  });

  test('a world in which somebody looks at the clock is caught', () => {
    const world = new World({ seed: 1 });
    const booted = world.ghost.booted.bind(world.ghost);
    vi.spyOn(world.ghost, 'booted').mockImplementation((id, boot) => {
      Date.now();
      booted(id, boot);
    });
    expect(() => trapped(() => world.run())).toThrow('trap: now');
  });

  test('two runs of a seed have one hash, and other seeds another', () => {
    const seeds = [3, 5, 8, 21];
    const hashes = seeds.map(hashOf);
    expect(hashes).toEqual(seeds.map(hashOf));
    expect(new Set(hashes).size).toBe(seeds.length);
  });

  test('a trace that is recorded changes nothing', () => {
    const plain = new World({ seed: 7 }).run();
    expect(new World({ seed: 7, isRecording: true }).run()).toEqual(plain);
  });
});
