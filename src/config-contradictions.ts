/** What no two settings may say together, each with the setting that is to blame. */
import type { Config } from './config-schema.ts';

export interface Contradiction {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export function contradictions(config: Config): readonly Contradiction[] {
  return [
    ...memberContradictions(config),
    ...quorumContradictions(config),
    ...listenContradictions(config),
    ...timingContradictions(config),
    ...leaseContradictions(config),
    ...diskContradictions(config),
    ...snapshotContradictions(config),
  ];
}

function memberContradictions({ members, replicaId: self }: Config): readonly Contradiction[] {
  const found: Contradiction[] = [];
  const seen = new Map<string, string>();
  for (const [index, member] of members.entries()) {
    const names = { id: `id ${member.id}`, peerUrl: member.peerUrl, clientUrl: member.clientUrl };
    for (const [field, name] of Object.entries(names)) {
      const earlier = seen.get(name);
      const message = `${name} is given twice (also in ${earlier})`;
      if (earlier !== undefined) found.push({ path: ['members', index, field], message });
      seen.set(name, `members.${index}.${field}`);
    }
  }
  if (!members.some((member) => member.id === self)) {
    found.push({ path: ['members'], message: `must contain replica ${self}, which is this one` });
  }
  return found;
}

function quorumContradictions({ members, quorums }: Config): readonly Contradiction[] {
  const count = members.length;
  if (quorums.phase1 === undefined && quorums.phase2 === undefined) return [];
  if (quorums.phase1 === undefined || quorums.phase2 === undefined) {
    return [{ path: ['quorums'], message: 'phase1 and phase2 go together' }];
  }
  if (Math.max(quorums.phase1, quorums.phase2) > count) {
    return [{ path: ['quorums'], message: `no quorum is larger than the ${count} members` }];
  }
  if (quorums.phase1 + quorums.phase2 > count) return [];
  const message = `phase1 + phase2 must be more than the ${count} members, so that they meet`;
  return [{ path: ['quorums'], message }];
}

function listenContradictions({ listen }: Config): readonly Contradiction[] {
  if (listen.client.port !== listen.peer.port) return [];
  const message = `${listen.peer.port} is the client port as well`;
  return [{ path: ['listen', 'peer', 'port'], message }];
}

function timingContradictions({ timing }: Config): readonly Contradiction[] {
  const found: Contradiction[] = [];
  if (timing.heartbeatMs < timing.tickMs) {
    const message = `must be at least tickMs, ${timing.tickMs}`;
    found.push({ path: ['timing', 'heartbeatMs'], message });
  }
  if (timing.leaderTimeoutMs < 3 * timing.heartbeatMs) {
    const message = `must be at least three heartbeats, ${3 * timing.heartbeatMs}`;
    found.push({ path: ['timing', 'leaderTimeoutMs'], message });
  }
  return found;
}

/** A wall clock shows whole ms: what it is compared for must be more. */
const LEAST_STANDSTILL_MS = 2;

function leaseContradictions({ leaseReads, timing }: Config): readonly Contradiction[] {
  if (!leaseReads) return [];
  const found: Contradiction[] = [];
  const standstillMs = (timing.leaderTimeoutMs * timing.leaseDriftPerMille) / 1000;
  const leaseMs = timing.leaderTimeoutMs - 3 * standstillMs;
  const path = ['timing', 'leaseDriftPerMille'];
  if (leaseMs < 2 * timing.heartbeatMs) {
    const message = `leaves a lease of ${leaseMs} ms, which is less than two heartbeats`;
    found.push({ path, message });
  }
  if (standstillMs < LEAST_STANDSTILL_MS) {
    const message = `allows for ${standstillMs} ms of leaderTimeoutMs, and no less than ${LEAST_STANDSTILL_MS} can be told`;
    found.push({ path, message });
  }
  return found;
}

function diskContradictions({ limits }: Config): readonly Contradiction[] {
  const { diskHardBytes, diskReserveBytes, diskSoftBytes } = limits;
  const found: Contradiction[] = [];
  if (diskSoftBytes < diskHardBytes) {
    const message = `must be at least diskHardBytes, ${diskHardBytes}`;
    found.push({ path: ['limits', 'diskSoftBytes'], message });
  }
  if (diskReserveBytes > 0 && diskReserveBytes >= diskHardBytes) {
    const message = `must be below diskHardBytes, ${diskHardBytes}: what is reserved counts as room`;
    found.push({ path: ['limits', 'diskReserveBytes'], message });
  }
  return found;
}

/** A chunk that took longer to come due than its receiver waits would be asked for in vain. */
function snapshotContradictions({ limits }: Config): readonly Contradiction[] {
  if (limits.snapshotChunkBytes <= 2 * limits.snapshotBytesPerSecond) return [];
  const message = 'must be at least half of limits.snapshotChunkBytes';
  return [{ path: ['limits', 'snapshotBytesPerSecond'], message }];
}
