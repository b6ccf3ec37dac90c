/**
 * One replica's process: its parts are opened in order, each given what it needs, and closed in
 * reverse. From the outside: data directory, peer port, replica, client port.
 */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { MAX_TTL_MS } from './kv/lifetime.ts';
import type { Config } from './config.ts';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from './http/limits.ts';
import { buildHttpServer } from './http/server.ts';
import { DEFAULT_CORE_LIMITS } from './paxos/core-limits.ts';
import type { Membership } from './paxos/membership.ts';
import { Host } from './replica/host.ts';
import type { StorageOpened } from './replica/host-options.ts';
import { DEFAULT_REPLICA_LIMITS, type ReplicaLimits } from './replica/limits.ts';
import type { Clock, Scheduler } from './replica/ports.ts';
import { linkLine, replicaLine } from './replica-log.ts';
import { openDataDirectory, type DataDirectory } from './storage/data-directory.ts';
import { type DiskMonitor, openDiskMonitor } from './storage/disk-space.ts';
import { type LogOpened, openAcceptorLog } from './storage/log-recovery.ts';
import { openStateStore } from './storage/state-recovery.ts';
import { openHttpNetwork, type HttpNetwork } from './transport/http-network.ts';
import { NO_TESTIMONY } from './transport/network.ts';
import { SYSTEM_TIMERS } from './transport/timers.ts';

export interface ServerOptions {
  readonly config: Config;
  readonly secret: Uint8Array | undefined;
  readonly logger: Logger;
  readonly version: string;
  /** It was suspect, and is let in again: it is to be closed, and opened once more. */
  readonly onLetIn: () => void;
  /** A bug or a failed disk. Nothing may be acknowledged after this. */
  readonly onFatal: (error: Error) => void;
}

export interface Server {
  /** Hands leadership over, answers what is in flight, writes the state, closes everything. */
  close(): Promise<void>;
}

/** Leadership is handed over within this; else the others will campaign. */
const HAND_OVER_MS = 1000;
/** Of the time to close: for requests in flight, and for the replica. The rest is reserve. */
const DRAIN_SHARE = 0.5;
const STOP_SHARE = 0.25;
const BOOT_NONCE_BYTES = 8;

const CLOCK: Clock = { nowMs: () => performance.now() };

const SCHEDULER: Scheduler = {
  defer: (run) => void setImmediate(run),
  every(intervalMs, run) {
    const timer = setInterval(run, intervalMs);
    return () => clearInterval(timer);
  },
};

