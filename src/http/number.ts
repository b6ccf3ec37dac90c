/** Durations are a whole number and a unit: `250ms`, `30s`, `5m`, `1h`. */

const DURATION = /^(\d{1,9})(ms|s|m|h)$/;
const MS_PER_S = 1000;
const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', MS_PER_S],
  ['m', 60_000],
  ['h', 3_600_000],
]);

export const DURATION_PATTERN = DURATION.source;

/** In ms; `undefined` where the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const unitMs = UNIT_MS.get(match[2] ?? '');
  return unitMs === undefined ? undefined : Number(match[1]) * unitMs;
}

const WHOLE = /^(0|[1-9]\d{0,15})$/;

/** A whole number from 0 to 2^53 - 1 in plain digits; `undefined` for anything else. */
export function parseWhole(text: string): number | undefined {
  if (!WHOLE.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** In whole seconds where it is so many, else in ms. */
export function formatDuration(ms: number): string {
  return ms > 0 && ms % MS_PER_S === 0 ? `${ms / MS_PER_S}s` : `${ms}ms`;
}

const INTEGER = /^-?(?:0|[1-9]\d{0,15})$/;

/** The same with a sign: from -(2^53 - 1) to 2^53 - 1. */
export function parseInteger(text: string): number | undefined {
  if (!INTEGER.test(text)) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value)) return undefined;
  return value === 0 ? 0 : value;
}
