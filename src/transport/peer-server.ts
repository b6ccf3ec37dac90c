/**
 * The peer port: a few routes, by POST, HTTP/1.1, and nothing else. Who has not shown a valid frame
 * is a stranger; of strangers there are only so many, and a new one displaces the oldest, so that
 * idle connections never keep a peer out.
 */
import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ReplicaId } from '../paxos/ballot.ts';
import { CHOSEN } from './chosen-messages.ts';
import type { Door, Received } from './door.ts';
import { IncomingStream, type Sender } from './incoming-stream.ts';
import type { TransportLimits } from './limits.ts';
import type { StreamMessage } from './messages.ts';
import type { NetworkHandlers } from './network.ts';
import { ORDER } from './order-messages.ts';
import { PROBE } from './probe-messages.ts';
import { answerProblem, problemText } from './problem.ts';
import { PullServer } from './pull-server.ts';
import { REFUSAL_STATUS, type RefusalCounters, type RefusalReason } from './refusal.ts';
import { judgeRequest } from './request-rules.ts';
import { CHOSEN_PATH, ORDER_PATH, PROBE_PATH, PROBLEM_TYPE, SNAPSHOT_PATH } from './routes.ts';
import { SNAPSHOT } from './snapshot-messages.ts';
import type { Timers } from './timers.ts';

export interface PeerServerOptions {
  readonly door: Door;
  readonly counters: RefusalCounters;
  readonly limits: TransportLimits;
  readonly timers: Timers;
  readonly onReceived: (received: Received<StreamMessage>) => void;
  readonly onLink: (sender: Sender) => void;
  readonly onLinkClosed: (sender: Sender) => void;
  readonly serveChosen: NetworkHandlers['serveChosen'];
  readonly serveSnapshot: NetworkHandlers['serveSnapshot'];
  readonly serveProbe: NetworkHandlers['serveProbe'];
  readonly serveOrder: NetworkHandlers['serveOrder'];
}

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

export class PeerServer {
  readonly #options: PeerServerOptions;
  readonly #server: Server;
  /** By path. */
  readonly #pullServers: ReadonlyMap<string | undefined, { readonly serve: Serve }>;
  readonly #strangers = new Set<Duplex>();
  readonly #streams = new Set<IncomingStream>();
  /** The newest stream of each sender: an impostor of another life displaces nobody. */
  readonly #current = new Map<string, IncomingStream>();
  #isClosed = false;

