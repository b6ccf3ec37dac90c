/**
 * What the walked part of the chain lists of an acceptor's log, held against what is found there.
 * Both are read from the end towards the beginning: what is listed or found later is older.
 */
import { type Ballot, formatBallot, isSame } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import { PROMISE_SLOT } from './chain-record.ts';
import { BrokenChainError } from './storage-error.ts';

interface Listed {
  readonly slot: Slot;
  readonly ballot: Ballot;
}

export class ListedVotes {
  /** By place: not found as yet. */
  readonly #listed = new Map<string, Listed>();
  readonly #found = new Set<string>();

  /** Of how many it is still to be shown that they are there. */
  get size(): number {
    return this.#listed.size;
  }

  has(epoch: Epoch, slot: Slot): boolean {
    return this.#listed.has(placeOf(epoch, slot));
  }

  /** Only what is said last of a slot counts; under slot 0 stands the promise of the epoch. */
  lists(epoch: Epoch, slot: Slot, ballot: Ballot): void {
    const place = placeOf(epoch, slot);
    if (!this.#found.has(place) && !this.#listed.has(place)) {
      this.#listed.set(place, { slot, ballot });
    }
  }

  /** `undefined`: there is nothing. Throws a `BrokenChainError` where something else was listed. */
  finds(epoch: Epoch, slot: Slot, found: Ballot | undefined): void {
    const place = placeOf(epoch, slot);
    const listed = this.#listed.get(place);
    if (listed !== undefined) check(listed, found);
    this.#listed.delete(place);
    this.#found.add(place);
  }

  /** The record is there and damaged: the ballot that was listed, or `undefined` where none was. */
  findsDamaged(epoch: Epoch, slot: Slot): Ballot | undefined {
    const place = placeOf(epoch, slot);
    const listed = this.#listed.get(place);
    this.#listed.delete(place);
    this.#found.add(place);
    return listed?.ballot;
  }

  /** The beginning is reached. Throws a `BrokenChainError` where anything is missing. */
  checkAllFound(): void {
    for (const listed of this.#listed.values()) check(listed, undefined);
  }
}

function placeOf(epoch: Epoch, slot: Slot): string {
  return `${epoch} ${slot}`;
}

function check({ ballot, slot }: Listed, found: Ballot | undefined): void {
  const record = slot === PROMISE_SLOT ? 'the promise' : `slot ${slot}`;
  if (found === undefined) {
    throw new BrokenChainError(`${record}, of ballot ${formatBallot(ballot)}, is missing`);
  }
  if (isSame(ballot, found)) return;
  const ballots = `of ballot ${formatBallot(found)}, not ${formatBallot(ballot)}`;
  throw new BrokenChainError(`${record} is ${ballots}, as it was last written`);
}
