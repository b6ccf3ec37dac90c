/**
 * The writes whose stories are told, on both sides:
 *
 *   leader --trace--> all      "tell me how long you had this slot"; just before its accept
 *   leader <--traced-- each    just before its accepted
 *
 * The core knows nothing of it: while there is something to trace, its steps are looked at from
 * outside. There is room for so many at once; any other write is made without a story.
 */
import { type Ballot, isSame, type ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { CoreState } from '../paxos/core-state.ts';
import type { Effect, Input } from '../paxos/effects.ts';
import { isVoter } from '../paxos/membership.ts';
import { peersOf } from '../paxos/turn.ts';
import type { Trace, Traced } from '../transport/messages.ts';
import type { Network } from '../transport/network.ts';
import type { WriteDone, WriteOutcome } from './api.ts';
import type { Loop } from './loop.ts';
import type { Onlookers } from './onlookers.ts';
import type { Clock, StepWatcher } from './ports.ts';
import { TracedAccepts } from './traced-accepts.ts';
import { Tracing } from './tracing.ts';

export interface TracesOptions {
  readonly loop: Loop;
  readonly network: Network;
  readonly clock: Clock;
  readonly onlookers: Onlookers;
  readonly limits: { readonly tracedWrites: number };
}

export class Traces implements StepWatcher {
  readonly #options: TracesOptions;
  readonly #accepts: TracedAccepts;
  readonly #open = new Set<Tracing>();
  readonly #bySlot = new Map<Slot, readonly Tracing[]>();

  constructor(options: TracesOptions) {
    this.#options = options;
    this.#accepts = new TracedAccepts(options);
  }

  /** Of a write that is here now. `undefined`: as many as may be are traced. */
  begin(): Tracing | undefined {
    const { clock, limits } = this.#options;
    if (this.#open.size >= limits.tracedWrites) return undefined;
    const tracing = new Tracing(clock);
    this.#open.add(tracing);
    return tracing;
  }

  /** `done`, with the story; without one, just that. */
  settling(tracing: Tracing | undefined, done: WriteDone): (outcome: WriteOutcome) => void {
    if (tracing === undefined) return done;
    return (outcome) => {
      this.#end(tracing);
      done(outcome, tracing.story(this.#options.loop.core.self, outcome.type === 'applied'));
    };
  }

  /** Right before the core is told to propose a batch with these in it. */
  propose(traced: readonly Tracing[], ballot: Ballot, slot: Slot, commands: number): void {
    const { loop, network, onlookers } = this.#options;
    const { epoch } = loop.core.membership;
    for (const peer of peersOf(loop.core)) network.send(peer, { type: 'trace', ballot, slot });
    for (const tracing of traced) tracing.propose({ slot, epoch, ballot, commands });
    if (this.#bySlot.size === 0) onlookers.add(this);
    this.#bySlot.set(slot, traced);
  }

  /** A leader wants to know of a slot. */
  receiveTrace(from: ReplicaId, message: Trace): void {
    this.#accepts.expect(from, message);
  }

  receiveTraced(from: ReplicaId, { ballot, heldUs, slot }: Traced): void {
    for (const tracing of this.#at(slot, ballot)) tracing.held(from, heldUs);
  }

  /** A replica that ends looks at nothing any more. */
  close(): void {
    this.#accepts.close();
    this.#bySlot.clear();
    this.#options.onlookers.remove(this);
  }

  started(): void {}

  before(core: CoreState, input: Input): void {
    if (input.type !== 'message' || input.message.type !== 'accepted') return;
    if (!isVoter(core.membership, input.from)) return;
    const { ballot, slot } = input.message;
    for (const tracing of this.#at(slot, ballot)) tracing.acceptedBy(input.from);
  }

  after(core: CoreState, input: Input, effects: readonly Effect[]): void {
    if (core.role.name !== 'leader') return;
    if (input.type === 'propose') this.#awaitSync(core, core.role.nextSlot - 1);
    const handedOn = effects.flatMap((effect) => (effect.type === 'chosen' ? [effect.slot] : []));
    for (const [slot, traced] of this.#bySlot) {
      const isChosen = handedOn.includes(slot) || core.role.inFlight.get(slot)?.chosen === true;
      if (isChosen) for (const tracing of traced) tracing.chosen();
    }
  }

  #awaitSync(core: CoreState, slot: Slot): void {
    const { commit } = this.#options.loop;
    commit.hold(core.writes, () => {
      for (const tracing of this.#bySlot.get(slot) ?? []) {
        tracing.durable(core.self, commit.lastStartedAtMs);
      }
    });
  }

  #at(slot: Slot, ballot: Ballot): readonly Tracing[] {
    const traced = this.#bySlot.get(slot) ?? [];
    return traced.filter(({ place }) => place !== undefined && isSame(place.ballot, ballot));
  }

  #end(tracing: Tracing): void {
    this.#open.delete(tracing);
    const { place } = tracing;
    if (place === undefined) return;
    const left = (this.#bySlot.get(place.slot) ?? []).filter((one) => one !== tracing);
    if (left.length > 0) this.#bySlot.set(place.slot, left);
    else this.#bySlot.delete(place.slot);
    if (this.#bySlot.size === 0) this.#options.onlookers.remove(this);
  }
}
