/** Which seeds are tried, in which order. */
import type { Mutant } from './mutant.ts';
import { SEED_LIMITS } from './mutant.ts';
import type { Options } from './options.ts';

export function seedRange(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

/** From the first on; with `--quick`, those that are known to find it come before. */
export function seedsFor(mutant: Mutant, options: Options): readonly number[] {
  const all = seedRange(options.from, options.seeds ?? SEED_LIMITS[mutant.priority]);
  return options.isQuick ? [...new Set([...mutant.hints, ...all])] : all;
}