/** Rejects, with everything closed again, where a part cannot be opened. */
export async function openServer(options: ServerOptions): Promise<Server> {
  const opened: (() => Promise<void>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (let close = opened.pop(); close !== undefined; close = opened.pop()) await close();
  };
  try {
    const { config, logger } = options;
    const directory = await openDataDirectory(config.dataDir, { replicaId: config.replicaId });
    opened.push(() => directory.close());
    const diskSpace = await watchDisk(options, directory);
    opened.push(() => diskSpace.close());
    const parts: Parts = { options, directory, diskSpace };
    const network = await openNetwork(parts);
    opened.push(() => network.close());
    const host = buildHost(parts, network);
    parts.host = host;
    const stopMs = STOP_SHARE * config.timing.closeMs;
    opened.push(() => new Promise((done) => host.close(stopMs, done)));
    const http = buildHttpServer({
      replica: host,
      limits: httpLimits(config),
      clock: CLOCK,
      otherLimits: replicaLimitsShown(DEFAULT_REPLICA_LIMITS),
      bootNonce: randomBytes(BOOT_NONCE_BYTES).toString('hex'),
      version: options.version,
      peerRefusals: () => network.refusals,
      logger,
    });
    await http.listen(config.listen.client);
    host.start();
    return {
      async close() {
        // The replica works on while requests in flight are answered; it only leads no longer.
        await handOver(host);
        await http.close();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** The network and the replica need each other: the one that is opened first is told of the other. */
interface Parts {
  readonly options: ServerOptions;
  readonly directory: DataDirectory;
  readonly diskSpace: DiskMonitor;
  host?: Host;
}

function openNetwork(parts: Parts): Promise<HttpNetwork> {
  const { config, logger, secret } = parts.options;
  const { incarnation } = parts.directory;
  return openHttpNetwork({
    self: { replicaId: config.replicaId, incarnation },
    secret: secret === undefined ? undefined : Buffer.from(secret),
    listen: config.listen.peer,
    peers: config.members,
    handlers: {
      onMessage: (from, message, said) => parts.host?.onMessage(from, message, said),
      testimonyTo: (peer) => parts.host?.testimonyTo(peer) ?? NO_TESTIMONY,
      onLink: () => parts.host?.onLink(),
      onLinkClosed: (peer) => parts.host?.onLinkClosed(peer),
      serveChosen(request, done) {
        if (parts.host === undefined) done(undefined);
        else parts.host.serveChosen(request, done);
      },
      serveProbe: () => parts.host?.serveProbe(),
      serveOrder(request, done) {
        if (parts.host === undefined) done({ type: 'notApplied', reason: 'notReady' });
        else parts.host.serveOrder(request, done);
      },
      serveSnapshot(from, request, done) {
        if (parts.host === undefined) done(undefined);
        else parts.host.serveSnapshot(from, request, done);
      },
    },
    onLinkChange: (change) => {
      const { fields, text } = linkLine(change);
      logger.debug(fields, text);
    },
    timers: SYSTEM_TIMERS,
    random: Math.random,
    limits: { queueBytes: config.limits.peerQueueBytes },
  });
}

function watchDisk({ config, logger }: ServerOptions, { path }: DataDirectory) {
  const { diskHardBytes, diskReserveBytes, diskSoftBytes } = config.limits;
  const marks = {
    softBytes: diskSoftBytes,
    hardBytes: diskHardBytes,
    reserveBytes: diskReserveBytes,
  };
  const onFailed = (err: Error): void => logger.warn({ err }, 'the disk could not be measured');
  return openDiskMonitor(path, { marks, onFailed });
}

function buildHost({ options, directory, diskSpace }: Parts, network: HttpNetwork): Host {
  const { config, logger, onFatal, onLetIn, version } = options;
  const { phase1, phase2 } = config.quorums;
  return new Host({
    self: config.replicaId,
    members: config.members,
    quorums: phase1 === undefined || phase2 === undefined ? undefined : { phase1, phase2 },
    directory,
    staging: {
      open: (fresh, done) => directory.states.openStaging(fresh, done),
      adopt: () => directory.states.adopt(),
    },
    onStateRead: () => directory.markRead(),
    openStorage: (membership, done) => openStorage(options, directory, membership, done),
    onMembership: (membership) => network.setMembership(membership),
    network,
    clock: CLOCK,
    scheduler: SCHEDULER,
    diskSpace,
    limits: replicaLimits(config),
    drawInteger,
    version,
    wallMs: () => Date.now(),
    observe: (event) => {
      const { level, fields, text } = replicaLine(event);
      logger[level](fields, text);
    },
    onLetIn,
    onFatal,
  });
}

/** The state first: the log is read from where the state is durable. */
function openStorage(
  { config, logger, onFatal }: ServerOptions,
  directory: DataDirectory,
  { clusterId, epoch }: Membership,
  done: StorageOpened,
): void {
  const { replicaId, incarnation } = directory;
  const identity = { clusterId, replicaId, incarnation, epoch };
  const limits = {
    cacheBytes: config.limits.stateCacheBytes,
    historyMs: config.timing.historyMs,
    historyRevisions: config.limits.historyRevisions,
    historyBytes: config.limits.historyBytes,
  };
  const witness = directory.openWitness(onFatal);
  openStateStore(directory.state, identity, limits, (stateError, store) => {
    if (stateError !== undefined || store === undefined) return done(stateError);
    const opened: LogOpened = (logError, log, recovered) => {
      if (logError !== undefined || log === undefined || recovered === undefined) {
        return done(logError, undefined, store);
      }
      if (witness.found === undefined && recovered.sequence > 0) {
        logger.warn('the log has no witness: whether it lost its end, only the peers can tell');
      }
      done(undefined, { log, recovered, store });
    };
    const { durablyApplied } = store;
    const logOptions = { witness, chainBytes: config.limits.logChainBytes, onFailed: onFatal };
    openAcceptorLog(directory.log, identity, durablyApplied, opened, logOptions);
  });
}

function replicaLimits({ leaseReads, timing, limits }: Config): ReplicaLimits {
  const leaderTimeoutTicks = Math.ceil(timing.leaderTimeoutMs / timing.tickMs);
  return {
    ...DEFAULT_REPLICA_LIMITS,
    core: {
      ...DEFAULT_CORE_LIMITS,
      heartbeatTicks: Math.max(1, Math.round(timing.heartbeatMs / timing.tickMs)),
      leaderTimeoutTicks,
      leaseGrantMs: leaseReads ? leaderTimeoutTicks * timing.tickMs : 0,
      leaseDriftPerMille: timing.leaseDriftPerMille,
      proposalWindow: limits.proposalWindow,
    },
    tickMs: timing.tickMs,
    noLeaderMs: Math.max(DEFAULT_REPLICA_LIMITS.noLeaderMs, 2 * timing.leaderTimeoutMs),
    slotBytes: limits.slotBytes,
    pendingBytes: limits.pendingBytes,
    flushMs: timing.stateFlushMs,
    changedKeys: limits.changedKeys,
    logMargins: {
      slots: limits.logSlots,
      bytes: limits.logBytes,
      ageMs: timing.logAgeMs,
      chainBytes: limits.logChainBytes,
      heldBytes: limits.logHeldBytes,
    },
    snapshots: {
      ...DEFAULT_REPLICA_LIMITS.snapshots,
      chunkBytes: limits.snapshotChunkBytes,
      bytesPerSecond: limits.snapshotBytesPerSecond,
      idleMs: timing.snapshotIdleMs,
    },
  };
}

/** Of the replica, what those meet who look at it from the client port. */
function replicaLimitsShown(limits: ReplicaLimits): Readonly<Record<string, number>> {
  const { leases, once, sampledMessagesPerSecond, tracedWrites, untakenEvents } = limits;
  const idempotency = { idempotencyEntries: once.entries, idempotencyBytes: once.bytes };
  const locks = { leases: leases.leases, lockWaiters: leases.waiters, ttlMs: MAX_TTL_MS };
  return { sampledMessagesPerSecond, tracedWrites, untakenEvents, ...idempotency, ...locks };
}

function httpLimits(config: Config): HttpLimits {
  const { limits, timing } = config;
  return {
    ...DEFAULT_HTTP_LIMITS,
    valueBytes: limits.valueBytes,
    changedKeys: limits.changedKeys,
    listItems: limits.listItems,
    listItemsByDefault: Math.min(DEFAULT_HTTP_LIMITS.listItemsByDefault, limits.listItems),
    connections: limits.clientConnections,
    requestMs: timing.requestMs,
    drainMs: DRAIN_SHARE * timing.closeMs,
  };
}

/** At a leader: the reachable voter that has applied the most leads from now on. */
function handOver(host: Host): Promise<void> {
  const { members, replicaId, role } = host.status();
  const [successor] = members
    .filter((member) => member.reachable && member.role === 'voter' && member.id !== replicaId)
    .toSorted((a, b) => b.appliedUpTo - a.appliedUpTo);
  if (role !== 'leader' || successor === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, HAND_OVER_MS);
    host.transferLeadership(successor.id, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function drawInteger(bits: number): number {
  return Number(BigInt(`0x${randomBytes(8).toString('hex')}`) >> BigInt(64 - bits));
}
