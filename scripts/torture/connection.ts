/**
 * One connection to a replica, and no other after it: what was seen through it was seen of one
 * process. Where it broke nothing is asked any more.
 */
import { buildConnector, Client } from 'undici';
import {
  askThrough,
  CONNECT_MS,
  type Outcome,
  type ReplicaClient,
  type Request,
} from './client.ts';

export class Connection {
  readonly replica: ReplicaClient;
  readonly #client: Client;
  #isBegun = false;

  constructor(replica: ReplicaClient) {
    this.replica = replica;
    const connect = buildConnector({ timeout: CONNECT_MS });
    this.#client = new Client(replica.url, {
      connect: (options, done) => {
        if (this.#isBegun) done(new Error('this connection is over'), null);
        else connect(options, done);
        this.#isBegun = true;
      },
    });
  }

  ask(request: Request): Promise<Outcome> {
    return askThrough(this.#client, request);
  }

  async close(): Promise<void> {
    await this.#client.destroy();
  }
}
