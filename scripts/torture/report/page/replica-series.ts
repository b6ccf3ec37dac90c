/** What is made of the samples of replicas: who led when, and who was behind. */
import type { ReplicaSamples } from './payload.ts';

/** A replica that says nothing for so many times its usual pause did not answer. */
const PAUSES_UNTIL_SILENT = 4;
const LEAST_SILENCE_US = 1_000_000;

export interface RoleSegment {
  readonly fromUs: number;
  readonly toUs: number;
  readonly role: string;
  readonly leader: number | null;
}

export interface Step {
  readonly atUs: number;
  readonly text: string;
}

export interface Series {
  readonly name: string;
  readonly replica: number;
  readonly timeUs: readonly number[];
  readonly values: readonly (number | null)[];
  readonly silenceUs: number;
}

export function silenceUs({ timeUs }: ReplicaSamples): number {
  const pauses = timeUs.slice(1).map((time, index) => time - (timeUs[index] ?? 0));
  const usual = pauses.toSorted((a, b) => a - b)[pauses.length >> 1] ?? 0;
  return Math.max(usual * PAUSES_UNTIL_SILENT, LEAST_SILENCE_US);
}

/** Between two segments that do not touch, it did not answer. */
export function roleSegments(samples: ReplicaSamples): readonly RoleSegment[] {
  const silence = silenceUs(samples);
  const segments: { fromUs: number; toUs: number; role: string; leader: number | null }[] = [];
  for (const [index, time] of samples.timeUs.entries()) {
    const role = samples.role[index] ?? '';
    const leader = samples.leader[index] ?? null;
    const last = segments.at(-1);
    const isNear = last !== undefined && time - last.toUs <= silence;
    if (isNear) last.toUs = time;
    if (isNear && last.role === role && last.leader === leader) continue;
    segments.push({ fromUs: time, toUs: time, role, leader });
  }
  return segments;
}

export function ballotSteps({ timeUs, ballot }: ReplicaSamples): readonly Step[] {
  return timeUs
    .map((atUs, index) => ({ atUs, text: ballot[index] ?? '', before: ballot[index - 1] ?? '' }))
    .filter(({ text, before }) => text !== before && text !== '');
}

/** Behind the highest `chosenUpTo` that any replica had told of by then. */
export function lagSeries(replicas: readonly ReplicaSamples[]): readonly Series[] {
  const told = replicas
    .flatMap(({ timeUs, chosenUpTo }) =>
      timeUs.map((time, index) => ({ time, slot: chosenUpTo[index] ?? 0 })),
    )
    .toSorted((a, b) => a.time - b.time);
  return replicas.map((samples) => {
    let next = 0;
    let highest = 0;
    const values = samples.timeUs.map((time, index) => {
      for (; next < told.length && (told[next]?.time ?? Infinity) <= time; next += 1) {
        highest = Math.max(highest, told[next]?.slot ?? 0);
      }
      return Math.max(highest - (samples.chosenUpTo[index] ?? 0), 0);
    });
    return seriesOf(samples, values);
  });
}

export function memorySeries(replicas: readonly ReplicaSamples[]): readonly Series[] {
  return replicas.map((samples) => seriesOf(samples, samples.residentMiB));
}

function seriesOf(samples: ReplicaSamples, values: readonly (number | null)[]): Series {
  const { replica, timeUs } = samples;
  return { name: `replica ${replica}`, replica, timeUs, values, silenceUs: silenceUs(samples) };
}

/** The index of the last at or before `us`; -1: none. */
export function lastBefore(times: readonly number[], us: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= us) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
