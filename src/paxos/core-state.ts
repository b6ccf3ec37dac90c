/**
 * Everything that the core knows, as plain data: it can be copied, hashed and printed. What
 * belongs to a role lives in that role's variant, so that a follower cannot hold votes.
 */
import { type Ballot, type ReplicaId, ZERO_BALLOT } from './ballot.ts';
import type { Command, EpochProposal, Proposal, Slot } from './command.ts';
import type { CoreLimits } from './core-limits.ts';
import type { Effect } from './effects.ts';
import type { Beats, Known } from './freshness.ts';
import { type Epoch, type Incarnation, type Membership, memberOf } from './membership.ts';
import type { Grants, Lease, ReadRound, ReadWaiter } from './read-state.ts';

export interface AcceptedEntry {
  readonly epoch: Epoch;
  readonly ballot: Ballot;
  /** Taken away when the entry is: see `FORGOTTEN`. */
  command: Command;
}

/**
 * Stands in entries that were taken out of a map. A map that is much written to leaves old tables
 * behind, which hold its entries until the next full collection, and the commands with them.
 */
export const FORGOTTEN: Command = { type: 'noop', timeMs: 0, ballot: ZERO_BALLOT };

export interface AcceptorState {
  promised: Ballot;
  /** The write that makes `promised` durable. */
  promisedWrite: number;
  /** Accepted and not yet applied, by slot: at least every slot above `chosenUpTo`. Those of
   * earlier epochs are chosen. */
  readonly accepted: Map<Slot, AcceptedEntry>;
  /** The highest slot ever accepted or learnt. */
  highestSlot: Slot;
  /** Slots up to it are gone from the log, or never were there: the state holds them (I19). */
  floor: Slot;
}

/** What is pulled, from whom; the end of a snapshot is told, so that its ticks do not count. */
export interface Fetching {
  readonly from: ReplicaId;
  readonly what: 'slots' | 'snapshot';
  ticks: number;
}

export interface LearnerState {
  chosenUpTo: Slot;
  appliedUpTo: Slot;
  /** The highest `chosenUpTo` that a leader announced, with its ballot. */
  announced: { readonly ballot: Ballot; readonly upTo: Slot };
  /** What each peer last said of its own `chosenUpTo`. */
  readonly peersChosenUpTo: Map<ReplicaId, Slot>;
  /** Ticks without progress while something above `chosenUpTo` is known to be chosen. */
  behindTicks: number;
  fetching: Fetching | undefined;
  /** Below it a peer's log is trimmed, as it said. */
  readonly floors: Map<ReplicaId, Slot>;
  /** Who could not serve while it was behind, the latest last: asked when nobody else is left. */
  failed: readonly ReplicaId[];
  /** Who could not give its whole state meanwhile. */
  failedSnapshots: readonly ReplicaId[];
  /** The last pull brought nothing: the next one waits. */
  isPausing: boolean;
}

export interface ElectionState {
  /** The highest ballot heard of late, at or above the promise; a candidate's too. */
  heard: Ballot;
  /** Who is known to lead, in ballot `heard`. */
  leader: ReplicaId | undefined;
  /** The latest heartbeat of ballot `heard` that came; 0: none yet. */
  beat: number;
  /** What a leader told last, by when it is sure to be so. */
  known: Known | undefined;
  ticksSinceLeader: number;
  /** When `ticksSinceLeader` reaches this, the replica asks whether it may campaign. */
  timeoutTicks: number;
  /** The highest round seen anywhere: the next own round is above it. */
  highestRound: number;
  failedCampaigns: number;
  /** State of the generator that draws timeouts; seeded from outside. */
  random: number;
}

/** One acceptor's report, which may come in parts. */
export interface PromiseReport {
  readonly parts: number;
  readonly chosenUpTo: Slot;
  readonly received: Map<number, readonly Proposal[]>;
}

export interface Checking {
  readonly name: 'checking';
  /** The one that it would campaign in: a grant names it. */
  readonly ballot: Ballot;
  readonly granted: Set<ReplicaId>;
  ticks: number;
}

export interface Candidate {
  readonly name: 'candidate';
  readonly ballot: Ballot;
  /** The first slot that the prepare asked for. */
  readonly from: Slot;
  readonly succeeds: Ballot | undefined;
  readonly reports: Map<ReplicaId, PromiseReport>;
  ticks: number;
  /** `chosenUpTo` when progress was last seen, for the end of a fruitless campaign. */
  progress: Slot;
}

export interface InFlight {
  command: Command;
  readonly votes: Set<ReplicaId>;
  chosen: boolean;
  ticks: number;
}

export interface Leader {
  readonly name: 'leader';
  readonly ballot: Ballot;
  nextSlot: Slot;
  readonly inFlight: Map<Slot, InFlight>;
  /** The slot of the `NOOP` of its own ballot: no read index is given before it is chosen. */
  readonly firstOwnSlot: Slot;
  /** The slot of a stop that it proposed: nothing is proposed above it, and no read begins. */
  stop: Slot | undefined;
  /** Ticks since each peer said something new in this ballot. */
  readonly ticksSinceHeard: Map<ReplicaId, number>;
  readonly beats: Beats;
  heartbeatIn: number;
  round: ReadRound | undefined;
  readQueue: ReadWaiter[];
  /** Undefined: leases are off, or it takes none in this ballot any more. */
  lease: Lease | undefined;
  /** Leadership is being handed over: nothing new is proposed. */
  transfer: { readonly to: ReplicaId; ticks: number } | undefined;
  /** Who accepted recent slots: for those who look at the log, and to know a copy of a vote. */
  readonly recentVotes: Map<Slot, Set<ReplicaId>>;
}

