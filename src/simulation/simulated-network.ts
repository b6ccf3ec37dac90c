/**
 * The network between simulated replicas: messages are lost, repeated, delayed and so reordered;
 * directed links are cut. Streams break with the process at their end, as connections do.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Proposal } from '../paxos/command.ts';
import type { PeerMessage } from '../transport/messages.ts';
import {
  type ChosenAnswer,
  type ChosenRequest,
  type Network,
  type NetworkHandlers,
  NO_TESTIMONY,
} from '../transport/network.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A pulled request without an answer is given up after this. */
const FETCH_TIMEOUT_MS = 1_000;
/** How soon the other end sees that a process is gone. */
const CLOSE_NOTICE_MS = 2;

export interface Endpoint {
  readonly handlers: NetworkHandlers;
  /** A process that is stopped takes messages later, when it goes on. */
  readonly deliver: (run: () => void) => void;
}

/** Sees what leaves, at the instant it leaves. */
export interface Watcher {
  sent(from: ReplicaId, to: ReplicaId, message: PeerMessage): void;
  served(from: ReplicaId, proposals: readonly Proposal[]): void;
}

export class SimulatedNetwork {
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #plan: Plan;
  readonly #watch: Watcher;
  readonly #endpoints = new Map<ReplicaId, Endpoint>();
  #cut = new Set<string>();
  #isHealed = false;

  constructor(time: VirtualTime, random: Random, plan: Plan, watch: Watcher) {
    this.#time = time;
    this.#random = random;
    this.#plan = plan;
    this.#watch = watch;
  }

  /** A replica's process is there. */
  attach(id: ReplicaId, endpoint: Endpoint): void {
    this.#endpoints.set(id, endpoint);
    for (const [peer, other] of this.#endpoints) {
      if (peer !== id) this.#time.after(CLOSE_NOTICE_MS, () => other.handlers.onLink(id));
    }
  }

  /** Its process is gone: its connections close. */
  detach(id: ReplicaId): void {
    this.#endpoints.delete(id);
    for (const [peer, other] of this.#endpoints) {
      if (this.#isCut(id, peer)) continue;
      this.#time.after(CLOSE_NOTICE_MS, () => {
        if (this.#endpoints.get(peer) === other) {
          other.deliver(() => other.handlers.onLinkClosed(id));
        }
      });
    }
  }

  /** Cuts exactly these directed links. */
  cut(links: readonly (readonly [ReplicaId, ReplicaId])[]): void {
    this.#cut = new Set(links.map(([from, to]) => `${from}>${to}`));
  }

  /** No loss, no repetition, no delay from now on. */
  heal(): void {
    this.#isHealed = true;
    this.cut([]);
  }

  /** The port of one life of one replica. */
  portOf(from: ReplicaId): Network {
    return {
      send: (to, message) => this.#send(from, to, message),
      fetchChosen: (to, request, done) => this.#pull(from, to, request, done),
      isLinked: (to) => this.#endpoints.has(to) && !this.#isCut(from, to),
    };
  }

  #isCut(from: ReplicaId, to: ReplicaId): boolean {
    return this.#cut.has(`${from}>${to}`);
  }

  /** False where a connection would not be there; into a cut link messages vanish. */
  #send(from: ReplicaId, to: ReplicaId, message: PeerMessage): boolean {
    if (!this.#endpoints.has(to)) return false;
    this.#watch.sent(from, to, message);
    const { duplication, duplicateMs } = this.#plan;
    const said = this.#endpoints.get(from)?.handlers.testimonyTo(to) ?? NO_TESTIMONY;
    const carry = (delayMs: number): void => {
      this.#carry(from, to, delayMs, (handlers) => handlers.onMessage(from, message, said));
    };
    carry(this.#delayMs());
    if (!this.#isHealed && this.#random.chance(duplication)) {
      carry(this.#delayMs() + this.#random.next() * duplicateMs);
    }
    return true;
  }

  #carry(
    from: ReplicaId,
    to: ReplicaId,
    delayMs: number,
    deliver: (handlers: NetworkHandlers) => void,
  ): void {
    if (this.#isLost(from, to)) return;
    this.#time.after(delayMs, () => {
      const endpoint = this.#endpoints.get(to);
      endpoint?.deliver(() => deliver(endpoint.handlers));
    });
  }

  #isLost(from: ReplicaId, to: ReplicaId): boolean {
    if (this.#isCut(from, to)) return true;
    return !this.#isHealed && this.#random.chance(this.#plan.loss);
  }

  #delayMs(): number {
    const { networkMs, slowMs, slowness } = this.#plan;
    if (this.#isHealed) return 1;
    const extra = this.#random.chance(slowness) ? this.#random.next() * slowMs : 0;
    return 0.1 + this.#random.next() * networkMs + extra;
  }

  #pull(
    from: ReplicaId,
    to: ReplicaId,
    request: ChosenRequest,
    done: (answer: ChosenAnswer | undefined) => void,
  ): void {
    const asker = this.#endpoints.get(from);
    let isDone = false;
    const finish = (answer: ChosenAnswer | undefined): void => {
      if (isDone || this.#endpoints.get(from) !== asker) return;
      isDone = true;
      asker?.deliver(() => done(answer));
    };
    this.#time.after(FETCH_TIMEOUT_MS, () => finish(undefined));
    if (this.#isLost(from, to)) return;
    this.#time.after(this.#delayMs(), () => {
      const endpoint = this.#endpoints.get(to);
      endpoint?.deliver(() => {
        endpoint.handlers.serveChosen(request, (answer) => {
          this.#watch.served(to, answer?.proposals ?? []);
          if (!this.#isLost(to, from)) this.#time.after(this.#delayMs(), () => finish(answer));
        });
      });
    });
  }
}
