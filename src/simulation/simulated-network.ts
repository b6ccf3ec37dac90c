/**
 * The network between simulated replicas: messages are lost, repeated, delayed and so reordered;
 * directed links are cut. Streams break with the process at their end, as connections do. Who may
 * speak to whom is judged by the transport's own directory, at both ends.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Incarnation } from '../paxos/membership.ts';
import type { EpochProposal } from '../paxos/command.ts';
import type { Directory } from '../transport/directory.ts';
import type { PeerMessage } from '../transport/messages.ts';
import type { Network, NetworkHandlers, SnapshotAnswer } from '../transport/network.ts';
import type { Choices } from './choices.ts';
import { Echoes } from './echoes.ts';
import { LinkState } from './link.ts';
import { messageBody } from './message-body.ts';
import { noteOf } from './message-note.ts';
import type { Plan } from './plan.ts';
import type { ProbeName, Probes } from './probes.ts';
import type { RandomStreams } from './random.ts';
import type { MessageBody } from './trace-event.ts';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';
import { chosenPull, orderPull, probePull, type Pull, snapshotPull } from './simulated-pull.ts';
import { Wire } from './wire.ts';

/** A pulled request without an answer is given up after this. */
export const FETCH_TIMEOUT_MS = 1_000;
/** How soon the other end sees that a process is gone. */
const CLOSE_NOTICE_MS = 2;
export interface Endpoint {
  readonly incarnation: Incarnation;
  readonly directory: Directory;
  readonly handlers: NetworkHandlers;
  /** A process that is stopped takes messages later, when it goes on. */
  readonly deliver: (run: () => void) => void;
}

/** Sees what leaves, at the instant it leaves, and what reaches a process. */
export interface Watcher {
  arrived?(to: ReplicaId, message: PeerMessage): void;
  sent(from: ReplicaId, to: ReplicaId, message: PeerMessage): void;
  served(from: ReplicaId, proposals: readonly EpochProposal[]): void;
}

export interface SimulatedNetworkOptions {
  readonly time: VirtualTime;
  readonly streams: RandomStreams;
  readonly plan: Plan;
  readonly choices: Choices;
  readonly trace: Trace;
  readonly watch: Watcher;
  readonly probes: Probes;
}

export class SimulatedNetwork {
  readonly #options: SimulatedNetworkOptions;
  readonly #time: VirtualTime;
  readonly #trace: Trace;
  readonly #wire: Wire;
  #isPeaceful = false;
  readonly echoes: Echoes;
  readonly #endpoints = new Map<ReplicaId, Endpoint>();
  readonly #links = new Map<number, LinkState>();

  constructor(options: SimulatedNetworkOptions) {
    this.#options = options;
    this.#time = options.time;
    this.#trace = options.trace;
    this.echoes = new Echoes(options.time);
    this.#wire = new Wire(options.plan.framed, options.streams.of('wire'));
  }

