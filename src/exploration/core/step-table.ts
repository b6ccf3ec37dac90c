/**
 * What each place does with each input, found out once by stepping the real core. Places, parcels
 * and ghosts are known by their numbers.
 */
import { unreachable } from '../../paxos/assert.ts';
import type { ReplicaId } from '../../paxos/ballot.ts';
import { canPropose, canStop } from '../../paxos/leader.ts';
import type { Membership } from '../../paxos/membership.ts';
import { mayCampaign } from '../../paxos/suspect.ts';
import { Interner } from '../interner.ts';
import { type Ghost, type Happening, nameGhost, observe } from './ghost.ts';
import { chosenFrom, isForgotten, isWithoutEffect, nameParcel, type Parcel } from './parcel.ts';
import type { OwnInput } from './narration.ts';
import { PairTable } from './pair-table.ts';
import type { Place } from './place.ts';
import { namePlace } from './place-name.ts';
import { type PlaceInput, stepPlace } from './place-step.ts';
import { type CoreScope, membershipsOf } from './scope.ts';

export interface Outcome {
  /** The number of the place afterwards. */
  readonly place: number;
  /** Numbers of the parcels that left. */
  readonly sent: readonly number[];
  /** The number of what the observer saw. */
  readonly happenings: number;
}

const OWN_INPUTS: readonly OwnInput[] = ['campaign', 'propose', 'sync', 'crash'];

export class StepTable {
  readonly places = new Interner<Place>(namePlace);
  readonly parcels = new Interner<Parcel>(nameParcel);
  readonly ghosts = new Interner<Ghost>(nameGhost);
  readonly #happenings = new Interner<readonly Happening[]>((list) => JSON.stringify(list));
  readonly #scope: CoreScope;
  /** Of the epoch that replica 1 begins with its stop, if it does. */
  readonly #next: Membership | undefined;
  /** By place, then by own input or parcel. */
  readonly #outcomes: Map<number, Outcome>[] = [];
  /** By ghost, then by happenings. */
  readonly #observed: Map<number, number>[] = [];
  readonly #isWithoutEffect = new PairTable((parcel, place) =>
    isWithoutEffect(this.parcels.valueOf(parcel), this.places.valueOf(place)),
  );
  readonly #isForgotten = new PairTable((parcel, place) =>
    isForgotten(this.parcels.valueOf(parcel), this.places.valueOf(place)),
  );
  readonly #allowed: (readonly OwnInput[])[] = [];

  constructor(scope: CoreScope) {
    this.#scope = scope;
    this.#next = membershipsOf(scope)[1];
  }

  /** What the place can do by itself. Crashes are the world's to give. */
  ownInputs(number: number): readonly OwnInput[] {
    const known = this.#allowed[number];
    if (known !== undefined) return known;
    const { campaignsLeft, commandsLeft, core, hasSlowDisk, pending } = this.places.valueOf(number);
    const inputs: OwnInput[] = [];
    const isIdle = core.role.name === 'follower' && mayCampaign(core);
    if (campaignsLeft > 0 && isIdle) inputs.push('campaign');
    const may = this.#isStopper(core.self) ? canStop(core) : canPropose(core);
    if (commandsLeft > 0 && may) inputs.push('propose');
    if (hasSlowDisk && pending.length > 0) inputs.push('sync');
    this.#allowed[number] = inputs;
    return inputs;
  }

  /** Throws `Violation`. */
  own(place: number, input: OwnInput): Outcome {
    const outcomes = this.#outcomesOf(place);
    const key = OWN_INPUTS.indexOf(input);
    const known = outcomes.get(key);
    if (known !== undefined) return known;
    const outcome = this.#step(this.#prepared(place, input), this.#inputOf(place, input));
    outcomes.set(key, outcome);
    return outcome;
  }

  /** Throws `Violation`. */
  delivered(place: number, parcel: number): Outcome {
    const outcomes = this.#outcomesOf(place);
    const key = OWN_INPUTS.length + parcel;
    const known = outcomes.get(key);
    if (known !== undefined) return known;
    const outcome = this.#deliver(place, this.parcels.valueOf(parcel));
    outcomes.set(key, outcome);
    return outcome;
  }

  /** The ghost after these happenings. Throws `Violation`. */
  observed(ghost: number, happenings: number): number {
    const after = (this.#observed[ghost] ??= new Map());
    const known = after.get(happenings);
    if (known !== undefined) return known;
    let next = this.ghosts.valueOf(ghost);
    for (const happening of this.#happenings.valueOf(happenings)) {
      next = observe(next, happening);
    }
    const number = this.ghosts.numberOf(next);
    after.set(happenings, number);
    return number;
  }

  /** Whether the parcel can never again change anything, as these two places stand. */
  isDead(parcel: number, sender: number, receiver: number): boolean {
    return this.#isWithoutEffect.of(parcel, receiver) && this.#isForgotten.of(parcel, sender);
  }

  #outcomesOf(place: number): Map<number, Outcome> {
    return (this.#outcomes[place] ??= new Map());
  }

  /** What is given is used up. */
  #prepared(number: number, input: OwnInput): Place {
    const place = this.places.valueOf(number);
    const { campaignsLeft, commandsLeft } = place;
    if (input === 'campaign') return { ...place, campaignsLeft: campaignsLeft - 1 };
    if (input === 'propose') return { ...place, commandsLeft: commandsLeft - 1 };
    return place;
  }

  #inputOf(number: number, input: OwnInput): PlaceInput {
    if (input !== 'propose') return { type: input };
    const { self } = this.places.valueOf(number).core;
    if (this.#next !== undefined && this.#isStopper(self)) {
      return { type: 'stop', membership: this.#next };
    }
    return { type: 'propose', bytes: Uint8Array.of(self) };
  }

  #isStopper(replica: ReplicaId): boolean {
    return this.#next !== undefined && replica === 1;
  }

  /** Of a later epoch than the receiver's: it is sent again until it is in that epoch. */
  comesTooEarly(place: number, parcel: number): boolean {
    const content = this.parcels.valueOf(parcel);
    if (content.type !== 'message') return false;
    return content.message.epoch > this.places.valueOf(place).core.membership.epoch;
  }

  #deliver(number: number, parcel: Parcel): Outcome {
    const { from, to } = parcel;
    const place = this.places.valueOf(number);
    switch (parcel.type) {
      case 'message':
        return this.#step(place, { type: 'message', from, message: parcel.message });
      case 'fetch': {
        const proposals = chosenFrom(place, parcel.slot);
        const answer = this.parcels.numberOf({ type: 'fetched', from: to, to: from, proposals });
        return { place: number, sent: [answer], happenings: this.#happenings.numberOf([]) };
      }
      case 'fetched':
        return this.#step(place, { type: 'fetched', from, proposals: parcel.proposals });
      default:
        return unreachable(parcel);
    }
  }

  #step(place: Place, input: PlaceInput): Outcome {
    const { self } = place.core;
    const stepped = stepPlace(place, input, this.#scope);
    const messages = stepped.sent.map(({ to, message }) =>
      this.parcels.numberOf({ type: 'message', from: self, to, message }),
    );
    const fetches = stepped.fetches.map(({ to, from: slot }) =>
      this.parcels.numberOf({ type: 'fetch', from: self, to, slot }),
    );
    return {
      place: this.places.numberOf(stepped.place),
      sent: [...messages, ...fetches],
      happenings: this.#happenings.numberOf(stepped.happenings),
    };
  }
}
