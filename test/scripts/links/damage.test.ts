import { Buffer } from 'node:buffer';
import { array, assert, integer, property } from 'fast-check';
import { expect, it } from 'vitest';
import { damage } from '../../../scripts/links/damage.ts';
import { Random } from '../../../src/simulation/random.ts';

const NEWLINE = 0x0a;

it('makes another line of any line, and still one that is not empty', () => {
  const byte = integer({ min: 0, max: 255 }).filter((value) => value !== NEWLINE);
  const text = array(byte, { minLength: 1, maxLength: 40 });
  assert(
    property(text, integer(), (bytes, seed) => {
      const line = Buffer.from([...bytes, NEWLINE]);
      const kept = Buffer.from(line);
      const random = new Random(seed);
      const damaged = damage(line, () => random.next());
      expect(line).toEqual(kept);
      expect(damaged.equals(line)).toBe(false);
      expect(damaged.length).toBeGreaterThan(1);
      expect(damaged.indexOf(NEWLINE)).toBe(damaged.length - 1);
    }),
    { numRuns: 100 },
  );
});
