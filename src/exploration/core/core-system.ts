/**
 * The real core at small scope: some replicas with their disks, the messages between them, and a
 * few campaigns, commands and crashes. Everything may happen in any order.
 *
 * A state is a tuple of numbers: places, parcels and ghosts are interned. The core steps once for
 * each pair of a place and an input; where the same place meets the same input again, in whatever
 * state of the others, what comes of it is known.
 */
import { unreachable } from '../../paxos/assert.ts';
import type { ReplicaId } from '../../paxos/ballot.ts';
import type { Membership } from '../../paxos/membership.ts';
import type { Decoder, Encoder } from '../encoding.ts';
import { distinct, withAdded, withoutOne } from '../multiset.ts';
import type { Property, System } from '../system.ts';
import { newGhost } from './ghost.ts';
import { type CoreAction, describeAction, describeChange, type OwnInput } from './narration.ts';
import { newPlace } from './place.ts';
import { reachableProperties } from './reachable.ts';
import { type CoreScope, isVictimChosen, membershipOf, membershipsOf } from './scope.ts';
import { type Outcome, StepTable } from './step-table.ts';

export interface CoreSystemState {
  /** Numbers of places, by replica. */
  readonly places: readonly number[];
  readonly ghost: number;
  /** Who may crash; 0: anybody. */
  readonly victim: ReplicaId;
  readonly crashesLeft: number;
  readonly lossesLeft: number;
  readonly duplicatesLeft: number;
  /** Numbers of parcels, with repetitions. */
  readonly network: readonly number[];
}

const ANYBODY = 0;

export class CoreSystem implements System<CoreSystemState, CoreAction> {
  readonly name = 'core';
  readonly scope: CoreScope;
  readonly table: StepTable;
  readonly reachable: readonly Property<CoreSystemState>[];
  /** All of them are held against what happens: see ghost.ts and place-step.ts. */
  readonly invariants: readonly Property<CoreSystemState>[] = [];
  readonly #membership: Membership;

  constructor(scope: CoreScope) {
    this.scope = scope;
    this.table = new StepTable(scope);
    this.#membership = membershipOf(scope);
    const ghosts = reachableProperties(scope);
    this.reachable = ghosts.map(({ name, holds }) => ({
      name,
      holds: ({ ghost }) => holds(this.table.ghosts.valueOf(ghost)),
    }));
  }

  initialStates(): readonly CoreSystemState[] {
    const ids = this.#membership.members.map(({ id }) => id);
    const isChosen = isVictimChosen(this.scope);
    if (!isChosen) return [this.#initialState(ANYBODY, () => true)];
    if (this.scope.crashes === 0) return [this.#initialState(ANYBODY, () => false)];
    return ids.map((victim) => this.#initialState(victim, (id) => id === victim));
  }

  #initialState(victim: ReplicaId, isSlow: (id: ReplicaId) => boolean): CoreSystemState {
    const { crashes, duplicates, losses } = this.scope;
    return {
      places: this.#membership.members.map(({ id }) =>
        this.table.places.numberOf(newPlace(id, this.scope, isSlow(id))),
      ),
      ghost: this.table.ghosts.numberOf(newGhost(membershipsOf(this.scope))),
      victim,
      crashesLeft: crashes,
      lossesLeft: losses,
      duplicatesLeft: duplicates,
      network: [],
    };
  }

  actions(state: CoreSystemState): readonly CoreAction[] {
    const actions: CoreAction[] = [];
    for (const [index, place] of state.places.entries()) {
      const replica = index + 1;
      for (const type of this.table.ownInputs(place)) actions.push({ type, replica });
      const mayCrash = state.victim === ANYBODY || state.victim === replica;
      if (state.crashesLeft > 0 && mayCrash) actions.push({ type: 'crash', replica });
    }
    for (const parcel of distinct(state.network)) {
      actions.push({ type: 'deliver', parcel });
      if (state.duplicatesLeft > 0) actions.push({ type: 'repeat', parcel });
      if (state.lossesLeft > 0) actions.push({ type: 'lose', parcel });
    }
    return actions;
  }

  next(state: CoreSystemState, action: CoreAction): CoreSystemState | undefined {
    switch (action.type) {
      case 'campaign':
      case 'propose':
      case 'sync':
        return this.#own(state, action.replica, action.type);
      case 'crash':
        return this.#crash(state, action.replica);
      case 'deliver':
        return this.#deliver(state, action.parcel, withoutOne(state.network, action.parcel));
      case 'repeat': {
        const after = this.#deliver(state, action.parcel, state.network);
        return after && { ...after, duplicatesLeft: state.duplicatesLeft - 1 };
      }
      case 'lose': {
        const network = withoutOne(state.network, action.parcel);
        return { ...state, network, lossesLeft: state.lossesLeft - 1 };
      }
      default:
        return unreachable(action);
    }
  }

  #own(state: CoreSystemState, replica: ReplicaId, input: OwnInput): CoreSystemState {
    const outcome = this.table.own(state.places[replica - 1] ?? 0, input);
    return this.#after(state, replica, outcome, state.network);
  }

