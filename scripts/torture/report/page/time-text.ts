/** Times and figures as people read them, and where the lines of a scale stand. */

export function durationText(us: number): string {
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 1_000_000) return `${trimmed(us / 1000, us < 10_000 ? 2 : us < 100_000 ? 1 : 0)} ms`;
  if (us < 60_000_000) return `${trimmed(us / 1_000_000, us < 10_000_000 ? 2 : 1)} s`;
  return `${Math.floor(us / 60_000_000)} min ${trimmed((us % 60_000_000) / 1_000_000, 0)} s`;
}

/** `1:02.345678`; as many digits as `stepUs` apart need. */
export function clockText(us: number, stepUs = 1): string {
  const minutes = Math.floor(us / 60_000_000);
  const digits = Math.min(Math.max(6 - Math.floor(Math.log10(stepUs)), 0), 6);
  const seconds = (us - minutes * 60_000_000) / 1_000_000;
  return `${minutes}:${seconds.toFixed(digits).padStart(digits === 0 ? 2 : digits + 3, '0')}`;
}

export function countText(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: count < 10 ? 1 : 0 });
}

/** Steps of seconds that are minutes, where they are that long. */
const LONG_STEPS_US = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map(
  (seconds) => seconds * 1_000_000,
);

/** The smallest round step of which at most `most` fit. */
export function timeStepUs(lengthUs: number, most: number): number {
  const least = lengthUs / Math.max(most, 1);
  if (least > 2_000_000) return LONG_STEPS_US.find((step) => step >= least) ?? 7_200_000_000;
  return roundStep(least);
}

/** 1, 2 or 5 times a power of ten, not below `least`. */
export function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1e-9)));
  return [1, 2, 5].map((factor) => factor * power).find((step) => step >= least) ?? 10 * power;
}

export function stepsWithin(from: number, to: number, step: number): readonly number[] {
  const first = Math.ceil(from / step);
  const count = Math.max(Math.floor(to / step) - first + 1, 0);
  return Array.from({ length: count }, (_, index) => (first + index) * step);
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