  constructor(options: PeerServerOptions) {
    this.#options = options;
    const onKnown = (request: IncomingMessage): void => {
      this.#strangers.delete(request.socket);
    };
    const { limits } = options;
    const shared = { ...options, onKnown };
    this.#pullServers = new Map<string | undefined, { readonly serve: Serve }>([
      [
        CHOSEN_PATH,
        new PullServer(CHOSEN, {
          ...shared,
          serve(_from, { maxBytes, ...request }, done) {
            const most = Math.min(maxBytes, limits.chosenBytes);
            options.serveChosen({ ...request, maxBytes: most }, done);
          },
        }),
      ],
      [SNAPSHOT_PATH, new PullServer(SNAPSHOT, { ...shared, serve: options.serveSnapshot })],
      [
        PROBE_PATH,
        new PullServer(PROBE, {
          ...shared,
          serve: (_from, _request, done) => done(options.serveProbe()),
        }),
      ],
      [
        ORDER_PATH,
        new PullServer(ORDER, {
          ...shared,
          serve: (_from, request, done) => options.serveOrder(request, done),
        }),
      ],
    ]);
    this.#server = this.#createServer();
  }

  /** Resolves with the port, which matters where the given one is 0. */
  listen(host: string, port: number): Promise<number> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        // Such as no file descriptor left for a connection: the next one may do better.
        server.on('error', () => this.#options.counters.count('unavailable'));
        resolve(portOf(server.address()));
      });
    });
  }

  /** Ends the streams of a replica that is no peer any more. */
  drop(peer: ReplicaId): void {
    for (const stream of this.#streams) if (stream.sender?.id === peer) stream.end();
  }

  /** Ends every connection. No callback comes afterwards. */
  close(): Promise<void> {
    this.#isClosed = true;
    for (const stream of this.#streams) stream.end();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #createServer(): Server {
    const { limits } = this.#options;
    const server = createServer(
      {
        // Node would cut a stream's body at `requestTimeout` although data flows.
        requestTimeout: 0,
        headersTimeout: limits.headersMs,
        keepAliveTimeout: 1,
        connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
        maxHeaderSize: limits.headerBytes,
        insecureHTTPParser: false,
        requireHostHeader: true,
        noDelay: true,
      },
      (request, response) => this.#onRequest(request, response),
    );
    server.maxConnections = limits.connections;
    server.on('connection', (socket) => this.#onConnection(socket));
    server.on('clientError', (error, socket) => this.#onClientError(error, socket));
    for (const event of ['checkContinue', 'checkExpectation']) {
      server.on(event, (_request: IncomingMessage, response: ServerResponse) =>
        this.#refuse(response, 'expectationFailed'),
      );
    }
    for (const event of ['upgrade', 'connect']) {
      server.on(event, (_request: IncomingMessage, socket: Duplex) =>
        this.#refuseRaw(socket, 'badRequest'),
      );
    }
    return server;
  }

  #onConnection(socket: Duplex): void {
    this.#strangers.add(socket);
    socket.on('close', () => this.#strangers.delete(socket));
    if (this.#strangers.size <= this.#options.limits.strangers) return;
    const [oldest] = this.#strangers;
    oldest?.destroy();
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const refusal = judgeRequest(request);
    if (refusal !== undefined) return this.#refuse(response, refusal);
    const pullServer = this.#pullServers.get(request.url);
    if (pullServer !== undefined) return pullServer.serve(request, response);
    const { onReceived } = this.#options;
    const stream = new IncomingStream({
      ...this.#options,
      request,
      response,
      onSender: (opened, sender) => this.#onSender(opened, sender, request),
      onReceived: (received) => {
        if (!this.#isClosed) onReceived(received);
      },
      onEnd: (ended) => this.#onStreamEnd(ended),
    });
    this.#streams.add(stream);
  }

  #onSender(stream: IncomingStream, sender: Sender, request: IncomingMessage): void {
    this.#strangers.delete(request.socket);
    const older = this.#current.get(nameOf(sender));
    this.#current.set(nameOf(sender), stream);
    older?.end();
    if (!this.#isClosed) this.#options.onLink(sender);
  }

  #onStreamEnd(stream: IncomingStream): void {
    this.#streams.delete(stream);
    const { sender } = stream;
    if (sender === undefined || this.#current.get(nameOf(sender)) !== stream) return;
    this.#current.delete(nameOf(sender));
    if (!this.#isClosed) this.#options.onLinkClosed(sender);
  }

  #onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (error.code === 'ECONNRESET') return void socket.destroy();
    if (error.code === 'HPE_HEADER_OVERFLOW') return this.#refuseRaw(socket, 'headersTooLong');
    const isSlow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    return this.#refuseRaw(socket, isSlow ? 'tooSlow' : 'badRequest');
  }

  #refuse(response: ServerResponse, reason: RefusalReason): void {
    this.#options.counters.count(reason);
    answerProblem(response, reason);
  }

  /** Where there is no response object: the parser gave up before there was a request. */
  #refuseRaw(socket: Duplex, reason: RefusalReason): void {
    this.#options.counters.count(reason);
    const status = REFUSAL_STATUS[reason];
    const body = problemText(reason);
    const head =
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: ${PROBLEM_TYPE}\r\n` +
      `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
    socket.end(head + body, () => socket.destroy());
  }
}

function nameOf({ id, incarnation }: Sender): string {
  return `${id} ${incarnation}`;
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
