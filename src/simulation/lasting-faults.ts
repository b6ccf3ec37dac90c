/**
 * What stays broken for ever while a core heals: one fault for each replica outside of it. One whose
 * process lives is well but for that: it ends what it had begun before the time of peace.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Partitions } from './partitions.ts';
import type { ProbeName, Probes } from './probes.ts';
import type { Random } from './random.ts';
import type { SimulatedReplica } from './simulated-replica.ts';

const FOR_EVER = Number.POSITIVE_INFINITY;

const LASTING = [
  'crashed',
  'paused',
  'hungDisk',
  'fullDisk',
  'noRoom',
  'isolated',
  'sendOnly',
  'receiveOnly',
] as const;

export type LastingFault = (typeof LASTING)[number];

const PROBE_OF: { readonly [Fault in LastingFault]: ProbeName } = {
  crashed: 'lastingCrash',
  paused: 'lastingPause',
  hungDisk: 'lastingHungDisk',
  fullDisk: 'lastingFullDisk',
  noRoom: 'lastingNoRoom',
  isolated: 'lastingIsolated',
  sendOnly: 'lastingSendOnly',
  receiveOnly: 'lastingReceiveOnly',
};

export function drawLastingFault(random: Random): LastingFault {
  return random.pick(LASTING);
}

export function breakForEver(
  replica: SimulatedReplica,
  fault: LastingFault,
  world: {
    readonly ids: readonly ReplicaId[];
    readonly partitions: Partitions;
    readonly probes: Probes;
  },
): void {
  world.probes.reached(PROBE_OF[fault]);
  switch (fault) {
    case 'crashed':
      replica.isHeld = true;
      return replica.crash();
    case 'paused':
      return replica.pause(FOR_EVER);
    case 'hungDisk':
      return replica.hangDisk(FOR_EVER);
    case 'fullDisk':
      return replica.failDisk(FOR_EVER, 'ENOSPC');
    case 'noRoom':
      replica.heal();
      return replica.room.fill(FOR_EVER);
    default: {
      replica.heal();
      const others = world.ids.filter((id) => id !== replica.id);
      return world.partitions.add(fault, [replica.id, ...others]);
    }
  }
}
