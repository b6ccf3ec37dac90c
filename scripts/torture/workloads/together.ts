/** Clients that work at the same time, and end together. */
import type { WorkloadContext } from '../workload.ts';

/**
 * Resolves when the last has ended. Where one throws, the others begin no further call, and it is
 * thrown on when they have ended too: whoever hears of it finds nobody at work.
 */
export async function runTogether(
  context: WorkloadContext,
  start: (own: WorkloadContext) => readonly Promise<void>[],
): Promise<void> {
  const { recorder, random, replicas, sabotage } = context;
  let isBroken = false;
  const own: WorkloadContext = {
    clients: () => context.clients(),
    recorder,
    random,
    isOver: () => isBroken || context.isOver(),
    pause: (ms) => context.pause(ms),
    replicas,
    sabotage,
  };
  const one = async (running: Promise<void>): Promise<void> => {
    try {
      await running;
    } catch (error) {
      isBroken = true;
      throw error;
    }
  };
  const ends = await Promise.allSettled(start(own).map(one));
  const broken = ends.find((end) => end.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
}
