/** One write whose story is told: what happened to it, when it happened. */
import type { Ballot, ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import type { AcceptedTrace, WriteTrace } from '../paxos/write-trace.ts';
import type { Clock } from './ports.ts';

/** Where it stands in the log. */
export interface TracedPlace {
  readonly slot: Slot;
  readonly epoch: Epoch;
  readonly ballot: Ballot;
  readonly commands: number;
}

const US_PER_MS = 1_000;

export class Tracing {
  readonly #clock: Clock;
  readonly #beganAtMs: number;
  readonly #held = new Map<ReplicaId, number>();
  readonly #accepted = new Map<ReplicaId, number>();
  #place: TracedPlace | undefined;
  #proposedUs = 0;
  #sync: WriteTrace['sync'];
  #chosenUs: number | undefined;
  #forwardedUs: number | undefined;
  #told: WriteTrace | undefined;

  /** The command is here. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#beganAtMs = clock.nowMs();
  }

  get place(): TracedPlace | undefined {
    return this.#place;
  }

  /** Its `accept` leaves. */
  propose(place: TracedPlace): void {
    this.#place = place;
    this.#proposedUs = this.#nowUs();
  }

  /** The leader's own write is durable; it began at `startedAtMs`. */
  durable(self: ReplicaId, startedAtMs: number): void {
    const durableUs = this.#nowUs();
    this.#sync = { startedUs: this.#us(startedAtMs), durableUs };
    this.#held.set(self, durableUs - this.#proposedUs);
  }

  /** As the acceptor says. */
  held(by: ReplicaId, us: number): void {
    if (!this.#held.has(by)) this.#held.set(by, us);
  }

  acceptedBy(id: ReplicaId): void {
    if (!this.#accepted.has(id)) this.#accepted.set(id, this.#nowUs());
  }

  chosen(): void {
    this.#chosenUs ??= this.#nowUs();
  }

  /** It leaves for the leader. */
  forward(): void {
    this.#forwardedUs = this.#nowUs();
  }

  /** The leader's story of it. */
  tell(trace: WriteTrace): void {
    this.#told = trace;
  }

  /** All that is known now; `undefined`: it never got a slot, as far as is known here. */
  story(self: ReplicaId, isApplied: boolean): WriteTrace | undefined {
    const nowUs = this.#nowUs();
    if (this.#forwardedUs !== undefined) {
      const waitedUs = this.#forwardedUs;
      const forwarded = { by: self, waitedUs, roundTripUs: nowUs - waitedUs };
      return this.#told === undefined ? undefined : { ...this.#told, forwarded };
    }
    if (this.#place === undefined) return undefined;
    return {
      ...this.#place,
      proposedUs: this.#proposedUs,
      ...(this.#sync === undefined ? {} : { sync: this.#sync }),
      accepted: Array.from(this.#accepted, ([id, atUs]) => this.#acceptedTrace(id, atUs)),
      ...(this.#chosenUs === undefined ? {} : { chosenUs: this.#chosenUs }),
      ...(isApplied ? { appliedUs: nowUs } : {}),
    };
  }

  #acceptedTrace(id: ReplicaId, atUs: number): AcceptedTrace {
    const heldUs = this.#held.get(id);
    return heldUs === undefined ? { id, atUs } : { id, atUs, heldUs };
  }

  #nowUs(): number {
    return this.#us(this.#clock.nowMs());
  }

  #us(atMs: number): number {
    return Math.max(0, Math.round((atMs - this.#beganAtMs) * US_PER_MS));
  }
}
