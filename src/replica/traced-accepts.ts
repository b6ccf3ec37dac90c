/**
 * The slots that a leader wants to know of: how long this acceptor had each, from the `accept` up to the
 * durable write. What is said leaves just before the `accepted` that waits for the same write.
 */
import { type Ballot, isSame, type ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { CoreState } from '../paxos/core-state.ts';
import type { Effect, Input } from '../paxos/effects.ts';
import type { Trace } from '../transport/messages.ts';
import type { Network } from '../transport/network.ts';
import type { Loop } from './loop.ts';
import type { Onlookers } from './onlookers.ts';
import type { Clock, StepWatcher } from './ports.ts';

export interface TracedAcceptsOptions {
  readonly loop: Loop;
  readonly network: Network;
  readonly clock: Clock;
  readonly onlookers: Onlookers;
  readonly limits: { readonly tracedWrites: number };
}

const US_PER_MS = 1_000;

export class TracedAccepts implements StepWatcher {
  readonly #options: TracedAcceptsOptions;
  readonly #expected = new Map<Slot, { readonly by: ReplicaId; readonly ballot: Ballot }>();
  #tookAtMs = 0;

  constructor(options: TracedAcceptsOptions) {
    this.#options = options;
  }

  expect(by: ReplicaId, { ballot, slot }: Trace): void {
    const { limits, loop, onlookers } = this.#options;
    if (slot <= loop.core.learner.chosenUpTo) return;
    if (this.#expected.size === 0) onlookers.add(this);
    this.#expected.set(slot, { by, ballot });
    const [oldest] = this.#expected.keys();
    if (oldest !== undefined && this.#expected.size > limits.tracedWrites) this.#forget(oldest);
  }

  close(): void {
    this.#expected.clear();
    this.#options.onlookers.remove(this);
  }

  started(): void {}

  before(): void {
    this.#tookAtMs = this.#options.clock.nowMs();
  }

  after(core: CoreState, input: Input, effects: readonly Effect[]): void {
    for (const slot of this.#expected.keys()) {
      if (slot <= core.learner.chosenUpTo) this.#forget(slot);
    }
    if (input.type !== 'message' || input.message.type !== 'accept') return;
    const { slot } = input.message;
    const expected = this.#expected.get(slot);
    if (expected === undefined || !isSame(expected.ballot, input.message.ballot)) return;
    this.#forget(slot);
    for (const effect of effects) {
      if (effect.type === 'send' && effect.message.type === 'accepted') {
        this.#answer(expected.by, slot, effect.message.ballot, effect.after);
      }
    }
  }

  #answer(to: ReplicaId, slot: Slot, ballot: Ballot, after: number): void {
    const { clock, loop, network } = this.#options;
    const tookAtMs = this.#tookAtMs;
    loop.commit.hold(after, () => {
      const heldUs = Math.max(0, Math.round((clock.nowMs() - tookAtMs) * US_PER_MS));
      network.send(to, { type: 'traced', ballot, slot, heldUs });
    });
  }

  #forget(slot: Slot): void {
    this.#expected.delete(slot);
    if (this.#expected.size === 0) this.#options.onlookers.remove(this);
  }
}
