/** In some worlds one message of a ballot comes to each again and again, until all heal. */
import type { Ballot, ReplicaId } from '../paxos/ballot.ts';
import type { Ghost } from './ghost/ghost.ts';
import type { Plan } from './plan.ts';
import type { Probes } from './probes.ts';
import type { RandomStreams } from './random.ts';
import type { SimulatedNetwork } from './simulated-network.ts';

/** Of worlds with a core: that old messages come for ever. */
const ECHOES = 0.4;
/** Of these: that they are of ballots that are over. */
const OVER = 0.5;

export function beginEchoes(
  world: {
    readonly ghost: Ghost;
    readonly network: SimulatedNetwork;
    readonly plan: Plan;
    readonly probes: Probes;
    readonly streams: RandomStreams;
    readonly tell: (what: 'fault', text: string) => void;
  },
  ids: readonly ReplicaId[],
): void {
  const { ghost, network, plan, probes, streams, tell } = world;
  const random = streams.of('echoes');
  if (!random.chance(ECHOES)) return;
  const areOver = random.chance(OVER);
  const isWanted = (at: ReplicaId, ballot: Ballot): boolean =>
    ghost.hasPromisedAbove(at, ballot) === areOver;
  const options = { random, everyMs: plan.limits.tickMs, isWanted };
  if (!network.echoes.begin(ids, options)) return;
  probes.reached(areOver ? 'lastingEcho' : 'lastingEchoOfOffice');
  tell('fault', `for ever: messages of ballots that are ${areOver ? '' : 'not '}over come again`);
}
