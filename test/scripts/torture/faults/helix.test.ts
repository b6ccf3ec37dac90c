/** N19 damages each of three in another place only where nothing is lost with that. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Held, readHeld } from '../../../../scripts/torture/faults/held.ts';
import { isHeldTwice } from '../../../../scripts/torture/faults/helix.ts';
import { accepted, contentOf, folder, put, writeDirectory } from '../../../recovery/directories.ts';

const LEVEL: Held = { appliedUpTo: 90, chosenUpTo: 95, trimmedUpTo: 80 };
const BEHIND: Held = { appliedUpTo: 50, chosenUpTo: 55, trimmedUpTo: 40 };

describe('what one state holds and no log', () => {
  test.each([
    ['is in all others too', LEVEL, LEVEL, LEVEL, true],
    ['is in the one without its log', LEVEL, LEVEL, BEHIND, true],
    ['is in the one without its witness', BEHIND, LEVEL, LEVEL, true],
    ['is known to be chosen there', BEHIND, LEVEL, { ...BEHIND, chosenUpTo: 80 }, true],
    [
      'is known to the one without its log, which is no use',
      { ...BEHIND, chosenUpTo: 95 },
      LEVEL,
      BEHIND,
      false,
    ],
    ['is nowhere else', BEHIND, LEVEL, BEHIND, false],
    ['is nothing', BEHIND, BEHIND, BEHIND, true],
  ])('%s', (_, withoutLog, withoutState, withoutWitness, isThere) => {
    expect(isHeldTwice({ withoutLog, withoutState, withoutWitness })).toBe(isThere);
  });
});

test('what a directory holds is read, and nothing in it is changed; of one that is not whole nothing is', async () => {
  const root = await writeDirectory(join(folder(), 'data'), {
    batches: [1, 2, 3, 4].map((slot) => [accepted(slot, put(`key ${slot}`, `value ${slot}`))]),
    chosenUpTo: 3,
    appliedUpTo: 2,
  });
  const before = contentOf(root);
  expect(await readHeld(root)).toEqual({ appliedUpTo: 2, chosenUpTo: 3, trimmedUpTo: 0 });
  expect(contentOf(root)).toEqual(before);
  rmSync(join(root, 'log'), { recursive: true });
  expect(await readHeld(root)).toBeUndefined();
  expect(await readHeld(join(root, 'nowhere'))).toBeUndefined();
});
