/** Peers that do not behave: sockets, and frames made by hand. */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { ReplicaId } from '../../src/paxos/ballot.ts';
import type { Membership } from '../../src/paxos/membership.ts';
import { Directory } from '../../src/transport/directory.ts';
import { Door } from '../../src/transport/door.ts';
import { macKey } from '../../src/transport/frame.ts';
import { incarnationOf, SECRET } from './network-kit.ts';

const LINE_BYTES = 8 * 1024 * 1024;

export interface ForgerOptions {
  readonly life?: number;
  readonly secret?: Buffer | undefined;
}

/** Seals and opens as replica `id` of the membership would. */
export function doorOf(id: ReplicaId, membership: Membership, options: ForgerOptions = {}): Door {
  const { life = 1 } = options;
  const secret = 'secret' in options ? options.secret : SECRET;
  const directory = new Directory({ replicaId: id, incarnation: incarnationOf(id, life) });
  directory.setMembership(membership);
  return new Door(macKey(secret), directory, LINE_BYTES);
}

export const STREAM_HEAD =
  'POST /paxos/v1/stream HTTP/1.1\r\nHost: peer\r\nContent-Type: application/x-ndjson\r\n' +
  'Transfer-Encoding: chunked\r\n\r\n';

export function chunk(bytes: Buffer | string): Buffer {
  const body = Buffer.from(bytes);
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]);
}

/** A socket to a port, and all that came back on it. */
export class RawClient {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  text = '';

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('data', (bytes: Buffer) => {
      this.text += bytes.toString('latin1');
    });
    this.socket.on('error', () => {});
    this.closed = once(this.socket, 'close');
  }

  /** A stream whose first line this is. */
  static stream(port: number, firstLine: Buffer | string): RawClient {
    const client = new RawClient(port);
    client.write(STREAM_HEAD);
    client.write(chunk(firstLine));
    return client;
  }

  write(bytes: Buffer | string): void {
    this.socket.write(bytes);
  }

  get status(): number {
    return Number(this.text.slice('HTTP/1.1 '.length, 'HTTP/1.1 '.length + 3));
  }

  /** The body of the response, where it came whole and not in chunks. */
  get body(): string {
    return this.text.slice(this.text.indexOf('\r\n\r\n') + 4);
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** A listener on loopback whose connections a test handles as it likes. */
export class RawServer {
  readonly sockets: Socket[] = [];
  readonly #server: Server;

  constructor(onConnection: (socket: Socket) => void) {
    this.#server = createServer((socket) => {
      this.sockets.push(socket);
      socket.on('error', () => {});
      onConnection(socket);
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('not listening');
    return `http://127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** The head of an answer that takes a stream. */
export const WELCOME =
  'HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n';
