/** Pulls from a peer over a request of its own, so that no heartbeat waits for what is long. */
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { Agent, request, type IncomingMessage } from 'node:http';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Peer } from './directory.ts';
import type { Door } from './door.ts';
import type { TransportLimits } from './limits.ts';
import { lineOf } from './line-splitter.ts';
import type { PullKind } from './pull.ts';
import type { RefusalCounters } from './refusal.ts';
import { STREAM_TYPE } from './routes.ts';
import type { Timers } from './timers.ts';

export interface PullClientOptions {
  readonly door: Door;
  readonly counters: RefusalCounters;
  readonly limits: TransportLimits;
  readonly timers: Timers;
}

export class PullClient<Request, Answer> {
  readonly #kind: PullKind<Request, Answer>;
  readonly #options: PullClientOptions;
  readonly #agent = new Agent({ keepAlive: false, noDelay: true });
  /** How to end each fetch that is under way. */
  readonly #underWay = new Set<() => void>();

  constructor(kind: PullKind<Request, Answer>, options: PullClientOptions) {
    this.#kind = kind;
    this.#options = options;
  }

  /** `done` is not called before this returns; what `close` ends has no answer at all. */
  fetch(peer: Peer, wanted: Request, done: (answer: Answer | undefined) => void): void {
    const { limits, timers, door } = this.#options;
    const { path, type } = this.#kind;
    if (this.#underWay.size >= limits.fetches) return queueMicrotask(() => done(undefined));
    const nonce = randomBytes(16).toString('hex');
    const body = Buffer.from(this.#kind.encodeRequest(nonce, wanted));
    const line = door.sealBody(peer.id, type, body);
    const outgoing = request(new URL(path, peer.peerUrl), {
      method: 'POST',
      agent: this.#agent,
      headers: { 'content-type': STREAM_TYPE, 'content-length': line.length },
    });
    const stop = () => {
      this.#underWay.delete(stop);
      cancelTimer();
      outgoing.destroy();
    };
    const finish = (answer: Answer | undefined) => {
      if (!this.#underWay.has(stop)) return;
      stop();
      done(answer);
    };
    const cancelTimer = timers.after(limits.fetchMs, () => finish(undefined));
    this.#underWay.add(stop);
    outgoing.on('error', () => finish(undefined));
    outgoing.on('close', () => finish(undefined));
    outgoing.on('response', (response) =>
      this.#read(response, (text) => finish(this.#parse(text, peer.id, nonce, wanted))),
    );
    outgoing.end(line);
  }

  close(): void {
    for (const stop of this.#underWay) stop();
    this.#agent.destroy();
  }

  #read(response: IncomingMessage, done: (body: Buffer | undefined) => void): void {
    response.on('error', () => done(undefined));
    if (response.statusCode !== 200) return done(undefined);
    const pieces: Buffer[] = [];
    let length = 0;
    response.on('data', (piece: Buffer) => {
      length += piece.length;
      pieces.push(piece);
      if (length > this.#options.limits.lineBytes) done(undefined);
    });
    response.on('end', () => done(Buffer.concat(pieces)));
  }

  #parse(
    body: Buffer | undefined,
    peer: ReplicaId,
    nonce: string,
    wanted: Request,
  ): Answer | undefined {
    const line = body === undefined ? undefined : lineOf(body);
    if (line === undefined) return undefined;
    const { door, counters } = this.#options;
    const received = door.openAs(line, (value) => this.#kind.parseAnswer(value, nonce, wanted));
    if (typeof received === 'string') {
      counters.count(received);
      return undefined;
    }
    if (received.frame.from === peer) return received.body;
    counters.count('senderChanged');
    return undefined;
  }
}
