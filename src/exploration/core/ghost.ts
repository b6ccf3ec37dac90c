/**
 * What an all-knowing observer remembers of a run, beyond the state of the replicas: what was
 * proposed, who ever had it on disk, who durably promised what. The replicas never see it. It
 * holds the invariants of docs/testing.md against what happens.
 */
import { unreachable } from '../../paxos/assert.ts';
import {
  type Ballot,
  formatBallot,
  isAtLeast,
  isHigher,
  isSame,
  type ReplicaId,
  ZERO_BALLOT,
} from '../../paxos/ballot.ts';
import { type Command, isSameCommand, type Proposal, type Slot } from '../../paxos/command.ts';
import {
  type Epoch,
  isPhase1Quorum,
  isPhase2Quorum,
  isVoter,
  type Membership,
} from '../../paxos/membership.ts';
import { Violation } from '../system.ts';
import { nameProposal } from './place-name.ts';

/** What a step of a replica shows to the observer, in order. */
export type Happening = { readonly epoch: Epoch } & HappeningOfEpoch;

type HappeningOfEpoch =
  /** An `accept` left. */
  | ({ readonly type: 'proposed' } & Proposal)
  /** A `prepare` left. */
  | { readonly type: 'prepared'; readonly ballot: Ballot }
  | { readonly type: 'promised'; readonly by: ReplicaId; readonly ballot: Ballot }
  | ({ readonly type: 'accepted'; readonly by: ReplicaId } & Proposal)
  | {
      readonly type: 'learnt';
      readonly by: ReplicaId;
      readonly slot: Slot;
      readonly command: Command;
    }
  /** A message said that all slots up to this one are chosen. */
  | { readonly type: 'announced'; readonly upTo: Slot }
  /** A replica took office; `log` is what it knows or proposes, from slot 1. */
  | { readonly type: 'leads'; readonly ballot: Ballot; readonly log: readonly Command[] };

export interface Attempt extends Proposal {
  /** Who has it on disk, or once had. */
  readonly voters: readonly ReplicaId[];
}

export interface Ghost {
  readonly epochs: readonly EpochGhost[];
}

/** Of one epoch: with other members, quorums and ballots it is a world of its own. */
export interface EpochGhost {
  readonly membership: Membership;
  readonly attempts: readonly Attempt[];
  /** Ballots of which a `prepare` left. */
  readonly prepared: readonly Ballot[];
  /** The highest durable promise of each replica. */
  readonly promised: ReadonlyMap<ReplicaId, Ballot>;
}

/** Nothing has happened yet. */
export function newGhost(memberships: readonly Membership[]): Ghost {
  const none = { attempts: [], prepared: [], promised: new Map() };
  return { epochs: memberships.map((membership) => ({ membership, ...none })) };
}

export function nameGhost({ epochs }: Ghost): string {
  return epochs.map(nameEpoch).join('||');
}

function nameEpoch({ attempts, prepared, promised }: EpochGhost): string {
  return [
    attempts.map((attempt) => `${nameProposal(attempt)}(${attempt.voters.join('.')})`).toSorted(),
    prepared.map(formatBallot).toSorted(),
    [...promised].map(([id, ballot]) => `${id}:${formatBallot(ballot)}`).toSorted(),
  ].join('|');
}

/** Throws a `Violation` where the happening must not be. */
export function observe(ghost: Ghost, happening: Happening): Ghost {
  const { epoch } = happening;
  const before = ghost.epochs[epoch - 1];
  if (before === undefined) throw new Violation('I20: an epoch follows another', `epoch ${epoch}`);
  if (happening.type === 'announced') {
    checkAnnounced(ghost, happening.upTo);
    return ghost;
  }
  if (epoch > 1) checkBegun(ghost, epoch, happening);
  const after = observeInEpoch(before, happening);
  if (after === before) return ghost;
  return { epochs: ghost.epochs.map((one) => (one === before ? after : one)) };
}