  /** A replica's process is there. */
  attach(id: ReplicaId, endpoint: Endpoint): void {
    this.#endpoints.set(id, endpoint);
    for (const [peer, other] of this.#endpoints) {
      if (peer === id) continue;
      this.#time.after(CLOSE_NOTICE_MS, () => {
        if (!other.directory.isMeant(id, endpoint.incarnation)) return;
        other.deliver(() => other.handlers.onLink(id));
      });
    }
  }

  /** Its process is gone: its connections close. */
  detach(id: ReplicaId): void {
    const gone = this.#endpoints.get(id);
    this.#endpoints.delete(id);
    if (gone === undefined) return;
    for (const [peer, other] of this.#endpoints) {
      if (this.link(id, peer).isCut) continue;
      this.#time.after(CLOSE_NOTICE_MS, () => {
        if (this.#endpoints.get(peer) !== other) return;
        if (!other.directory.isMeant(id, gone.incarnation)) return;
        other.deliver(() => other.handlers.onLinkClosed(id));
      });
    }
  }

  /** The stream from this peer ends, though it lives. */
  closeLink(at: ReplicaId, peer: ReplicaId): void {
    const endpoint = this.#endpoints.get(at);
    endpoint?.deliver(() => endpoint.handlers.onLinkClosed(peer));
  }

  link(from: ReplicaId, to: ReplicaId): LinkState {
    const key = from * 65_536 + to;
    const known = this.#links.get(key);
    if (known !== undefined) return known;
    const { choices, plan, streams } = this.#options;
    const random = streams.of(`link ${from}>${to}`);
    const link = new LinkState({ from, to }, { plan, random, choices });
    this.#links.set(key, link);
    return link;
  }

  /** The partition cuts exactly these directed links. */
  cut(links: readonly (readonly [ReplicaId, ReplicaId])[]): void {
    for (const link of this.#links.values()) link.isPartitioned = false;
    for (const [from, to] of links) this.link(from, to).isPartitioned = true;
  }

  /** No loss, no repetition, no delay between these from now on; and nobody's wish comes late. */
  calm(ids: readonly ReplicaId[]): void {
    this.#isPeaceful = true;
    for (const from of ids) {
      for (const to of ids) if (from !== to) this.link(from, to).isCalm = true;
    }
  }

  /** Calm links between these take so long from now on. */
  lengthen(ids: readonly ReplicaId[], oneWayMs: number): void {
    for (const from of ids) {
      for (const to of ids) if (from !== to) this.link(from, to).calmMs = oneWayMs;
    }
  }

  /** The port of one life of one replica. */
  portOf(from: ReplicaId, directory: Directory): Network {
    return {
      send: (to, message) => this.#send(from, to, message, directory),
      fetchChosen: (to, request, done) => {
        this.#pull(from, to, chosenPull(this.#options.watch, request, done), directory);
      },
      fetchSnapshot: (to, request, done) => {
        const arrived = (answer: SnapshotAnswer | undefined): void =>
          done(this.link(to, from).chunkOf(answer));
        this.#pull(from, to, snapshotPull(request, arrived), directory);
      },
      probe: ({ id }, done) => this.#pull(from, id, probePull(done), directory),
      order: (to, request, done) => this.#pull(from, to, orderPull(request, done), directory),
      isLinked: (to) => this.#endpoints.has(to) && !this.link(from, to).isCut,
    };
  }

  /** False where a connection would not be there; into a cut link messages vanish. */
  #send(from: ReplicaId, to: ReplicaId, message: PeerMessage, directory: Directory): boolean {
    if (!this.#endpoints.has(to) || !this.#isAlive(from, directory)) return false;
    this.#options.watch.sent(from, to, message);
    const number = this.#trace.nextMessage();
    this.#trace.note(from * 64 + to + noteOf(message));
    if (this.#trace.isRecording) this.#recordSent(number, from, to, messageBody(message));
    const parcel = this.#wire.pack(directory, to, message);
    const isOldWish = message.type === 'handOver' && !this.#isPeaceful;
    const arrive = (endpoint: Endpoint): void => {
      if (isOldWish && this.#isPeaceful) return;
      const arrived = parcel(endpoint.directory);
      if (arrived === undefined) {
        this.#reached('frameRefused');
        return;
      }
      endpoint.directory.noteHeard(arrived.frame);
      this.#options.watch.arrived?.(to, arrived.message);
      endpoint.handlers.onMessage(from, arrived.message, arrived.frame.said);
    };
    this.echoes.note(to, message, () => this.#arrive(to, number, true, arrive));
    const link = this.link(from, to);
    if (!link.losesType(message.type)) this.#carry(link, number, arrive);
    else if (this.#trace.isRecording) this.#recordLost(number, 'chance');
    return true;
  }

  /** A process that is gone sends nothing, whatever of it is still on the stack. */
  #isAlive(id: ReplicaId, directory: Directory): boolean {
    return this.#endpoints.get(id)?.directory === directory;
  }

  /** Runs `arrive` in the process at the other end, for each copy that gets there. */
  #carry(link: LinkState, number: number, arrive: (endpoint: Endpoint) => void): void {
    const arrivals = link.carry();
    if (link.isCut || arrivals.length === 0) {
      this.#trace.note(number);
      if (this.#trace.isRecording) this.#recordLost(number, link.isCut ? 'cut' : 'chance');
      return;
    }
    const sender = this.#endpoints.get(link.from);
    const receiver = this.#endpoints.get(link.to);
    for (const [copy, delayMs] of arrivals.entries()) {
      this.#time.after(delayMs, () => {
        if (this.#hasBegunAgain(link.from, sender)) this.#reached('messageOfEarlierLife');
        if (copy > 0 && this.#hasBegunAgain(link.to, receiver)) this.#reached('copyInLaterLife');
        this.#arrive(link.to, number, copy > 0, arrive);
      });
    }
  }

  #hasBegunAgain(id: ReplicaId, then: Endpoint | undefined): boolean {
    const now = this.#endpoints.get(id);
    return now !== then && now !== undefined && then !== undefined;
  }

  #reached(name: ProbeName): void {
    this.#options.probes.reached(name);
  }

  #arrive(
    to: ReplicaId,
    number: number,
    repeated: boolean,
    arrive: (endpoint: Endpoint) => void,
  ): void {
    const endpoint = this.#endpoints.get(to);
    this.#trace.note(endpoint === undefined ? -number : number);
    if (endpoint === undefined) {
      if (this.#trace.isRecording) this.#recordLost(number, 'down');
      return;
    }
    if (this.#trace.isRecording) {
      this.#trace.record({ type: 'delivered', message: number, repeated });
    }
    endpoint.deliver(() => arrive(endpoint));
  }

  /** A pulled request and its answer: each may be lost or late; only the first copy counts. */
  #pull<Answer>(from: ReplicaId, to: ReplicaId, pull: Pull<Answer>, directory: Directory): void {
    const asker = this.#endpoints.get(from);
    let isDone = false;
    const finish = (answer: Answer | undefined): void => {
      if (isDone || this.#endpoints.get(from) !== asker) return;
      isDone = true;
      asker?.deliver(() => pull.done(answer));
    };
    this.#time.after(FETCH_TIMEOUT_MS, () => finish(undefined));
    if (this.link(from, to).refusesPull()) {
      this.#time.after(CLOSE_NOTICE_MS, () => finish(undefined));
      return;
    }
    const header = directory.headerTo(to, pull.type);
    const number = this.#noteFetch(from, to, () => pull.asked);
    let isServed = false;
    this.#carry(this.link(from, to), number, (endpoint) => {
      const refusal = endpoint.directory.judge({ ...header, body: undefined }, pull.type);
      if (isServed || refusal !== undefined) return;
      isServed = true;
      pull.serve(endpoint.handlers, from, to, (answer) => {
        if (!this.#endpoints.has(from)) return;
        const answered = this.#noteFetch(to, from, () => pull.answered(answer));
        this.#carry(this.link(to, from), answered, () => finish(answer));
      });
    });
  }

  #noteFetch(from: ReplicaId, to: ReplicaId, body: () => MessageBody): number {
    const number = this.#trace.nextMessage();
    this.#trace.note(from * 64 + to);
    if (this.#trace.isRecording) this.#recordSent(number, from, to, body());
    return number;
  }

  #recordSent(message: number, from: ReplicaId, to: ReplicaId, body: MessageBody): void {
    this.#trace.record({ type: 'sent', message, from, to, body });
  }

  #recordLost(message: number, why: 'chance' | 'cut' | 'down'): void {
    this.#trace.record({ type: 'lost', message, why });
  }
}
