/**
 * The network between processes: a peer port that takes the peers' streams, and a link to each
 * peer for ours. So there are two streams between two replicas, one each way (docs/peers.md).
 */
import type { Buffer } from 'node:buffer';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Incarnation, Membership } from '../paxos/membership.ts';
import { CHOSEN } from './chosen-messages.ts';
import { Directory, type Peer, type Self } from './directory.ts';
import { Door, type Received } from './door.ts';
import { macKey } from './frame.ts';
import { DEFAULT_LIMITS, type TransportLimits } from './limits.ts';
import type { Sender } from './incoming-stream.ts';
import { isLoopback } from './loopback.ts';
import type { PeerMessage, StreamMessage } from './messages.ts';
import type {
  Addressed,
  ChosenAnswer,
  ChosenRequest,
  Network,
  NetworkHandlers,
  SnapshotAnswer,
  SnapshotRequest,
} from './network.ts';
import { ORDER } from './order-messages.ts';
import type { OrderOutcome, OrderRequest, Probed } from '../paxos/orders.ts';
import { PeerLink } from './peer-link.ts';
import { PeerServer } from './peer-server.ts';
import { PROBE } from './probe-messages.ts';
import { PullClient } from './pull-client.ts';
import { isPeerUrl } from '../paxos/member-url.ts';
import { RefusalCounters, type RefusalReason } from './refusal.ts';
import { SNAPSHOT } from './snapshot-messages.ts';
import type { Timers } from './timers.ts';

/** For the log. `to`: our stream to the peer; `from`: the peer's stream to us. */
export interface LinkChange {
  readonly peer: ReplicaId;
  readonly direction: 'to' | 'from';
  readonly linked: boolean;
  readonly why: string;
}

export interface HttpNetworkOptions {
  readonly self: Self;
  /** At least `MIN_SECRET_BYTES`. `undefined`: on a loopback host only. */
  readonly secret: Buffer | undefined;
  /** Port 0: any free one; see `port`. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Itself may be among them. After genesis the membership's addresses take their place. */
  readonly peers: readonly Peer[];
  readonly handlers: NetworkHandlers;
  readonly onLinkChange: (change: LinkChange) => void;
  readonly timers: Timers;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  readonly limits?: Partial<TransportLimits>;
}

/** Resolves when the peer port listens; the links to the peers open by themselves. */
export async function openHttpNetwork(options: HttpNetworkOptions): Promise<HttpNetwork> {
  const { host, port } = options.listen;
  if (options.secret === undefined && !isLoopback(host)) {
    throw new Error(
      `no secret for the peers is configured, so the peer port may only listen on loopback, ` +
        `not on ${host}`,
    );
  }
  const network = new HttpNetwork(options);
  await network.listen(host, port);
  network.setPeers(options.peers);
  return network;
}

export class HttpNetwork implements Network {
  readonly #options: HttpNetworkOptions;
  readonly #limits: TransportLimits;
  readonly #directory: Directory;
  readonly #door: Door;
  readonly #counters = new RefusalCounters();
  readonly #server: PeerServer;
  readonly #chosenClient: PullClient<ChosenRequest, ChosenAnswer>;
  readonly #snapshotClient: PullClient<SnapshotRequest, SnapshotAnswer>;
  readonly #probeClient: PullClient<undefined, Probed>;
  readonly #orderClient: PullClient<OrderRequest, OrderOutcome>;
  readonly #links = new Map<ReplicaId, PeerLink>();
  /** Whose streams to us the replica was told of. */
  readonly #linkedFrom = new Map<ReplicaId, Incarnation>();
  #port = 0;
  #isClosed = false;

