/**
 * How a suspect comes to vote again without an operator. Under its incarnation it never does. So it
 * asks the leader to be a member in another one, as an operator would order after an empty disk; the
 * leader does so where a quorum of the others stands. Once any member shows it a membership that names
 * it so, it begins anew: with nothing of its log and its state, which it pulls from a peer.
 *
 * Until then it keeps what it has: it may be all that is left, should the others not come back.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import { type Incarnation, type Membership, memberOf } from '../paxos/membership.ts';
import type { OrderOutcome } from '../paxos/orders.ts';
import type { Network } from '../transport/network.ts';
import type { Clock, ReplicaEvent } from './ports.ts';

/** The part of the data directory that this needs. */
export interface ReadmissionStore {
  readonly incarnation: Incarnation;
  readonly suspicion: string | undefined;
  /** Drawn once; durable before it returns. Throws where the disk fails. */
  nextIncarnation(): Incarnation;
  /** The next start is the first one of that incarnation. Durable once it returns; throws likewise. */
  storeLetIn(membership: Membership): void;
}

export interface ReadmissionOptions {
  readonly self: ReplicaId;
  readonly directory: ReadmissionStore;
  readonly network: Network;
  readonly clock: Clock;
  /** As this replica knows it; `undefined`: it does not as yet. */
  readonly membership: () => Membership | undefined;
  readonly leader: () => ReplicaId | undefined;
  readonly observe: (event: ReplicaEvent) => void;
  /** The process is to begin again. */
  readonly onLetIn: () => void;
}

/** How often the leader is asked, and how long it may take. */
export const ASK_MS = 1_000;
const ORDER_MS = 5_000;

export class Readmission {
  readonly #options: ReadmissionOptions;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #isAsking = false;
  #asked = 0;
  #refusal: string | undefined;
  #isLetIn = false;

  constructor(options: ReadmissionOptions) {
    this.#options = options;
  }

  /** From time to time: says again what may have been lost. */
  tick(): void {
    const { clock, directory, membership } = this.#options;
    const known = membership();
    if (directory.suspicion === undefined || known === undefined || this.#isLetIn) return;
    const others = known.members.map(({ id }) => id).filter((id) => id !== this.#options.self);
    this.#introduce(others);
    const nowMs = clock.nowMs();
    if (this.#isAsking || nowMs - this.#askedAtMs < ASK_MS) return;
    this.#askedAtMs = nowMs;
    this.#ask(others);
  }

  /** Whether the membership is what it waits for; it begins anew then. */
  takes(membership: Membership): boolean {
    const { directory, observe, onLetIn, self } = this.#options;
    if (directory.suspicion === undefined || this.#isLetIn) return false;
    const known = this.#options.membership();
    if (known === undefined || membership.clusterId !== known.clusterId) return false;
    if (memberOf(membership, self)?.incarnation !== directory.nextIncarnation()) return false;
    directory.storeLetIn(membership);
    this.#isLetIn = true;
    observe({ type: 'letIn', epoch: membership.epoch });
    onLetIn();
    return true;
  }

  /** Whoever knows a membership with this incarnation answers with it. */
  #introduce(others: readonly ReplicaId[]): void {
    const { directory, network } = this.#options;
    const message = { type: 'introduce', incarnation: directory.nextIncarnation() } as const;
    for (const id of others) network.send(id, message);
  }

  /** The leader, or one after the other where none is known. */
  #ask(others: readonly ReplicaId[]): void {
    const { directory, leader, network, self } = this.#options;
    const to = leader() ?? others[this.#asked % others.length];
    this.#asked += 1;
    if (to === undefined || to === self) return;
    this.#isAsking = true;
    const from = directory.incarnation;
    const order = { type: 'readmit', id: self, from, to: directory.nextIncarnation() } as const;
    network.order(to, { order, dryRun: false, remainingMs: ORDER_MS }, (outcome) => {
      this.#isAsking = false;
      this.#noteOutcome(outcome);
    });
  }

  #noteOutcome(outcome: OrderOutcome | undefined): void {
    if (outcome?.type !== 'refused' || outcome.reason === this.#refusal) return;
    this.#refusal = outcome.reason;
    this.#options.observe({ type: 'notLetIn', reason: outcome.reason });
  }
}
