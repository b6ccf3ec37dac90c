/** Processes that end although nobody ended them. */
import type { TortureReplica } from '../replica.ts';
import { idsOf } from './targets.ts';

export type Lives = ReadonlyMap<number, number>;

/** How many lives of each are over. */
export function livesOf(replicas: readonly TortureReplica[]): Lives {
  return new Map(replicas.map(({ ends, id }) => [id, ends.length]));
}

/** Which of them ended by themselves since then; `undefined`: none. */
export function endedSince(replicas: readonly TortureReplica[], lives: Lives): string | undefined {
  const ended = replicas.filter(({ ends, id }) =>
    ends.slice(lives.get(id) ?? 0).some(({ meant }) => !meant),
  );
  return ended.length === 0 ? undefined : `ended by itself: replica ${idsOf(ended).join(', ')}`;
}
