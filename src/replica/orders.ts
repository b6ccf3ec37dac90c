/**
 * An operator's orders of the membership. Whichever replica is asked, the leader plans the change,
 * asks the replica that is to join who it is, says what would decide before and after, and refuses
 * what would leave the cluster without a quorum of voters that it hears; then it ends the epoch.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import { leaderOf } from '../paxos/core-state.ts';
import type { Membership } from '../paxos/membership.ts';
import type { Network } from '../transport/network.ts';
import type { MembershipOrder, OrderOutcome, OrderRequest, Probed } from '../paxos/orders.ts';
import { judgeChange } from './change-report.ts';
import type { Loop } from './loop.ts';
import type { MembershipChange } from './membership-change.ts';
import { planChange } from './membership-plan.ts';
import type { Peers } from './peers.ts';
import type { Clock } from './ports.ts';

/** An order that was relayed has so much less time, for the way back. */
const RELAY_MS = 250;

type Done = (outcome: OrderOutcome) => void;

const CLOSING: OrderOutcome = { type: 'notApplied', reason: 'closing' };
const LOST: OrderOutcome = { type: 'unknown', reason: 'leaderLost' };

export interface OrdersOptions {
  readonly self: ReplicaId;
  readonly loop: Loop;
  readonly change: MembershipChange;
  readonly peers: Peers;
  readonly network: Network;
  readonly clock: Clock;
  readonly version: string;
  /** In ms since 1970. */
  readonly wallMs: () => number;
}

export class Orders {
  readonly #options: OrdersOptions;
  /** Of who waits for another replica: what it is told if this one ends before. */
  readonly #waiting = new Map<Done, OrderOutcome>();

  constructor(options: OrdersOptions) {
    this.#options = options;
  }

  /** Of a client of this replica. `done` is called once. */
  start(request: OrderRequest, done: Done): void {
    const { loop, network, self } = this.#options;
    const leader = leaderOf(loop.core);
    if (loop.isStopped || leader === self) return this.carryOut(request, done);
    if (leader === undefined) return done({ type: 'notApplied', reason: 'noLeader' });
    const remainingMs = Math.max(0, request.remainingMs - RELAY_MS);
    this.#waiting.set(done, LOST);
    network.order(leader, { ...request, remainingMs }, (outcome) => {
      if (this.#waiting.delete(done)) done(outcome ?? LOST);
    });
  }

  /** At the leader; anybody else refuses. `done` is called once. */
  carryOut(request: OrderRequest, done: Done): void {
    const { clock, loop, network } = this.#options;
    if (loop.isStopped) return done(CLOSING);
    if (loop.core.role.name !== 'leader') return done({ type: 'notApplied', reason: 'noLeader' });
    const deadlineAtMs = clock.nowMs() + request.remainingMs;
    const asked = askedOf(request.order);
    if (asked === undefined) return this.#decide(request, undefined, deadlineAtMs, done);
    this.#waiting.set(done, CLOSING);
    network.probe(asked, (probed) => {
      loop.post(() => {
        if (!this.#waiting.delete(done)) return;
        if (probed !== undefined) return this.#decide(request, probed, deadlineAtMs, done);
        const { id, peerUrl } = asked;
        const reason =
          `nobody at ${peerUrl} answered as replica ${id}: does it run, with this id, ` +
          'this version of the protocol and the secret of this cluster?';
        done({ type: 'refused', reason });
      });
    });
  }

  /** The loop is stopped: it drops what is posted, so that whoever waits is told here. */
  close(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [done, outcome] of waiting) done(outcome);
  }

  #decide(
    { dryRun, order }: OrderRequest,
    probed: Probed | undefined,
    deadlineAtMs: number,
    done: Done,
  ): void {
    const { change, clock, loop } = this.#options;
    const { core } = loop;
    if (core.role.name !== 'leader') return done({ type: 'notApplied', reason: 'noLeader' });
    const next = planChange(core.membership, order, probed?.incarnation);
    if (typeof next === 'string') return done({ type: 'refused', reason: next });
    const judged = this.#judge(order, next, probed);
    if (typeof judged === 'string') return done({ type: 'refused', reason: judged });
    if (dryRun) return done({ type: 'planned', report: judged });
    const deadlineMs = Math.max(0, deadlineAtMs - clock.nowMs());
    change.start({
      membership: next,
      deadlineMs,
      done: (outcome) => {
        done(outcome.type === 'changed' ? { type: 'changed', report: judged } : outcome);
      },
    });
  }

  #judge(order: MembershipOrder, next: Membership, probed: Probed | undefined) {
    const { loop, peers, version, wallMs } = this.#options;
    const members = peers.members(loop.core);
    return judgeChange({
      core: loop.core,
      order,
      next,
      members,
      probed,
      version,
      wallMs: wallMs(),
    });
  }
}

/** Who has to say who it is. */
function askedOf(
  order: MembershipOrder,
): { readonly id: ReplicaId; readonly peerUrl: string } | undefined {
  switch (order.type) {
    case 'add':
      return { id: order.id, peerUrl: order.address.peerUrl };
    case 'replace':
      return { id: order.by, peerUrl: order.address.peerUrl };
    default:
      return undefined;
  }
}
