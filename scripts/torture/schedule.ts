/**
 * When which fault strikes. Faults of one lane come one after another, those of different lanes at
 * the same time: so a process is killed while a link is cut, but no disk is spoiled while another
 * one is, since each of the two alone leaves a majority of whole disks, and both together may not.
 */
import type { Random } from '../../src/simulation/random.ts';
import type { Fault, FaultContext } from './fault.ts';

const LANES: readonly ReadonlySet<string>[] = [
  new Set(['N5', 'N6', 'N7', 'N8', 'N9', 'N10', 'N11']),
  new Set(['N14', 'N15', 'N16', 'N17', 'N18', 'N19', 'N20', 'N21', 'N22', 'N24', 'N31']),
];
/** Between two episodes of a lane. */
const MIN_PAUSE_MS = 500;
const MAX_PAUSE_MS = 4_000;

/** Faults that may be at work at once are in different lists. */
export function lanesOf(faults: readonly Fault[]): readonly (readonly Fault[])[] {
  const others = faults.filter(({ id }) => !LANES.some((lane) => lane.has(id)));
  const lanes = LANES.map((lane) => faults.filter(({ id }) => lane.has(id)));
  return [others, ...lanes].filter((lane) => lane.length > 0);
}

export interface ScheduleOptions {
  readonly faults: readonly Fault[];
  readonly random: (name: string) => Random;
  /** For one fault; marks and expectations bear its id. */
  readonly contextOf: (fault: Fault, random: Random) => FaultContext;
  /** It is over from now on. */
  readonly giveUp: () => void;
}

/**
 * Resolves when the last episode has ended, soon after it is over. Each fault gets its turn. Rejects
 * with what went wrong in an episode, when those of the other lanes have ended too.
 */
export async function strike(options: ScheduleOptions, isOver: () => boolean): Promise<void> {
  const lanes = lanesOf(options.faults);
  const striking = lanes.map((lane, index) => strikeLane(options, lane, index, isOver));
  try {
    await Promise.all(striking);
  } catch (error) {
    options.giveUp();
    await Promise.allSettled(striking);
    throw error;
  }
}

async function strikeLane(
  options: ScheduleOptions,
  lane: readonly Fault[],
  index: number,
  isOver: () => boolean,
): Promise<void> {
  const random = options.random(`lane ${index}`);
  const contexts = new Map(
    lane.map((fault) => [fault, options.contextOf(fault, options.random(fault.id))] as const),
  );
  while (!isOver()) {
    for (const fault of random.shuffle(lane)) {
      const context = contexts.get(fault);
      if (context === undefined || isOver()) return;
      await fault.episode(context);
      await context.lasts(random.between(MIN_PAUSE_MS, MAX_PAUSE_MS));
    }
  }
}
