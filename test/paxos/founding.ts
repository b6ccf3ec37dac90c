/** What cores begin with: the first membership, and what a replica finds on its disk. */
import { type Ballot, type ReplicaId, ZERO_BALLOT } from '../../src/paxos/ballot.ts';
import type { EpochProposal, Slot } from '../../src/paxos/command.ts';
import type { LogRecord } from '../../src/paxos/effects.ts';
import {
  type Epoch,
  majorities,
  type Membership,
  type QuorumSizes,
} from '../../src/paxos/membership.ts';

export function foundingMembership({
  nonVoting = [],
  quorums,
  replicas,
}: {
  readonly replicas: number;
  readonly nonVoting?: readonly ReplicaId[];
  readonly quorums?: QuorumSizes;
}): Membership {
  const ids = Array.from({ length: replicas }, (_, index) => index + 1);
  return {
    clusterId: 'c'.repeat(32),
    epoch: 1,
    members: ids.map((id) => ({
      id,
      incarnation: String(id).padStart(32, '0'),
      role: nonVoting.includes(id) ? 'nonVoting' : 'voter',
      peerUrl: `http://replica-${id}:7601`,
      clientUrl: `http://replica-${id}:7600`,
    })),
    quorums: quorums ?? majorities(replicas - nonVoting.length),
  };
}

/** What the chosen slots say of the membership. */
export function epochOf(
  genesis: Membership,
  chosen: readonly EpochProposal[],
): { membership: Membership; epochFrom: Slot } {
  const stop = chosen.findLast(({ command }) => command.type === 'stop');
  if (stop?.command.type !== 'stop') return { membership: genesis, epochFrom: 1 };
  return { membership: stop.command.membership, epochFrom: stop.slot + 1 };
}

/** What a replica reads from its disk: the highest promise, and the last proposal of each slot. */
export function recover(
  disk: readonly LogRecord[],
  above: Slot,
  epoch: Epoch,
): { promised: Ballot; highestRound: number; proposals: EpochProposal[] } {
  let promised = ZERO_BALLOT;
  let highestRound = 0;
  const proposals = new Map<Slot, EpochProposal>();
  for (const record of disk) {
    highestRound = Math.max(highestRound, record.ballot.round);
    if (record.epoch !== epoch) continue;
    if (record.type === 'promised') promised = record.ballot;
    else if (record.slot > above) proposals.set(record.slot, record);
  }
  return { promised, highestRound, proposals: [...proposals.values()] };
}