function observeInEpoch(ghost: EpochGhost, happening: HappeningOfEpoch): EpochGhost {
  switch (happening.type) {
    case 'prepared':
      return observePrepared(ghost, happening.ballot);
    case 'proposed':
      return observeProposed(ghost, happening);
    case 'promised':
      return withPromise(ghost, happening.by, happening.ballot);
    case 'accepted':
      return observeAccepted(ghost, happening);
    case 'learnt': {
      const [chosen] = chosenIn(ghost, happening.slot);
      const isChosen = chosen !== undefined && isSameCommand(chosen.command, happening.command);
      check(isChosen, 'I11: only what is chosen is learnt', `slot ${happening.slot}`);
      const end = endOf(ghost) ?? Infinity;
      check(happening.slot <= end, 'I20: nothing is learnt above a stop', `slot ${happening.slot}`);
      return ghost;
    }
    case 'leads':
      checkQuorum(ghost, happening.ballot);
      checkComplete(ghost, happening.ballot, happening.log);
      return ghost;
    case 'announced':
      return ghost;
    default:
      return unreachable(happening);
  }
}

/** The slot of the stop that ended it: the lowest one that is chosen. */
export function endOf(ghost: EpochGhost): Slot | undefined {
  const stops = ghost.attempts.filter(
    ({ command, slot }) => command.type === 'stop' && isChosenIn(ghost, slot, 'stop'),
  );
  return stops.length === 0 ? undefined : Math.min(...stops.map(({ slot }) => slot));
}

function isChosenIn(ghost: EpochGhost, slot: Slot, type: Command['type']): boolean {
  return chosenIn(ghost, slot).some(({ command }) => command.type === type);
}

/** I20: an epoch begins after the stop of the one before is chosen, in the slot after it. */
function checkBegun({ epochs }: Ghost, epoch: Epoch, happening: Happening): void {
  const before = epochs[epoch - 2];
  const end = before === undefined ? undefined : endOf(before);
  check(end !== undefined, 'I20: an epoch begins when a stop is chosen', `epoch ${epoch}`);
  checkAnnounced({ epochs }, end ?? 0);
  const from = 'slot' in happening ? happening.slot : Infinity;
  check(from > (end ?? 0), 'I20: a slot is of one epoch', `epoch ${epoch}, slot ${from}`);
}

/** In whatever epoch each slot is. */
function checkAnnounced({ epochs }: Ghost, upTo: Slot): void {
  for (let slot = 1; slot <= upTo; slot += 1) {
    const isChosen = epochs.some(
      (one) => chosenIn(one, slot).length > 0 && slot <= (endOf(one) ?? Infinity),
    );
    check(isChosen, 'I11: only what is chosen is announced', `slot ${slot}`);
  }
}

/** I9: a leader has a phase 1 quorum of the voters of its own epoch. */
function checkQuorum({ membership, promised }: EpochGhost, ballot: Ballot): void {
  const voters = [...promised].filter(([id, other]) => {
    return isVoter(membership, id) && isAtLeast(other, ballot);
  });
  const isQuorum = isPhase1Quorum(membership, new Set(voters.map(([id]) => id)));
  check(isQuorum, 'I9: a leader has a quorum of its epoch', formatBallot(ballot));
}

/** The attempts in a slot that a phase 2 quorum accepted. */
export function chosenIn(ghost: EpochGhost, slot: Slot): readonly Attempt[] {
  const { membership } = ghost;
  return ghost.attempts.filter(
    (attempt) => attempt.slot === slot && isPhase2Quorum(membership, new Set(attempt.voters)),
  );
}

/** I2. */
function observePrepared(ghost: EpochGhost, ballot: Ballot): EpochGhost {
  const isNew = !ghost.prepared.some((other) => isSame(other, ballot));
  check(isNew, 'I2: no ballot is used twice', formatBallot(ballot));
  return { ...ghost, prepared: [...ghost.prepared, ballot] };
}

/** I3, I8, I20. */
function observeProposed(ghost: EpochGhost, proposal: Proposal): EpochGhost {
  const { slot, ballot, command } = proposal;
  const known = attemptOf(ghost, slot, ballot);
  if (known !== undefined) {
    const isOne = isSameCommand(known.command, command);
    check(isOne, 'I3: one command for a ballot and slot', nameProposal(proposal));
    return ghost;
  }
  checkSafe(ghost, proposal);
  const stop = ghost.attempts.find((one) => isSame(one.ballot, ballot) && isStop(one.command));
  const isBelow = stop === undefined || slot < stop.slot;
  check(isBelow, 'I20: nothing is proposed above a stop', nameProposal(proposal));
  return { ...ghost, attempts: [...ghost.attempts, { slot, ballot, command, voters: [] }] };
}

