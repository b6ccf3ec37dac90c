/**
 * Flips some bits in the data directory of a replica that is stopped, and says which: what
 * `scripts/fault corrupt` runs in a container, for a volume that nobody else reaches.
 */
import { flipSomeBits } from './faults/bit-flips.ts';

const [folder, ...more] = process.argv.slice(2);
if (folder === undefined || more.length > 0) {
  console.error('usage: node dist/scripts/damage-data.js DIR');
  process.exitCode = 2;
} else {
  console.log(flipSomeBits(folder));
}
