/** What this replica knows of the others: what they last said of themselves, and who leads. */
import { type Ballot, type ReplicaId, ZERO_BALLOT } from '../paxos/ballot.ts';
import type { CoreState } from '../paxos/core-state.ts';
import { type Known, knownBy } from '../paxos/freshness.ts';
import type { Message, Status } from '../paxos/messages.ts';
import type { AcceptorLog } from '../storage/acceptor-log.ts';
import type { Network } from '../transport/network.ts';
import type { MemberStatus, ReadGrant } from './api.ts';
import type { Divergence } from './divergence.ts';
import type { Clock, DiskSpace } from './ports.ts';

/** A peer that said nothing while it should have told so often how far it is, is not reachable. */
const REACHABLE_STATUSES = 5;

export interface PeersOptions {
  readonly self: ReplicaId;
  readonly log: AcceptorLog;
  readonly network: Network;
  readonly clock: Clock;
  readonly diskSpace: DiskSpace;
  readonly limits: { readonly statusMs: number };
  readonly version: string;
  readonly divergence: Divergence;
}

export class Peers {
  readonly #options: PeersOptions;
  readonly #statuses = new Map<ReplicaId, Status>();
  readonly #heardAtMs = new Map<ReplicaId, number>();
  #leaderSeenAtMs: number;
  /** A leader's word on what is chosen, until it is applied here. */
  #announced: Known | undefined;
  /** The store holds all that anybody was told of before; not known yet in this life. */
  #freshAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: PeersOptions) {
    this.#options = options;
    this.#leaderSeenAtMs = options.clock.nowMs();
  }

  /** A peer gave a sign of life. */
  note(from: ReplicaId, message: Message): void {
    this.#heardAtMs.set(from, this.#options.clock.nowMs());
    if (message.type === 'status') {
      this.#statuses.set(from, message);
      this.#options.divergence.hear(from, { slot: message.appliedUpTo, hash: message.stateHash });
    }
  }

  /** One word is waited for at a time: under load there is always a later one, not yet applied. */
  #refresh({ learner }: CoreState, known: Known | undefined): void {
    const { appliedUpTo } = learner;
    if (this.#announced !== undefined && appliedUpTo >= this.#announced.upTo) {
      this.#freshAtMs = this.#announced.atMs;
      this.#announced = undefined;
    }
    if (known === undefined || known.atMs <= this.#freshAtMs) return;
    if (appliedUpTo < known.upTo) {
      this.#announced ??= known;
    } else {
      this.#freshAtMs = known.atMs;
      this.#announced = undefined;
    }
  }

  tick(core: CoreState, nowMs: number): void {
    if (knowsLeader(core)) this.#leaderSeenAtMs = nowMs;
    this.#refresh(core, knownBy(core, nowMs));
  }

  /** For how long no leader has been known, in ms. */
  leaderlessMs(core: CoreState, nowMs: number): number {
    return knowsLeader(core) ? 0 : nowMs - this.#leaderSeenAtMs;
  }

  /** How old what this replica has applied may be, in ms; infinite: not known. */
  stalenessMs(core: CoreState): number {
    const nowMs = this.#options.clock.nowMs();
    this.#refresh(core, knownBy(core, nowMs));
    return Math.ceil(nowMs - this.#freshAtMs);
  }

  /** A local grant tells how old it may be when it is given. */
  withStaleness(
    loop: { readonly core: CoreState },
    done: (grant: ReadGrant) => void,
  ): (grant: ReadGrant) => void {
    return (grant) => {
      const stalenessMs = this.stalenessMs(loop.core);
      done(grant.type === 'granted' ? { ...grant, stalenessMs } : grant);
    };
  }

  /** Tells every peer how far this replica is. */
  gossip(core: CoreState, revision: number): void {
    const { diskSpace, divergence, log, network, self, version } = this.#options;
    const { membership } = core;
    const { slot, hash } = divergence.latest;
    const status: Status = {
      type: 'status',
      epoch: membership.epoch,
      promised: core.acceptor.promised,
      chosenUpTo: core.learner.chosenUpTo,
      appliedUpTo: slot,
      stateHash: hash,
      revision,
      version,
      floor: core.acceptor.floor,
      suspect: core.isSuspect,
      disk: diskSpace.level,
      known: log.known,
    };
    for (const { id } of membership.members) if (id !== self) network.send(id, status);
  }

  members(core: CoreState): MemberStatus[] {
    const { diskSpace, divergence, version } = this.#options;
    return core.membership.members.map((member) => {
      const own = member.id === this.#options.self;
      const said = this.#statuses.get(member.id);
      const appliedUpTo = own ? core.learner.appliedUpTo : (said?.appliedUpTo ?? 0);
      const ballot: Ballot = own ? core.acceptor.promised : (said?.promised ?? ZERO_BALLOT);
      return {
        id: member.id,
        role: (own ? core.isSuspect : said?.suspect) === true ? 'suspect' : member.role,
        peerUrl: member.peerUrl,
        clientUrl: member.clientUrl,
        ballot,
        chosenUpTo: own ? core.learner.chosenUpTo : (said?.chosenUpTo ?? 0),
        appliedUpTo,
        floor: own ? core.acceptor.floor : (said?.floor ?? 0),
        lag: Math.max(0, core.learner.chosenUpTo - appliedUpTo),
        stateHash: own ? divergence.latest.hash : (said?.stateHash ?? null),
        disk: own ? diskSpace.level : (said?.disk ?? 'ok'),
        version: own ? version : (said?.version ?? ''),
        reachable: own || this.#isReachable(member.id),
      };
    });
  }

  #isReachable(id: ReplicaId): boolean {
    const heardAtMs = this.#heardAtMs.get(id);
    const { clock, limits } = this.#options;
    const withinMs = REACHABLE_STATUSES * limits.statusMs;
    return heardAtMs !== undefined && clock.nowMs() - heardAtMs < withinMs;
  }
}

function knowsLeader(core: CoreState): boolean {
  return core.role.name === 'leader' || core.election.leader !== undefined;
}
