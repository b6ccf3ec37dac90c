/**
 * Worlds in which one kind of harm to disks is frequent: the replica that it strikes is out, by its
 * own notice or by the others', and the rest goes on.
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
  readonly told: RegExp;
}

const HARMS: readonly Harm[] = [
  { kind: 'flippedBit', plan: { flippedBitEveryMs: 300 }, told: /ends by itself: damaged record/ },
  { kind: 'lostDisk', plan: { lostDiskEveryMs: 300 }, told: /refuses: .*another incarnation/ },
  { kind: 'rolledBackDisk', plan: { rolledBackDiskEveryMs: 100 }, told: /as the witness says/ },
  {
    kind: 'rolledBackDisk',
    plan: { rolledBackDiskEveryMs: 100, loss: 0, slowness: 0 },
    told: /as replica \d knows/,
  },
  { kind: 'diskError', plan: { diskErrorEveryMs: 200 }, told: /a write of its log failed: EIO/ },
  { kind: 'diskError', plan: { diskErrorEveryMs: 200 }, told: /ends by itself: the disk is full/ },
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
    expect(told.filter((text) => harm.told.test(text))).not.toEqual([]);
  });
});