  /** Use `openHttpNetwork`. */
  constructor(options: HttpNetworkOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#directory = new Directory(options.self, (peer) => options.handlers.testimonyTo(peer));
    this.#door = new Door(macKey(options.secret), this.#directory, this.#limits.lineBytes);
    const { timers } = options;
    const shared = {
      door: this.#door,
      counters: this.#counters,
      limits: this.#limits,
      timers,
    };
    this.#chosenClient = new PullClient(CHOSEN, shared);
    this.#snapshotClient = new PullClient(SNAPSHOT, shared);
    this.#probeClient = new PullClient(PROBE, shared);
    this.#orderClient = new PullClient(ORDER, shared);
    this.#server = new PeerServer({
      ...shared,
      onReceived: (received) => this.#onReceived(received),
      onLink: (sender) => this.#onLinkFrom(sender, true),
      onLinkClosed: (sender) => this.#onLinkFrom(sender, false),
      serveChosen: (request, done) =>
        this.#isClosed ? done(undefined) : options.handlers.serveChosen(request, done),
      serveSnapshot: (from, request, done) =>
        this.#isClosed ? done(undefined) : options.handlers.serveSnapshot(from, request, done),
      serveProbe: () => (this.#isClosed ? undefined : options.handlers.serveProbe()),
      serveOrder: (request, done) =>
        this.#isClosed
          ? done({ type: 'notApplied', reason: 'closing' })
          : options.handlers.serveOrder(request, done),
    });
  }

  async listen(host: string, port: number): Promise<void> {
    this.#port = await this.#server.listen(host, port);
  }

  /** Where the peer port listens. */
  get port(): number {
    return this.#port;
  }

  /** What was refused so far, by reason. */
  get refusals(): Readonly<Partial<Record<RefusalReason, number>>> {
    return this.#counters.read();
  }

  /** Once the genesis is durable here, and after every change of membership. */
  setMembership(membership: Membership): void {
    this.#directory.setMembership(membership);
    this.#reconcileLinks();
  }

  /** Before genesis: who takes part. */
  setPeers(peers: readonly Peer[]): void {
    this.#directory.setPeers(peers);
    this.#reconcileLinks();
  }

  isLinked(to: ReplicaId): boolean {
    return this.#links.get(to)?.isLinked ?? false;
  }

  send(to: ReplicaId, message: PeerMessage): boolean {
    const link = this.#links.get(to);
    if (link === undefined || !link.isLinked) return false;
    return link.send(this.#door.seal(to, message));
  }

  fetchChosen(
    to: ReplicaId,
    request: ChosenRequest,
    done: (answer: ChosenAnswer | undefined) => void,
  ): void {
    const peer = this.#directory.peers.get(to);
    if (peer === undefined || this.#isClosed) return queueMicrotask(() => done(undefined));
    return this.#chosenClient.fetch(peer, request, done);
  }

  fetchSnapshot(
    to: ReplicaId,
    request: SnapshotRequest,
    done: (answer: SnapshotAnswer | undefined) => void,
  ): void {
    const peer = this.#directory.peers.get(to);
    if (peer === undefined || this.#isClosed) return queueMicrotask(() => done(undefined));
    return this.#snapshotClient.fetch(peer, request, done);
  }

  probe(to: Addressed, done: (answer: Probed | undefined) => void): void {
    if (this.#isClosed || !isPeerUrl(to.peerUrl)) return queueMicrotask(() => done(undefined));
    return this.#probeClient.fetch(to, undefined, done);
  }

  order(
    to: ReplicaId,
    request: OrderRequest,
    done: (outcome: OrderOutcome | undefined) => void,
  ): void {
    const peer = this.#directory.peers.get(to);
    if (peer === undefined || this.#isClosed) {
      return queueMicrotask(() => done({ type: 'notApplied', reason: 'noLeader' }));
    }
    return this.#orderClient.fetch(peer, request, done);
  }

  /** No handler is called any more. Lets go what was sent, within `drainMs`; then no connection, listener or timer is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#chosenClient.close();
    this.#snapshotClient.close();
    this.#probeClient.close();
    this.#orderClient.close();
    const links = [...this.#links.values()];
    this.#links.clear();
    await Promise.all(links.map((link) => new Promise<void>((resolve) => link.close(resolve))));
    await this.#server.close();
  }

  #reconcileLinks(): void {
    if (this.#isClosed) return;
    const { peers } = this.#directory;
    for (const [id, link] of this.#links) {
      if (peers.get(id)?.peerUrl === link.peerUrl) continue;
      this.#links.delete(id);
      link.close(() => {});
      if (!peers.has(id)) this.#server.drop(id);
    }
    for (const peer of peers.values()) {
      if (!this.#links.has(peer.id)) this.#links.set(peer.id, this.#openLink(peer));
    }
  }

  #openLink({ id, peerUrl }: Peer): PeerLink {
    const { timers, random } = this.#options;
    return new PeerLink({
      peerUrl,
      makeHello: () => this.#door.seal(id, { type: 'hello' }),
      limits: this.#limits,
      timers,
      random,
      onChange: (linked, why) => this.#tell(id, 'to', linked, why),
    });
  }

  /** The stream of another life under a member's id is none of the member's. */
  #onLinkFrom({ id, incarnation }: Sender, linked: boolean): void {
    const isMeant = linked
      ? this.#directory.isMeant(id, incarnation)
      : this.#linkedFrom.get(id) === incarnation;
    if (this.#isClosed || !isMeant) return;
    const { handlers } = this.#options;
    this.#tell(id, 'from', linked, linked ? 'it opened its stream' : 'its stream ended');
    if (linked) {
      this.#linkedFrom.set(id, incarnation);
      handlers.onLink(id);
    } else {
      this.#linkedFrom.delete(id);
      handlers.onLinkClosed(id);
    }
  }

  #onReceived({ frame, body }: Received<StreamMessage>): void {
    if (this.#isClosed) return;
    this.#directory.noteHeard(frame);
    if (body.type === 'hello') return;
    this.#options.handlers.onMessage(frame.from, body, frame.said);
  }

  #tell(peer: ReplicaId, direction: 'to' | 'from', linked: boolean, why: string): void {
    if (!this.#isClosed) this.#options.onLinkChange({ peer, direction, linked, why });
  }
}
