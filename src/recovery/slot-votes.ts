/** The votes of all survivors, by slot; what an epoch still holds above the stop that ended it is void. */
import { isHigher } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import type { Held, Survivor } from './evidence.ts';

export class SlotVotes {
  readonly #bySlot = new Map<Slot, Held[]>();
  /** Ascending. */
  readonly #slots: readonly Slot[];
  readonly #highest = new Map<Epoch, Slot>();
  #at = 0;

  constructor(survivors: readonly Survivor[]) {
    for (const by of survivors) for (const vote of by.votes) this.#add({ by, vote });
    this.#slots = [...this.#bySlot.keys()].toSorted((a, b) => a - b);
  }

  #add(held: Held): void {
    const { epoch, slot } = held.vote;
    const others = this.#bySlot.get(slot);
    if (others === undefined) this.#bySlot.set(slot, [held]);
    else others.push(held);
    this.#highest.set(epoch, Math.max(slot, this.#highest.get(epoch) ?? 0));
  }

  /** Of this epoch or a later one; 0: there is none. */
  highestSlot(from: Epoch): Slot {
    let highest = 0;
    for (const [epoch, slot] of this.#highest) if (epoch >= from) highest = Math.max(highest, slot);
    return highest;
  }

  /**
   * Of one epoch: `from`, or a later one where there is a vote of that. Who votes in an epoch holds
   * the stop before it, so under an earlier one the slot is void.
   */
  at(slot: Slot, from: Epoch): readonly Held[] {
    const held = this.#bySlot.get(slot) ?? [];
    const epoch = Math.max(from, ...held.map(({ vote }) => vote.epoch));
    return held.filter(({ vote }) => vote.epoch === epoch);
  }

  /** The next slot with a vote of this epoch or a later one. Slots are asked for in order. */
  nextSlot(after: Slot, epoch: Epoch): Slot {
    for (; this.#at < this.#slots.length; this.#at += 1) {
      const slot = this.#slots[this.#at] ?? 0;
      if (slot > after && this.at(slot, epoch).length > 0) return slot;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Those of a slot without the stops that were not chosen, and these. */
  withoutDisprovedStops(held: readonly Held[]): readonly [readonly Held[], readonly Held[]] {
    const disproved = held.filter((one) => this.#isDisproved(one));
    return [held.filter((one) => !disproved.includes(one)), disproved];
  }

  #isDisproved({ vote: stop }: Held): boolean {
    if (stop.membership === undefined) return false;
    for (const [slot, held] of this.#bySlot) {
      if (slot <= stop.slot) continue;
      const isAbove = held.some(
        ({ vote }) => vote.epoch === stop.epoch && isHigher(vote.ballot, stop.ballot),
      );
      if (isAbove) return true;
    }
    return false;
  }
}
