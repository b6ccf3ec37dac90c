/**
 * Worlds in which one kind of harm to disks is frequent: the replica that it strikes is out, by its
 * own notice or by the others', and the rest goes on; who is suspect is let in again.
 */
import { describe, expect, test } from 'vitest';
import type { ChoiceKind } from '../../src/simulation/choices.ts';
import type { Plan } from '../../src/simulation/plan.ts';
import { World } from '../../src/simulation/world.ts';

const SEEDS = 40;
const EVENTS = 3_000;

const CALM: Partial<Plan> = {
  replicas: 3,
  quorums: undefined,
  duplication: 0,
  diskErrorEveryMs: 0,
  flippedBitEveryMs: 0,
  lostDiskEveryMs: 0,
  rolledBackDiskEveryMs: 0,
  stopEveryMs: 0,
  orderEveryMs: 0,
  strangers: 0,
};

interface Harm {
  readonly kind: ChoiceKind;
  readonly plan: Partial<Plan>;
  /** What is told of the one that was struck, in some of the worlds at least. */
  readonly told: readonly RegExp[];
}

const HARMS: readonly Harm[] = [
  {
    kind: 'flippedBit',
    plan: { flippedBitEveryMs: 300 },
    told: [/suspects itself: damaged record/, /is let in again/],
  },
  { kind: 'lostDisk', plan: { lostDiskEveryMs: 300 }, told: [/refuses: .*another incarnation/] },
  {
    kind: 'rolledBackDisk',
    plan: { rolledBackDiskEveryMs: 100 },
    told: [/as the witness says/, /is let in again/],
  },
  {
    kind: 'rolledBackDisk',
    plan: { rolledBackDiskEveryMs: 100, loss: 0, slowness: 0 },
    told: [/as replica \d knows/, /is let in again/],
  },
  {
    kind: 'diskError',
    plan: { diskErrorEveryMs: 200 },
    told: [/a write of its log failed: EIO/, /ends by itself: the disk is full/],
  },
];

/** How many worlds made the choice, and all that was told in them. */
function runAll({ kind, plan }: Harm): { struck: number; told: readonly string[] } {
  let struck = 0;
  const told = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const world = new World({
      seed,
      minEvents: EVENTS,
      plan: { ...CALM, ...plan },
      isRecording: true,
    });
    world.run();
    struck += world.choices.made(kind).length > 0 ? 1 : 0;
    for (const { event } of world.trace.events) {
      if (event.type !== 'replica') continue;
      if (event.what === 'crash' || event.what === 'report') told.add(event.text);
    }
  }
  return { struck, told: [...told] };
}

describe('spoiled disks', () => {
  test.each(HARMS)('$kind: $told', (harm) => {
    const { struck, told } = runAll(harm);
    expect(struck).toBeGreaterThan(SEEDS / 4);
    for (const expected of harm.told) {
      expect(told.filter((text) => expected.test(text))).not.toEqual([]);
    }
  });
});
