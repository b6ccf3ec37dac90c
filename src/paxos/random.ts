/** Mulberry32: a small generator whose state is one number, so that it lives in the plain state. */

/** The next state and a number in [0, 1). */
function next(state: number): { state: number; value: number } {
  const advanced = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(advanced ^ (advanced >>> 15), 1 | advanced);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return { state: advanced, value: ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296 };
}

/** Draws a whole number from `low` to `high`, both inclusive, and advances `holder.random`. */
export function draw(holder: { random: number }, low: number, high: number): number {
  const { state, value } = next(holder.random);
  holder.random = state;
  return low + Math.floor(value * (high - low + 1));
}
