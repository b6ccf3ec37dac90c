/** What a simulated replica is made of. */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { InitialMember } from '../replica/bootstrap.ts';
import type { Choices } from './choices.ts';
import type { Ghost } from './ghost/ghost.ts';
import type { Plan } from './plan.ts';
import type { RandomStreams } from './random.ts';
import type { SimulatedNetwork } from './simulated-network.ts';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface SimulatedReplicaOptions {
  readonly id: ReplicaId;
  readonly members: readonly InitialMember[];
  readonly plan: Plan;
  readonly streams: RandomStreams;
  readonly choices: Choices;
  readonly trace: Trace;
  readonly time: VirtualTime;
  readonly network: SimulatedNetwork;
  readonly ghost: Ghost;
}
