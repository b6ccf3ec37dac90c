/** Transactions drawn at random: guards that often hold, reads, and writes of some of the keys. */
// oxlint-disable no-thenable -- the name is the API's, and none of these objects is awaited
import type { Random } from '../../../src/simulation/random.ts';
import type { Action, Guard, Transaction } from './transaction.ts';

/** By key; null: absent. */
export type Known = Map<string, number | null>;

export interface Draw {
  readonly random: Random;
  readonly keys: readonly string[];
  readonly known: Known;
  /** Never the same twice. */
  readonly newValue: () => number;
}

const MAX_GUARDS = 2;
const MAX_WRITES = 3;
const MAX_READS = 2;
const MAX_ADDED = 3;
const GUARDED = 0.6;
const WITH_ELSE = 0.5;
const OPPOSITE = 0.15;
const PUTS = 0.5;
const ADDITIONS = 0.3;

export function drawTransaction(draw: Draw): Transaction {
  const { random, keys } = draw;
  const then = drawActions(draw, random.between(1, Math.min(MAX_WRITES, keys.length)));
  if (!random.chance(GUARDED)) return { then };
  const guarded = random.shuffle(keys).slice(0, random.between(1, MAX_GUARDS));
  const guards = guarded.map((key) => drawGuard(draw, key));
  if (!random.chance(WITH_ELSE)) return { if: guards, then };
  return { if: guards, then, else: drawActions(draw, random.between(0, 1)) };
}

function drawGuard({ random, known }: Draw, key: string): Guard {
  const value = known.get(key) ?? null;
  const op = random.chance(OPPOSITE) ? ({ op: '!=' } as const) : {};
  if (value === null || random.chance(OPPOSITE)) return { key, exists: value !== null, ...op };
  return { key, value, ...op };
}

/** Reads stand before writes and behind them. */
function drawActions(draw: Draw, writes: number): readonly Action[] {
  const { random, keys } = draw;
  const written = random.shuffle(keys).slice(0, writes);
  const reads = (): readonly Action[] =>
    random
      .shuffle(keys)
      .slice(0, random.between(0, MAX_READS))
      .map((key) => ({ op: 'get', key }));
  return [...reads(), ...written.map((key) => drawWrite(draw, key)), ...reads()];
}

function drawWrite({ random, newValue }: Draw, key: string): Action {
  const choice = random.next();
  if (choice < PUTS) return { op: 'put', key, value: newValue() };
  if (choice < PUTS + ADDITIONS) return { op: 'incr', key, incr: random.between(1, MAX_ADDED) };
  return { op: 'delete', key };
}
