/** What a replica says of itself, before and after it has a membership. */
import { type ReplicaId, ZERO_BALLOT } from '../paxos/ballot.ts';
import { isFetchingSnapshot } from '../paxos/compaction.ts';
import type { CoreState } from '../paxos/core-state.ts';
import type { Membership } from '../paxos/membership.ts';
import type { ReplicaStatus, TransferStatus } from './api.ts';
import type { Standing } from './happening.ts';
import type { Replica } from './replica.ts';
import { SUSPECT_ADVICE } from './witnesses.ts';

export function workingStatus(
  replica: Replica,
  host: {
    readonly leader: ReplicaId | undefined;
    readonly isClosed: boolean;
    readonly transfers: readonly TransferStatus[];
  },
): ReplicaStatus {
  const { core, peers, store } = replica;
  const { leader } = host;
  const reasons = reasonsOf(replica, host);
  const warnings = [replica.growth.warning, replica.divergence.warning];
  return {
    replicaId: core.self,
    ready: reasons.length === 0,
    reasons,
    warnings: warnings.filter((warning) => warning !== undefined),
    role: core.role.name === 'checking' ? 'follower' : core.role.name,
    ...(leader === undefined ? {} : { leader }),
    ballot: core.acceptor.promised,
    epoch: core.membership.epoch,
    clusterId: core.membership.clusterId,
    chosenUpTo: core.learner.chosenUpTo,
    appliedUpTo: store.appliedUpTo,
    revision: store.revision,
    floor: core.acceptor.floor,
    transfers: host.transfers,
    members: peers.members(core),
  };
}

function reasonsOf(
  replica: Replica,
  host: { readonly leader: ReplicaId | undefined; readonly isClosed: boolean },
): string[] {
  const { core, suspicion } = replica;
  const reasons: string[] = [];
  if (!core.isNamed) {
    const { epoch } = core.membership;
    reasons.push(`removed: since epoch ${epoch} it is no member of its cluster; shut it down`);
  }
  if (suspicion !== undefined) reasons.push(`suspect: ${suspicion}; ${SUSPECT_ADVICE}`);
  if (host.isClosed) reasons.push('it is closing');
  if (host.leader === undefined) reasons.push('no leader is known');
  if (isFetchingSnapshot(core) && core.role.name !== 'leader')
    reasons.push('its log ends below those of its peers: pulls a snapshot');
  if (isCatchingUp(core)) reasons.push(`catching up from slot ${core.learner.chosenUpTo}`);
  return reasons;
}

/** What its leader has chosen is not yet here. */
function isCatchingUp({ learner, limits }: CoreState): boolean {
  return learner.announced.upTo > learner.chosenUpTo + limits.openSlots;
}

/** The part of it that those who look on begin with. */
export function standingOf(status: ReplicaStatus): Standing {
  const { appliedUpTo, ballot, chosenUpTo, epoch, leader, role } = status;
  const members = status.members.map(({ id }) => id);
  const known = leader === undefined ? {} : { leader };
  return { type: 'standing', role, ...known, ballot, epoch, members, chosenUpTo, appliedUpTo };
}

export function startingStatus(
  replicaId: ReplicaId,
  genesis: Membership | undefined,
  reason: string,
  transfers: readonly TransferStatus[],
): ReplicaStatus {
  return {
    replicaId,
    ready: false,
    reasons: [reason],
    warnings: [],
    role: 'starting',
    ballot: ZERO_BALLOT,
    epoch: genesis?.epoch ?? 0,
    ...(genesis === undefined ? {} : { clusterId: genesis.clusterId }),
    chosenUpTo: 0,
    appliedUpTo: 0,
    revision: 0,
    floor: 0,
    transfers,
    members: [],
  };
}
