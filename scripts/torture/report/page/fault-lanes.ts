/** Faults beside each other, where they last at the same time, and what they shade. */
import type { FaultSpan } from './payload.ts';
import type { Span } from './view.ts';

/** With more at the same time, they lie upon each other in the last. */
export const MAX_LANES = 6;

/** The lane of each fault, from 0, in the order of `faults`: by their beginnings. */
export function lanesOf(faults: readonly FaultSpan[], endUs: number): readonly number[] {
  const busyUntil: number[] = [];
  return faults.map((fault) => {
    const free = busyUntil.findIndex((until) => until <= fault.beginUs);
    const lane = free === -1 ? Math.min(busyUntil.length, MAX_LANES - 1) : free;
    // Even what lasts no time takes its place, so that two at once are both seen.
    busyUntil[lane] = Math.max(busyUntil[lane] ?? 0, faultEndUs(fault, endUs), fault.beginUs + 1);
    return lane;
  });
}

export function faultEndUs(fault: FaultSpan, endUs: number): number {
  return fault.endUs ?? endUs;
}

/** From pixel to pixel, both inclusive, each but once: shades do not add up. */
export function shadedRuns(
  faults: readonly FaultSpan[],
  endUs: number,
  { fromUs, toUs }: Span,
  width: number,
): readonly (readonly [number, number])[] {
  const shaded = new Uint8Array(width);
  const scale = width / (toUs - fromUs);
  for (const fault of faults) {
    const first = Math.max(Math.floor((fault.beginUs - fromUs) * scale), 0);
    const last = Math.min(Math.floor((faultEndUs(fault, endUs) - fromUs) * scale), width - 1);
    if (fault.endUs !== fault.beginUs && last >= first) shaded.fill(1, first, last + 1);
  }
  return runsOf(shaded, (value) => value === 1);
}

export function runsOf(
  values: Uint8Array,
  holds: (value: number) => boolean,
): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  let start = -1;
  for (let at = 0; at <= values.length; at += 1) {
    const isIn = at < values.length && holds(values[at] ?? 0);
    if (isIn && start === -1) start = at;
    if (!isIn && start !== -1) {
      runs.push([start, at - 1]);
      start = -1;
    }
  }
  return runs;
}

export function faultsAt(faults: readonly FaultSpan[], endUs: number, us: number, nearUs: number) {
  return faults.filter(
    (fault) => fault.beginUs - nearUs <= us && us <= faultEndUs(fault, endUs) + nearUs,
  );
}