  /** Its connections end: what it asked for is not answered any more. Nobody else need notice. */
  #crash(state: CoreSystemState, replica: ReplicaId): CoreSystemState {
    const outcome = this.table.own(state.places[replica - 1] ?? 0, 'crash');
    const network = state.network.filter((number) => {
      const parcel = this.table.parcels.valueOf(number);
      if (parcel.type === 'fetch') return parcel.from !== replica;
      return parcel.type !== 'fetched' || parcel.to !== replica;
    });
    const crashesLeft = state.crashesLeft - 1;
    const victim = crashesLeft === 0 ? ANYBODY : state.victim;
    return this.#after({ ...state, crashesLeft, victim }, replica, outcome, network);
  }

  /** A message that changes nothing stays where it is: it may do so later. */
  #deliver(
    state: CoreSystemState,
    parcel: number,
    network: readonly number[],
  ): CoreSystemState | undefined {
    const { to } = this.table.parcels.valueOf(parcel);
    const place = state.places[to - 1] ?? 0;
    const outcome = this.table.delivered(place, parcel);
    if (outcome.place === place && outcome.sent.length === 0) return undefined;
    const left = this.table.comesTooEarly(place, parcel) ? state.network : network;
    const after = this.#after(state, to, outcome, left);
    const isIdle = outcome.place === place && after.network.length <= left.length;
    return isIdle ? undefined : after;
  }

  #after(
    state: CoreSystemState,
    replica: ReplicaId,
    outcome: Outcome,
    network: readonly number[],
  ): CoreSystemState {
    const places = state.places.map((place, index) =>
      index === replica - 1 ? outcome.place : place,
    );
    const ghost = this.table.observed(state.ghost, outcome.happenings);
    let after = network;
    for (const parcel of outcome.sent) after = withAdded(after, parcel);
    if (this.scope.reductions.deadMessages) {
      after = after.filter((parcel) => !this.#isDead(parcel, places));
    }
    return { ...state, places, ghost, network: after };
  }

  #isDead(parcel: number, places: readonly number[]): boolean {
    const { from, to } = this.table.parcels.valueOf(parcel);
    return this.table.isDead(parcel, places[from - 1] ?? 0, places[to - 1] ?? 0);
  }

  encode(state: CoreSystemState, into: Encoder): void {
    for (const place of state.places) into.number(place);
    into.number(state.ghost);
    into.number(state.victim);
    into.number(state.crashesLeft);
    into.number(state.lossesLeft);
    into.number(state.duplicatesLeft);
    into.number(state.network.length);
    for (const parcel of state.network) into.number(parcel);
  }

  decode(from: Decoder): CoreSystemState {
    const places: number[] = [];
    for (let id = 1; id <= this.scope.replicas; id += 1) places.push(from.number());
    const ghost = from.number();
    const victim = from.number();
    const crashesLeft = from.number();
    const lossesLeft = from.number();
    const duplicatesLeft = from.number();
    const network: number[] = [];
    for (let left = from.number(); left > 0; left -= 1) network.push(from.number());
    return { places, ghost, victim, crashesLeft, lossesLeft, duplicatesLeft, network };
  }

  describe(
    action: CoreAction,
    before: CoreSystemState,
    after: CoreSystemState | undefined,
  ): string {
    const name = describeAction(action, this.table.parcels);
    if (after === undefined) return name;
    const places = after.places.map((place, index) => {
      const known = before.places[index];
      if (known === undefined || known === place) return '';
      return describeChange(this.table.places.valueOf(known), this.table.places.valueOf(place));
    });
    return [name, ...places].filter((text) => text !== '').join('; ');
  }
}
