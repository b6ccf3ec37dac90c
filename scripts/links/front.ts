/** The port before the peer port of one replica. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { CHOSEN_PATH, ORDER_PATH, PROBE_PATH, SNAPSHOT_PATH } from '../../src/transport/routes.ts';
import { ExchangeRelay } from './exchange-relay.ts';
import { FarAsks } from './far-asks.ts';
import type { LinkTarget } from './links.ts';
import type { Relay, RelayOptions } from './relay.ts';
import { StreamRelay } from './stream-relay.ts';

const MAX_CONNECTIONS = 1_024;
const EXCHANGES: readonly (string | undefined)[] = [
  CHOSEN_PATH,
  SNAPSHOT_PATH,
  PROBE_PATH,
  ORDER_PATH,
];

export class Front {
  readonly #target: LinkTarget;
  readonly #linkOf: RelayOptions['linkOf'];
  readonly #server: Server;
  readonly #relays = new Set<Relay>();
  readonly #asks: FarAsks;

  constructor(target: LinkTarget, linkOf: RelayOptions['linkOf']) {
    this.#target = target;
    this.#linkOf = linkOf;
    this.#asks = new FarAsks(target);
    this.#server = createServer(
      { requestTimeout: 0, keepAliveTimeout: 1, noDelay: true },
      (request, response) => this.#onRequest(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  get port(): number {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('not open');
    return address.port;
  }

  listen(host: string): Promise<void> {
    const { before = 0 } = this.#target;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(before, host, () => {
        this.#server.off('error', reject);
        this.#server.on('error', () => {});
        resolve();
      });
    });
  }

  rulesChanged(healed: boolean): void {
    for (const relay of this.#relays) relay.rulesChanged(healed);
  }

  close(): Promise<void> {
    for (const relay of this.#relays) relay.destroy();
    this.#asks.close();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const options: RelayOptions = {
      request,
      response,
      target: this.#target,
      linkOf: this.#linkOf,
      onEnd: (relay) => this.#relays.delete(relay),
    };
    const isExchange = request.method === 'POST' && EXCHANGES.includes(request.url);
    const relay = isExchange ? new ExchangeRelay(options, this.#asks) : new StreamRelay(options);
    this.#relays.add(relay);
  }
}
