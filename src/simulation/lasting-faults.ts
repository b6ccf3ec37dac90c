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

/** Whether its process goes on, well but for that. */
export function breakForEver(
  replica: SimulatedReplica,
  fault: LastingFault,
  world: {
    readonly ids: readonly ReplicaId[];
    readonly partitions: Partitions;
    readonly probes: Probes;
  },
): boolean {
  world.probes.reached(PROBE_OF[fault]);
  switch (fault) {
    case 'crashed':
      replica.isHeld = true;
      replica.crash();
      return false;
    case 'paused':
      // One that is down would come back, and not be paused.
      replica.start();
      replica.pause(FOR_EVER);
      return false;
    case 'hungDisk':
      replica.hangDisk(FOR_EVER);
      return false;
    case 'fullDisk':
      replica.wake();
      replica.failDisk(FOR_EVER, 'ENOSPC');
      return false;
    case 'noRoom':
      replica.heal();
      replica.room.fill(FOR_EVER);
      return true;
    default: {
      replica.heal();
      const others = world.ids.filter((id) => id !== replica.id);
      world.partitions.add(fault, [replica.id, ...others]);
      return true;
    }
  }
}
