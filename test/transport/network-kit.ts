/** Networks on loopback for the tests of this room, and what they said and heard. */
import { Buffer } from 'node:buffer';
import type { ReplicaId } from '../../src/paxos/ballot.ts';
import { majorities, type Membership } from '../../src/paxos/membership.ts';
import {
  openHttpNetwork,
  type HttpNetwork,
  type LinkChange,
} from '../../src/transport/http-network.ts';
import type { TransportLimits } from '../../src/transport/limits.ts';
import type { PeerMessage } from '../../src/transport/messages.ts';
import {
  type ChosenAnswer,
  type ChosenRequest,
  type NetworkHandlers,
  NO_TESTIMONY,
} from '../../src/transport/network.ts';
import { SYSTEM_TIMERS, type Timers } from '../../src/transport/timers.ts';

export const SECRET = Buffer.from('a secret that only these tests share');
export const CLUSTER = 'c'.repeat(32);

export function incarnationOf(id: ReplicaId, life = 1): string {
  return `${id}${life}`.padStart(32, '0');
}

export interface Heard {
  readonly from: ReplicaId;
  readonly message: PeerMessage;
}

export class Station {
  readonly id: ReplicaId;
  readonly heard: Heard[] = [];
  readonly links: string[] = [];
  readonly changes: LinkChange[] = [];
  onMessage: (heard: Heard) => void = (heard) => void this.heard.push(heard);
  serveSnapshot: NetworkHandlers['serveSnapshot'] = (_from, _request, done) => done(undefined);
  serveChosen: (request: ChosenRequest, done: (answer: ChosenAnswer | undefined) => void) => void =
    (_request, done) => done(undefined);
  serveProbe: NetworkHandlers['serveProbe'] = () => undefined;
  serveOrder: NetworkHandlers['serveOrder'] = (_request, done) =>
    done({ type: 'notApplied', reason: 'notReady' });
  #network: HttpNetwork | undefined;

  constructor(id: ReplicaId) {
    this.id = id;
  }

  get network(): HttpNetwork {
    if (this.#network === undefined) throw new Error('not open');
    return this.#network;
  }

  async open(options: StationOptions = {}): Promise<void> {
    this.#network = await openHttpNetwork({
      self: { replicaId: this.id, incarnation: incarnationOf(this.id, options.life) },
      secret: 'secret' in options ? options.secret : SECRET,
      listen: { host: options.host ?? '127.0.0.1', port: options.port ?? 0 },
      peers: options.peers ?? [],
      handlers: {
        onMessage: (from, message) => this.onMessage({ from, message }),
        testimonyTo: () => NO_TESTIMONY,
        onLink: (peer) => void this.links.push(`+${peer}`),
        onLinkClosed: (peer) => void this.links.push(`-${peer}`),
        serveChosen: (request, done) => this.serveChosen(request, done),
        serveSnapshot: (from, request, done) => this.serveSnapshot(from, request, done),
        serveProbe: () => this.serveProbe(),
        serveOrder: (request, done) => this.serveOrder(request, done),
      },
      onLinkChange: (change) => void this.changes.push(change),
      timers: options.timers ?? SYSTEM_TIMERS,
      random: Math.random,
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.network.port}`;
  }

  get messages(): readonly PeerMessage[] {
    return this.heard.map(({ message }) => message);
  }
}

export interface StationOptions {
  readonly life?: number;
  readonly secret?: Buffer | undefined;
  readonly host?: string;
  readonly port?: number;
  readonly peers?: readonly { id: ReplicaId; peerUrl: string }[];
  readonly timers?: Timers;
  readonly limits?: Partial<TransportLimits>;
}

export function membershipOf(
  urls: ReadonlyMap<ReplicaId, string>,
  clusterId = CLUSTER,
): Membership {
  const members = [...urls].map(([id, peerUrl]) => ({
    id,
    incarnation: incarnationOf(id),
    role: 'voter' as const,
    peerUrl,
    clientUrl: `http://127.0.0.1:${70 + id}`,
  }));
  return { clusterId, epoch: 1, members, quorums: majorities(members.length) };
}

/** Stations 1 to `count`, of one cluster, not yet linked. */
export async function openCluster(count: number, options: StationOptions = {}): Promise<Cluster> {
  const stations: Station[] = [];
  for (let id = 1; id <= count; id += 1) {
    const station = new Station(id);
    await station.open(options);
    stations.push(station);
  }
  const membership = membershipOf(new Map(stations.map((s) => [s.id, s.url])));
  for (const { network } of stations) network.setMembership(membership);
  return new Cluster(stations, membership);
}

export class Cluster {
  readonly stations: readonly Station[];
  readonly membership: Membership;

  constructor(stations: readonly Station[], membership: Membership) {
    this.stations = stations;
    this.membership = membership;
  }

  station(id: ReplicaId): Station {
    const station = this.stations[id - 1];
    if (station === undefined) throw new Error(`no station ${id}`);
    return station;
  }

  async linked(): Promise<this> {
    for (const from of this.stations) {
      for (const to of this.stations) {
        if (from !== to) await until(() => from.network.isLinked(to.id));
      }
    }
    return this;
  }

  async close(): Promise<void> {
    await Promise.all(this.stations.map(({ network }) => network.close()));
  }
}

/** Waits for a state, with a limit. */
export async function until(condition: () => boolean, limitMs = 5_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > deadline)
      throw new Error(`not within ${limitMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export function heartbeat(chosenUpTo: number): PeerMessage {
  return { type: 'heartbeat', epoch: 1, ballot: { round: 1, leader: 1 }, beat: 1, chosenUpTo };
}

export function accept(slot: number, bytes: Uint8Array): PeerMessage {
  const command = { type: 'batch', timeMs: slot, bytes } as const;
  const ballot = { round: 1, leader: 1 };
  return { type: 'accept', epoch: 1, ballot, slot, command, chosenUpTo: slot - 1 };
}
