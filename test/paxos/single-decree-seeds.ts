/** Runs a story over many seeds; `SYNOD_SEED` replays one. */
import { expect } from 'vitest';

export function seeds(count: number): readonly number[] {
  const replayed = process.env['SYNOD_SEED'];
  if (replayed !== undefined) return [Number(replayed)];
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** A failure names its seed and the command that replays it. */
export function eachSeed(count: number, story: (seed: number) => void): void {
  for (const seed of seeds(count)) {
    try {
      story(seed);
    } catch (error) {
      const { currentTestName, testPath } = expect.getState();
      const file = testPath?.replace(`${process.cwd()}/`, '');
      const name = currentTestName?.split(' > ').at(-1);
      const replay = `SYNOD_SEED=${seed} npx vitest run ${file} -t '${name}'`;
      throw new Error(`seed ${seed} fails; replay it with: ${replay}`, { cause: error });
    }
  }
}
