/**
 * What was ever proposed, who has it on disk or once had, and so what is chosen: one command for a
 * ballot and slot (I3), one command for a slot that a quorum ever had (I1). Nothing is ever taken
 * back, also where a disk loses it later.
 */
import { unreachable } from '../../paxos/assert.ts';
import type { Ballot, ReplicaId } from '../../paxos/ballot.ts';
import type { Command, Proposal, Slot } from '../../paxos/command.ts';
import { isSameMembership } from '../../paxos/membership.ts';
import { violate } from './invariant.ts';
import { type Mask, type Rank, rankOf, rankText, type Voters } from './ranks.ts';

export interface Attempt {
  readonly rank: Rank;
  readonly command: Command;
  /** Who has it on disk, or once had. */
  durable: Mask;
  /** Whose votes have reached the leader. */
  counted: Mask;
}

export interface ChosenSlot {
  readonly slot: Slot;
  readonly rank: Rank;
  readonly command: Command;
}

export class Proposals {
  readonly #bySlot: Attempt[][] = [];
  readonly chosen = new Map<Slot, Command>();
  /** The lowest rank in which each slot is known to be chosen. */
  readonly #chosenIn: Rank[] = [];
  #chosenUpTo: Slot = 0;
  #highestChosen: Slot = 0;

  /** Every slot up to here is chosen. */
  get chosenUpTo(): Slot {
    return this.#chosenUpTo;
  }

  get highestChosen(): Slot {
    return this.#highestChosen;
  }

  /** Undefined where the slot is not chosen. */
  chosenIn(slot: Slot): Rank | undefined {
    return this.#chosenIn[slot];
  }

  isChosen(slot: Slot, command: Command): boolean {
    const chosen = this.chosen.get(slot);
    return chosen !== undefined && isSame(chosen, command);
  }

  /** I3: one command for a ballot and slot, in messages and on disks. */
  attempt(slot: Slot, ballot: Ballot, command: Command): Attempt {
    const rank = rankOf(ballot);
    const known = this.find(slot, rank);
    if (known !== undefined) {
      if (!isSame(known.command, command)) {
        violate('I3: one command for a ballot and slot', `${rankText(rank)} in slot ${slot}`);
      }
      return known;
    }
    const attempt: Attempt = { rank, command, durable: 0, counted: 0 };
    (this.#bySlot[slot] ??= []).push(attempt);
    return attempt;
  }

  /** The latest attempts are looked at first. */
  find(slot: Slot, rank: Rank): Attempt | undefined {
    const attempts = this.#bySlot[slot];
    if (attempts === undefined) return undefined;
    for (let index = attempts.length - 1; index >= 0; index -= 1) {
      if (attempts[index]?.rank === rank) return attempts[index];
    }
    return undefined;
  }

  /** I21: what is found on a disk was once proposed, to the last bit, whatever became of the disk. */
  found(id: ReplicaId, { slot, ballot, command }: Proposal): void {
    const known = this.find(slot, rankOf(ballot));
    if (known !== undefined && isSame(known.command, command)) return;
    const text = `${rankText(rankOf(ballot))} in slot ${slot} at replica ${id}`;
    violate('I21: nothing is read that was not written', text);
  }

  /** I1. Returns what became chosen just now. */
  durable(
    id: ReplicaId,
    at: { readonly slot: Slot; readonly ballot: Ballot; readonly command: Command },
    voters: Voters,
  ): ChosenSlot | undefined {
    const { slot, ballot, command } = at;
    const attempt = this.attempt(slot, ballot, command);
    const before = attempt.durable;
    attempt.durable = before | voters.bitOf(id);
    if (attempt.durable === before || !voters.isPhase2(attempt.durable)) return undefined;
    return this.#choose(slot, attempt);
  }

  #choose(slot: Slot, { command, rank }: Attempt): ChosenSlot | undefined {
    const known = this.chosen.get(slot);
    if (known !== undefined && !isSame(known, command)) {
      const first = rankText(this.#chosenIn[slot] ?? 0);
      violate('I1: agreement', `slot ${slot}, in ${first} and in ${rankText(rank)}`);
    }
    this.#chosenIn[slot] = Math.min(this.#chosenIn[slot] ?? rank, rank);
    if (known !== undefined) return undefined;
    this.chosen.set(slot, command);
    this.#highestChosen = Math.max(this.#highestChosen, slot);
    while (this.chosen.has(this.#chosenUpTo + 1)) this.#chosenUpTo += 1;
    return { slot, rank, command };
  }
}

/** Byte for byte: commands that one process has passed on are one object, as a rule. */
export function isSame(a: Command, b: Command): boolean {
  if (a === b) return true;
  if (a.timeMs !== b.timeMs) return false;
  switch (a.type) {
    case 'noop':
      return b.type === 'noop' && rankOf(a.ballot) === rankOf(b.ballot);
    case 'stop':
      return b.type === 'stop' && isSameMembership(a.membership, b.membership);
    case 'batch':
      return b.type === 'batch' && isSameBytes(a.bytes, b.bytes);
    default:
      return unreachable(a);
  }
}

export function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
