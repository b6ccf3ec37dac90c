/**
 * Who the peers are, and which frames may pass between us.
 *
 * Before genesis nobody's incarnation is known: only bootstrap messages pass. They go on passing
 * afterwards, whatever their cluster, so that a founder that came back empty can be told. All
 * others need the same cluster and, at both ends, the incarnation of the membership record.
 */
import { assert } from '../paxos/assert.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import { memberOf, type Incarnation, type Member, type Membership } from '../paxos/membership.ts';
import type { Envelope, FrameHeader } from './frame.ts';
import { isBootstrapType, isForAnyIncarnation, PROBE_TYPE } from './messages.ts';
import { NO_TESTIMONY, type Testimony } from './network.ts';
import { isPeerUrl } from '../paxos/member-url.ts';
import type { RefusalReason } from './refusal.ts';

export interface Peer {
  readonly id: ReplicaId;
  /** Such as `http://127.0.0.1:7601`. */
  readonly peerUrl: string;
}

export interface Self {
  readonly replicaId: ReplicaId;
  readonly incarnation: Incarnation;
}

export class Directory {
  readonly self: Self;
  readonly #testimonyTo: (peer: ReplicaId) => Testimony;
  #membership: Membership | undefined;
  #peers: ReadonlyMap<ReplicaId, Peer> = new Map();
  /** Members of the record before, until the next: they may have to hear that its epoch has ended. */
  #former: readonly Member[] = [];
  /** Who last spoke to us under this id: an answer to a bootstrap message goes to that one. */
  readonly #heardFrom = new Map<ReplicaId, Incarnation>();

  constructor(self: Self, testimonyTo: (peer: ReplicaId) => Testimony = () => NO_TESTIMONY) {
    this.self = self;
    this.#testimonyTo = testimonyTo;
  }

  get peers(): ReadonlyMap<ReplicaId, Peer> {
    return this.#peers;
  }

  get membership(): Membership | undefined {
    return this.#membership;
  }

  setPeers(peers: readonly Peer[]): void {
    for (const { peerUrl } of peers) assert(isPeerUrl(peerUrl), `not a peer URL: ${peerUrl}`);
    const others = peers.filter((peer) => peer.id !== this.self.replicaId);
    this.#peers = new Map(others.map((peer) => [peer.id, peer]));
  }

  setMembership(membership: Membership): void {
    const { members } = membership;
    const before = this.#membership?.members ?? [];
    this.#former = before.filter(({ id }) => !members.some((member) => member.id === id));
    this.#membership = membership;
    this.setPeers([...members, ...this.#former]);
  }

  /** The header of a frame that carries a message of this type. */
  headerTo(to: ReplicaId, type: string): FrameHeader {
    const cluster = this.#membership?.clusterId ?? '';
    const isEarly = isBootstrapType(type) || type === PROBE_TYPE;
    assert(cluster !== '' || isEarly, `${type} is not said before genesis`);
    return {
      cluster,
      from: this.self.replicaId,
      fromIncarnation: this.self.incarnation,
      to,
      toIncarnation: this.#incarnationTo(to, type),
      said: this.#testimonyTo(to),
    };
  }

  #incarnationTo(to: ReplicaId, type: string): Incarnation {
    if (isForAnyIncarnation(type)) return '';
    const member = this.#incarnationOf(to);
    if (!isBootstrapType(type)) return member ?? '';
    return this.#heardFrom.get(to) ?? member ?? '';
  }

  #incarnationOf(id: ReplicaId): Incarnation | undefined {
    if (this.#membership === undefined) return undefined;
    const member = memberOf(this.#membership, id) ?? this.#former.find((one) => one.id === id);
    return member?.incarnation;
  }

  /** Why a frame that carries a message of this type may not pass; `undefined` where it may. */
  judge(frame: Envelope, type: string): RefusalReason | undefined {
    if (frame.to !== this.self.replicaId) return 'wrongDestination';
    if (type === PROBE_TYPE) return this.#judgeProbe(frame);
    if (!this.#peers.has(frame.from)) return 'unknownSender';
    if (frame.toIncarnation !== this.self.incarnation) {
      if (frame.toIncarnation !== '' || !isForAnyIncarnation(type)) return 'wrongIncarnation';
    }
    if (isBootstrapType(type)) return undefined;
    const cluster = this.#membership?.clusterId;
    if (cluster === undefined || frame.cluster !== cluster) return 'wrongCluster';
    return frame.fromIncarnation === this.#incarnationOf(frame.from)
      ? undefined
      : 'wrongSenderIncarnation';
  }

  /** Between strangers: one asks whoever is there, and is answered as who it is. */
  #judgeProbe({ toIncarnation }: Envelope): RefusalReason | undefined {
    const isMeant = toIncarnation === '' || toIncarnation === this.self.incarnation;
    return isMeant ? undefined : 'wrongIncarnation';
  }

  /** Whether it is who we mean by this id; before genesis there is no telling. */
  isMeant(id: ReplicaId, incarnation: Incarnation): boolean {
    return this.#membership === undefined || this.#incarnationOf(id) === incarnation;
  }

  noteHeard(frame: Envelope): void {
    this.#heardFrom.set(frame.from, frame.fromIncarnation);
  }
}
