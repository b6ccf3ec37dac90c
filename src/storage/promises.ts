/** The highest ballot that a log tells of, in each epoch: promised, or accepted. */
import { type Ballot, isHigher, ZERO_BALLOT } from '../paxos/ballot.ts';
import type { Epoch } from '../paxos/membership.ts';

export class Promises {
  readonly #promised = new Map<Epoch, Ballot>();

  /** `undefined`: nothing is known. */
  note(epoch: Epoch, ballot: Ballot | undefined): void {
    if (ballot !== undefined && isHigher(ballot, this.in(epoch))) this.#promised.set(epoch, ballot);
  }

  in(epoch: Epoch): Ballot {
    return this.#promised.get(epoch) ?? ZERO_BALLOT;
  }

  /** In any epoch. */
  get highestRound(): number {
    return Math.max(0, ...[...this.#promised.values()].map(({ round }) => round));
  }
}