function isStop({ type }: Command): boolean {
  return type === 'stop';
}

/**
 * I8 (PMS P2c): there is a phase 1 quorum that promised the ballot, and of what its members
 * accepted below it in this slot, the highest is this command, or there is nothing.
 */
function checkSafe(ghost: EpochGhost, proposal: Proposal): void {
  const { membership } = ghost;
  const { slot, ballot, command } = proposal;
  const promised = membership.members
    .map(({ id }) => id)
    .filter((id) => isAtLeast(ghost.promised.get(id) ?? ZERO_BALLOT, ballot));
  const isSafe = subsets(promised).some((quorum) => {
    if (!isPhase1Quorum(membership, new Set(quorum))) return false;
    const below = ghost.attempts.filter(
      (attempt) =>
        attempt.slot === slot &&
        isHigher(ballot, attempt.ballot) &&
        attempt.voters.some((voter) => quorum.includes(voter)),
    );
    const highest = below.find((one) => below.every(({ ballot: b }) => isAtLeast(one.ballot, b)));
    return highest === undefined || isSameCommand(highest.command, command);
  });
  check(isSafe, 'I8: a proposal is free or inherited', nameProposal(proposal));
}

function subsets(ids: readonly ReplicaId[]): readonly (readonly ReplicaId[])[] {
  const [first, ...rest] = ids;
  if (first === undefined) return [[]];
  const without = subsets(rest);
  return [...without, ...without.map((subset) => [first, ...subset])];
}

/** I1; accepting promises too. */
function observeAccepted(
  ghost: EpochGhost,
  { by, slot, ballot, command }: Proposal & { readonly by: ReplicaId },
): EpochGhost {
  const known = attemptOf(ghost, slot, ballot) ?? { slot, ballot, command, voters: [] };
  const isOne = isSameCommand(known.command, command);
  check(isOne, 'I3: one command for a ballot and slot', nameProposal({ slot, ballot, command }));
  const voters = [...new Set([...known.voters, by])].toSorted((a, b) => a - b);
  const others = ghost.attempts.filter((attempt) => attempt !== known);
  const attempts = [...others, { ...known, voters }];
  const after = withPromise({ ...ghost, attempts }, by, ballot);
  const [first, ...more] = chosenIn(after, slot);
  for (const other of more) {
    const isAgreed = first !== undefined && isSameCommand(first.command, other.command);
    check(isAgreed, 'I1: at most one command is chosen', `slot ${slot}`);
  }
  return after;
}

function withPromise(ghost: EpochGhost, by: ReplicaId, ballot: Ballot): EpochGhost {
  if (!isHigher(ballot, ghost.promised.get(by) ?? ZERO_BALLOT)) return ghost;
  return { ...ghost, promised: new Map(ghost.promised).set(by, ballot) };
}

/** I10: a new leader holds everything that was chosen in a lower ballot, up to a stop. */
function checkComplete(ghost: EpochGhost, ballot: Ballot, log: readonly Command[]): void {
  const from = ghost.membership.epoch > 1 ? log.findIndex(isStop) + 1 : 0;
  const stop = log.findIndex((command, index) => index >= from && isStop(command));
  for (const { slot } of ghost.attempts) {
    const chosen = chosenIn(ghost, slot).find((one) => isHigher(ballot, one.ballot));
    if (chosen === undefined || (stop >= 0 && slot > stop + 1)) continue;
    const held = log[slot - 1];
    const isHeld = held !== undefined && isSameCommand(held, chosen.command);
    check(isHeld, 'I10: a leader holds what was chosen', `${formatBallot(ballot)}, slot ${slot}`);
  }
}

function attemptOf(ghost: EpochGhost, slot: Slot, ballot: Ballot): Attempt | undefined {
  return ghost.attempts.find((one) => one.slot === slot && isSame(one.ballot, ballot));
}

export function check(condition: boolean, invariant: string, detail: string): void {
  if (!condition) throw new Violation(invariant, detail);
}
