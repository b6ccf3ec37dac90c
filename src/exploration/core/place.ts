/**
 * One replica and its disk. The core is the real one; around it stands what the replica's loop and
 * its log do: writes become durable in the order of their emission, all that are pending at once,
 * and what rests on a write leaves when it is durable.
 *
 * A place is a value: it is copied before the core steps.
 */
import { unreachable } from '../../paxos/assert.ts';
import { type Ballot, type ReplicaId, ZERO_BALLOT } from '../../paxos/ballot.ts';
import type { Command, EpochProposal, Slot } from '../../paxos/command.ts';
import { startCore } from '../../paxos/core.ts';
import { resolveEpochs } from '../../paxos/epoch-history.ts';
import type { CoreState, PromiseReport, Role } from '../../paxos/core-state.ts';
import type { Effect, LogRecord } from '../../paxos/effects.ts';
import type { Message } from '../../paxos/messages.ts';
import type { Epoch } from '../../paxos/membership.ts';
import { type CoreScope, isVictimChosen, limitsOf, membershipOf, membershipsOf } from './scope.ts';

export interface Place {
  readonly core: CoreState;
  readonly disk: Disk;
  /** Emitted and not yet durable. */
  pending: LogRecord[];
  /** What waits for a write, in the order in which the core gave it. */
  held: Held[];
  /** The number of the last durable write. */
  durable: number;
  /** Writes become durable by an action of their own; else as soon as they are emitted. */
  hasSlowDisk: boolean;
  campaignsLeft: number;
  commandsLeft: number;
  /** The epoch that does not end in this scope. */
  readonly lastEpoch: Epoch;
}

export interface Held {
  readonly after: number;
  readonly to: ReplicaId;
  readonly message: Message;
}

/** What is durable. */
export interface Disk {
  readonly epochs: Map<Epoch, EpochDisk>;
  chosenUpTo: Slot;
}

/** Of one epoch. */
export interface EpochDisk {
  promised: Ballot;
  readonly accepted: Map<Slot, { readonly ballot: Ballot; readonly command: Command }>;
}

/** What it holds of an epoch: nothing, as long as nothing was written in it. */
export function diskOf(disk: Disk, epoch: Epoch): Readonly<EpochDisk> {
  return disk.epochs.get(epoch) ?? { promised: ZERO_BALLOT, accepted: new Map() };
}

/** For writing. */
export function openEpoch(disk: Disk, epoch: Epoch): EpochDisk {
  const known = disk.epochs.get(epoch);
  if (known !== undefined) return known;
  const fresh: EpochDisk = { promised: ZERO_BALLOT, accepted: new Map() };
  disk.epochs.set(epoch, fresh);
  return fresh;
}

export function newPlace(self: ReplicaId, scope: CoreScope, hasSlowDisk: boolean): Place {
  const disk: Disk = { epochs: new Map(), chosenUpTo: 0 };
  const isProposer = self <= scope.proposers;
  return {
    core: start(self, scope, disk).core,
    disk,
    pending: [],
    held: [],
    durable: 0,
    hasSlowDisk,
    campaignsLeft: isProposer ? scope.campaigns : 0,
    commandsLeft: isProposer ? 1 : 0,
    lastEpoch: membershipsOf(scope).length,
  };
}

/** After a crash only the disk is left, and what the world still has to give. */
export function restarted(
  place: Place,
  scope: CoreScope,
): { readonly place: Place; readonly effects: readonly Effect[] } {
  const disk = copyDisk(place.disk);
  const { core, effects } = start(place.core.self, scope, disk);
  const hasSlowDisk = place.hasSlowDisk && !isVictimChosen(scope);
  const fresh = { pending: [], held: [], durable: 0, hasSlowDisk };
  return { place: { ...place, ...fresh, core, disk }, effects };
}

function start(
  self: ReplicaId,
  scope: CoreScope,
  disk: Disk,
): { core: CoreState; effects: Effect[] } {
  const { chosenUpTo } = disk;
  const begin = { membership: membershipOf(scope), epochFrom: 1 };
  const { membership, epochFrom, proposals } = resolveEpochs(begin, chosenUpTo, allOf(disk));
  const { promised } = diskOf(disk, membership.epoch);
  const rounds = [...disk.epochs.values()].map((one) => one.promised.round);
  const highestRound = Math.max(0, ...rounds);
  const recovered = { promised, highestRound, epochFrom, chosenUpTo, appliedUpTo: 0, timeMs: 0 };
  return startCore({
    self,
    membership,
    limits: limitsOf(scope),
    recovered: { ...recovered, floor: 0, proposals },
    seed: 1,
    firstNonce: 0,
    nowMs: 0,
  });
}

function allOf({ epochs }: Disk): readonly EpochProposal[] {
  return [...epochs].flatMap(([epoch, { accepted }]) =>
    [...accepted].map(([slot, entry]) => ({ epoch, slot, ...entry })),
  );
}

export function copyPlace(place: Place): Place {
  return { ...place, core: copyCore(place.core), disk: copyDisk(place.disk) };
}

function copyDisk(disk: Disk): Disk {
  const epochs = [...disk.epochs].map(([epoch, { promised, accepted }]) => {
    return [epoch, { promised, accepted: new Map(accepted) }] as const;
  });
  return { ...disk, epochs: new Map(epochs) };
}

/** What the core changes in place is copied; what it replaces is shared. */
function copyCore(core: CoreState): CoreState {
  const { acceptor, learner } = core;
  const accepted = new Map([...acceptor.accepted].map(([slot, entry]) => [slot, { ...entry }]));
  const { fetching } = learner;
  return {
    ...core,
    acceptor: { ...acceptor, accepted },
    learner: {
      ...learner,
      peersChosenUpTo: new Map(learner.peersChosenUpTo),
      floors: new Map(learner.floors),
      fetching: fetching === undefined ? undefined : { ...fetching },
    },
    election: { ...core.election },
    role: copyRole(core.role),
  };
}

function copyRole(role: Role): Role {
  switch (role.name) {
    case 'follower':
      return role;
    case 'checking':
      return { ...role, granted: new Set(role.granted) };
    case 'candidate': {
      const reports = [...role.reports].map(([id, report]) => [id, copyReport(report)] as const);
      return { ...role, reports: new Map(reports) };
    }
    case 'leader': {
      const inFlight = [...role.inFlight].map(
        ([slot, entry]) => [slot, { ...entry, votes: new Set(entry.votes) }] as const,
      );
      return {
        ...role,
        inFlight: new Map(inFlight),
        ticksSinceHeard: new Map(role.ticksSinceHeard),
        beats: {
          ...role.beats,
          sentAtMs: new Map(role.beats.sentAtMs),
          answers: new Map(role.beats.answers),
        },
        recentVotes: new Map(),
      };
    }
    default:
      return unreachable(role);
  }
}

function copyReport(report: PromiseReport): PromiseReport {
  return { ...report, received: new Map(report.received) };
}
