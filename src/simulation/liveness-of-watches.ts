/** L2 of those who watch: they are told of all that is applied where they watch. */
import type { Clients } from './clients/clients.ts';
import { check } from './ghost/invariant.ts';
import type { VirtualTime } from './virtual-time.ts';

interface Room {
  readonly clients: Clients;
  readonly runWhile: (isWanted: () => boolean) => void;
  readonly time: VirtualTime;
}

export function checkTold({ clients, runWhile, time }: Room, withinMs: number): void {
  const untilMs = time.nowMs() + withinMs;
  runWhile(() => time.nowMs() < untilMs && !clients.areTold);
  check(clients.areTold, 'L2: who watches is told of everything', clients.toldSoFar);
}
