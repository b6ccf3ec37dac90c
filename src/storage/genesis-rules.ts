/** Which genesis a data directory takes: the first that names it, and after that no other. */
import { type Membership, memberOf } from '../paxos/membership.ts';
import { type DirectoryIdentity, genesisText } from './directory-files.ts';

export type GenesisStored =
  /** Durable; also where the same record was stored before. */
  | { readonly type: 'stored'; readonly genesis: Membership }
  | { readonly type: 'refused'; readonly genesis: Membership; readonly reason: string };

/** What is to be said of an offered genesis; the caller makes it durable where it is the first. */
export function judgeGenesis(
  offered: Membership,
  stored: Membership | undefined,
  identity: DirectoryIdentity,
): GenesisStored {
  if (stored !== undefined) return compareGenesis(stored, offered);
  const problem = genesisProblem(offered, identity);
  if (problem !== undefined) return { type: 'refused', genesis: offered, reason: problem };
  return { type: 'stored', genesis: offered };
}

/** Why this genesis is not for this directory; `undefined`: it is. */
export function genesisProblem(
  genesis: Membership,
  identity: DirectoryIdentity,
): string | undefined {
  const { replicaId, incarnation } = identity;
  const member = memberOf(genesis, replicaId);
  if (member === undefined) return `replica ${replicaId} is not a member of it`;
  if (member.incarnation === incarnation) return undefined;
  return (
    `it names replica ${replicaId} in incarnation ${member.incarnation}, ` +
    `and this directory was created as ${incarnation}`
  );
}

function compareGenesis(stored: Membership, offered: Membership): GenesisStored {
  if (genesisText(stored) === genesisText(offered)) return { type: 'stored', genesis: stored };
  const reason =
    stored.clusterId === offered.clusterId
      ? `another first membership of cluster ${stored.clusterId} is stored`
      : `this replica belongs to cluster ${stored.clusterId}, not to ${offered.clusterId}`;
  return { type: 'refused', genesis: stored, reason };
}
