/** In some worlds one message of an ended ballot comes to each again and again, until all heal. */
import type { Ballot, ReplicaId } from '../paxos/ballot.ts';
import type { Ghost } from './ghost/ghost.ts';
import type { Plan } from './plan.ts';
import type { Probes } from './probes.ts';
import type { RandomStreams } from './random.ts';
import type { SimulatedNetwork } from './simulated-network.ts';

/** Of worlds with a core: that old messages come for ever. */
const ECHOES = 0.4;

export function beginEchoes(
  world: {
    readonly ghost: Ghost;
    readonly network: SimulatedNetwork;
    readonly plan: Plan;
    readonly probes: Probes;
    readonly streams: RandomStreams;
    readonly tell: (what: 'fault', text: string) => void;
  },
  core: readonly ReplicaId[],
): void {
  const { ghost, network, plan, probes, streams, tell } = world;
  const random = streams.of('echoes');
  if (!random.chance(ECHOES)) return;
  const isOver = (at: ReplicaId, ballot: Ballot): boolean => ghost.hasPromisedAbove(at, ballot);
  const options = { random, everyMs: plan.limits.tickMs, isOver };
  if (!network.echoes.begin(core, options)) return;
  probes.reached('lastingEcho');
  tell('fault', 'for ever: messages of ballots that are over come again');
}
