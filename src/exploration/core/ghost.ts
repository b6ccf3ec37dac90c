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
import type { Membership } from '../../paxos/membership.ts';
import { isPhase1Quorum, isPhase2Quorum } from '../../paxos/membership.ts';
import { Violation } from '../system.ts';
import { nameProposal } from './place-name.ts';

/** What a step of a replica shows to the observer, in order. */
export type Happening =
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
  readonly attempts: readonly Attempt[];
  /** Ballots of which a `prepare` left. */
  readonly prepared: readonly Ballot[];
  /** The highest durable promise of each replica. */
  readonly promised: ReadonlyMap<ReplicaId, Ballot>;
}

export const NO_GHOST: Ghost = { attempts: [], prepared: [], promised: new Map() };

export function nameGhost({ attempts, prepared, promised }: Ghost): string {
  return [
    attempts.map((attempt) => `${nameProposal(attempt)}(${attempt.voters.join('.')})`).toSorted(),
    prepared.map(formatBallot).toSorted(),
    [...promised].map(([id, ballot]) => `${id}:${formatBallot(ballot)}`).toSorted(),
  ].join('|');
}

/** Throws a `Violation` where the happening must not be. */
export function observe(ghost: Ghost, happening: Happening, membership: Membership): Ghost {
  switch (happening.type) {
    case 'prepared':
      return observePrepared(ghost, happening.ballot);
    case 'proposed':
      return observeProposed(ghost, happening, membership);
    case 'promised':
      return withPromise(ghost, happening.by, happening.ballot);
    case 'accepted':
      return observeAccepted(ghost, happening, membership);
    case 'learnt': {
      const chosen = chosenIn(ghost, happening.slot, membership)[0];
      const isChosen = chosen !== undefined && isSameCommand(chosen.command, happening.command);
      check(isChosen, 'I11: only what is chosen is learnt', `slot ${happening.slot}`);
      return ghost;
    }
    case 'announced':
      for (let slot = 1; slot <= happening.upTo; slot += 1) {
        const isChosen = chosenIn(ghost, slot, membership).length > 0;
        check(isChosen, 'I11: only what is chosen is announced', `slot ${slot}`);
      }
      return ghost;
    case 'leads':
      checkComplete(ghost, happening.ballot, happening.log, membership);
      return ghost;
    default:
      return unreachable(happening);
  }
}

/** The attempts in a slot that a phase 2 quorum accepted. */
export function chosenIn(ghost: Ghost, slot: Slot, membership: Membership): readonly Attempt[] {
  return ghost.attempts.filter(
    (attempt) => attempt.slot === slot && isPhase2Quorum(membership, new Set(attempt.voters)),
  );
}

/** I2. */
function observePrepared(ghost: Ghost, ballot: Ballot): Ghost {
  const isNew = !ghost.prepared.some((other) => isSame(other, ballot));
  check(isNew, 'I2: no ballot is used twice', formatBallot(ballot));
  return { ...ghost, prepared: [...ghost.prepared, ballot] };
}

/** I3, I8. */
function observeProposed(ghost: Ghost, proposal: Proposal, membership: Membership): Ghost {
  const { slot, ballot, command } = proposal;
  const known = attemptOf(ghost, slot, ballot);
  if (known !== undefined) {
    const isOne = isSameCommand(known.command, command);
    check(isOne, 'I3: one command for a ballot and slot', nameProposal(proposal));
    return ghost;
  }
  checkSafe(ghost, proposal, membership);
  return { ...ghost, attempts: [...ghost.attempts, { slot, ballot, command, voters: [] }] };
}

/**
 * I8 (PMS P2c): there is a phase 1 quorum that promised the ballot, and of what its members
 * accepted below it in this slot, the highest is this command, or there is nothing.
 */
function checkSafe(ghost: Ghost, proposal: Proposal, membership: Membership): void {
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
  ghost: Ghost,
  { by, slot, ballot, command }: Proposal & { readonly by: ReplicaId },
  membership: Membership,
): Ghost {
  const known = attemptOf(ghost, slot, ballot) ?? { slot, ballot, command, voters: [] };
  const isOne = isSameCommand(known.command, command);
  check(isOne, 'I3: one command for a ballot and slot', nameProposal({ slot, ballot, command }));
  const voters = [...new Set([...known.voters, by])].toSorted((a, b) => a - b);
  const others = ghost.attempts.filter((attempt) => attempt !== known);
  const attempts = [...others, { ...known, voters }];
  const after = withPromise({ ...ghost, attempts }, by, ballot);
  const [first, ...more] = chosenIn(after, slot, membership);
  for (const other of more) {
    const isAgreed = first !== undefined && isSameCommand(first.command, other.command);
    check(isAgreed, 'I1: at most one command is chosen', `slot ${slot}`);
  }
  return after;
}

function withPromise(ghost: Ghost, by: ReplicaId, ballot: Ballot): Ghost {
  if (!isHigher(ballot, ghost.promised.get(by) ?? ZERO_BALLOT)) return ghost;
  return { ...ghost, promised: new Map(ghost.promised).set(by, ballot) };
}

/** I10: a new leader holds everything that was chosen in a lower ballot. */
function checkComplete(
  ghost: Ghost,
  ballot: Ballot,
  log: readonly Command[],
  membership: Membership,
): void {
  for (const { slot } of ghost.attempts) {
    const chosen = chosenIn(ghost, slot, membership).find((one) => isHigher(ballot, one.ballot));
    if (chosen === undefined) continue;
    const held = log[slot - 1];
    const isHeld = held !== undefined && isSameCommand(held, chosen.command);
    check(isHeld, 'I10: a leader holds what was chosen', `${formatBallot(ballot)}, slot ${slot}`);
  }
}

function attemptOf(ghost: Ghost, slot: Slot, ballot: Ballot): Attempt | undefined {
  return ghost.attempts.find((one) => one.slot === slot && isSame(one.ballot, ballot));
}

export function check(condition: boolean, invariant: string, detail: string): void {
  if (!condition) throw new Violation(invariant, detail);
}
