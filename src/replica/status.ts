/** What a replica says of itself, before and after it has a membership. */
import { type ReplicaId, ZERO_BALLOT } from '../paxos/ballot.ts';
import type { CoreState } from '../paxos/core-state.ts';
import type { Membership } from '../paxos/membership.ts';
import type { ReplicaStatus } from './api.ts';
import { diskWarning } from './growth.ts';
import type { Replica } from './replica.ts';
import { SUSPECT_ADVICE } from './witnesses.ts';

export function workingStatus(
  replica: Replica,
  host: {
    readonly leader: ReplicaId | undefined;
    readonly isClosed: boolean;
  },
): ReplicaStatus {
  const { core, peers, store } = replica;
  const { leader } = host;
  const reasons = reasonsOf(replica, host);
  const warnings = [diskWarning(replica.diskLevel), replica.divergence.warning];
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
  if (isCatchingUp(core)) reasons.push(`catching up from slot ${core.learner.chosenUpTo}`);
  return reasons;
}

/** What its leader has chosen is not yet here. */
function isCatchingUp({ learner, limits }: CoreState): boolean {
  return learner.announced.upTo > learner.chosenUpTo + limits.openSlots;
}

export function startingStatus(
  replicaId: ReplicaId,
  genesis: Membership | undefined,
  reason: string,
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
    members: [],
  };
}