export type Role = { readonly name: 'follower' } | Checking | Candidate | Leader;

/** A stop was chosen. */
export interface EpochEnd {
  readonly slot: Slot;
  /** Of the next epoch. */
  readonly membership: Membership;
}

export interface CoreState {
  readonly self: ReplicaId;
  readonly membership: Membership;
  /** The first slot of the membership's epoch; all before it are chosen in earlier ones. */
  readonly epochFrom: Slot;
  /** How its epoch ended: this core takes no more part in anything. */
  ended: EpochEnd | undefined;
  readonly limits: CoreLimits;
  readonly acceptor: AcceptorState;
  readonly learner: LearnerState;
  readonly election: ElectionState;
  readonly grants: Grants;
  /** Of its data directory; `undefined`: no membership has named it yet. */
  readonly incarnation: Incarnation | undefined;
  /** Whether the membership names this very replica, in its incarnation: else it has no vote. */
  readonly isNamed: boolean;
  /** Votes may have been forgotten here: it never votes again (suspect.ts). */
  isSuspect: boolean;
  /** As the last tick said: a write has been under way for too long to lead. */
  diskStalled: boolean;
  role: Role;
  /** How many writes were emitted. */
  writes: number;
  readonly firstNonce: number;
  nextNonce: number;
  /** Cluster time: the highest stamp seen in the log. */
  stampMs: number;
  /** Of a leader: the stamp, and its monotonic time, when it took office. */
  tookOffice: { readonly stampMs: number; readonly atMs: number };
}

/** What a replica finds on its disk when it starts. */
export interface Recovered {
  /** In the epoch that the replica is in. */
  readonly promised: Ballot;
  /** The highest round promised in any epoch. */
  readonly highestRound: number;
  /** The first slot of the epoch. */
  readonly epochFrom: Slot;
  readonly chosenUpTo: Slot;
  readonly appliedUpTo: Slot;
  /** At most `appliedUpTo`. */
  readonly floor: Slot;
  /** Every accepted slot above `appliedUpTo`: below `epochFrom` the chosen ones, from there on
   * those of the epoch. */
  readonly proposals: readonly EpochProposal[];
  /** Cluster time of the last applied slot. */
  readonly timeMs: number;
}

export const NOTHING_RECOVERED: Recovered = {
  promised: ZERO_BALLOT,
  highestRound: 0,
  epochFrom: 1,
  chosenUpTo: 0,
  appliedUpTo: 0,
  floor: 0,
  proposals: [],
  timeMs: 0,
};

export interface CoreOptions {
  readonly self: ReplicaId;
  readonly membership: Membership;
  readonly limits: CoreLimits;
  readonly recovered: Recovered;
  /** By default that of the membership. */
  readonly incarnation?: Incarnation | undefined;
  /** By default it is not. */
  readonly isSuspect?: boolean;
  /** Seeds the drawing of timeouts; any integer. */
  readonly seed: number;
  /** Never given before by this replica, in this or an earlier life: draw it at random. */
  readonly firstNonce: number;
  readonly nowMs: number;
}

/** As far as this replica knows. */
export function leaderOf({ election, role, self }: CoreState): ReplicaId | undefined {
  return role.name === 'leader' ? self : election.leader;
}

export function createCoreState(options: CoreOptions): CoreState {
  const { recovered } = options;
  const named = memberOf(options.membership, options.self)?.incarnation;
  const incarnation = options.incarnation ?? named;
  const accepted = new Map<Slot, AcceptedEntry>();
  let highestSlot = recovered.chosenUpTo;
  let stampMs = recovered.timeMs;
  for (const { epoch, slot, ballot, command } of recovered.proposals) {
    accepted.set(slot, { epoch, ballot, command });
    highestSlot = Math.max(highestSlot, slot);
    stampMs = Math.max(stampMs, command.timeMs);
  }
  return {
    self: options.self,
    membership: options.membership,
    epochFrom: recovered.epochFrom,
    ended: undefined,
    limits: options.limits,
    acceptor: {
      promised: recovered.promised,
      promisedWrite: 0,
      accepted,
      highestSlot,
      floor: recovered.floor,
    },
    learner: {
      chosenUpTo: recovered.appliedUpTo,
      appliedUpTo: recovered.appliedUpTo,
      announced: { ballot: ZERO_BALLOT, upTo: 0 },
      peersChosenUpTo: new Map(),
      behindTicks: 0,
      fetching: undefined,
      floors: new Map(),
      failed: [],
      failedSnapshots: [],
      isPausing: false,
    },
    election: {
      heard: ZERO_BALLOT,
      leader: undefined,
      beat: 0,
      known: undefined,
      ticksSinceLeader: options.limits.leaderTimeoutTicks,
      timeoutTicks: options.limits.leaderTimeoutTicks,
      highestRound: Math.max(recovered.highestRound, recovered.promised.round),
      failedCampaigns: 0,
      random: options.seed,
    },
    grants: { silentUntilMs: 0, last: undefined },
    incarnation,
    isNamed: named !== undefined && named === incarnation,
    isSuspect: options.isSuspect ?? false,
    diskStalled: false,
    role: { name: 'follower' },
    writes: 0,
    firstNonce: options.firstNonce,
    nextNonce: options.firstNonce,
    stampMs,
    tookOffice: { stampMs, atMs: options.nowMs },
  };
}

/** One step of the core under way: the state, the monotonic time, and what it wants done. */
export interface Turn {
  readonly core: CoreState;
  readonly nowMs: number;
  readonly effects: Effect[];
}
