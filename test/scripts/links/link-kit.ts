/** Peers and replicas that only speak lines, with links between them. */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import {
  createServer,
  request,
  type ClientRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { STREAM_PATH, STREAM_TYPE } from '../../../src/transport/routes.ts';
import { Random } from '../../../src/simulation/random.ts';
import { waitFor } from '../../../scripts/bench/wait.ts';
import { Links } from '../../../scripts/links/links.ts';

const LIMIT_MS = 20_000;
const HOST = '127.0.0.1';
const SEED = 6;

const closing: (() => Promise<unknown> | void)[] = [];

export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).toReversed()) await close();
}

/** A line of the form of a frame, without its end. */
export function frame(from: number, to: number, type: string, more = ''): string {
  const head =
    `"version":5,"cluster":"${'c'.repeat(32)}","from":${from},"fromIncarnation":"${'a'.repeat(32)}",` +
    `"to":${to},"toIncarnation":"${'b'.repeat(32)}","sequence":1,"witnessed":1`;
  const body = `{"type":"${type}","more":"${more}"}`;
  return `{"mac":"${'0'.repeat(64)}","frame":{${head},"body":${body}}}`;
}

export async function until(condition: () => boolean, what = condition.toString()): Promise<void> {
  await waitFor(() => condition() || undefined, { what, limitMs: LIMIT_MS, everyMs: 2 });
}

/** What a replica got, on one request. */
export interface Got {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** As it came, piece by piece. */
  readonly pieces: string[];
  isClosed: boolean;
}

export class FakeReplica {
  readonly got: Got[] = [];
  /** Called once the first piece of a stream is there, and of others the whole. */
  onRequest: (got: Got) => void = ({ request: { url }, response }) => {
    if (url !== STREAM_PATH) return void response.end(`${frame(2, 1, 'answer')}\n`);
    response.writeHead(200, { 'content-type': STREAM_TYPE, connection: 'close' });
    return response.flushHeaders();
  };
  readonly #server: Server;

  private constructor() {
    this.#server = createServer({ requestTimeout: 0 }, (incoming, response) => {
      const one: Got = { request: incoming, response, pieces: [], isClosed: false };
      this.got.push(one);
      incoming.setEncoding('latin1');
      const isStream = incoming.url === STREAM_PATH;
      incoming.on('data', (piece: string) => {
        one.pieces.push(piece);
        if (isStream && one.pieces.length === 1) this.onRequest(one);
      });
      incoming.on('end', () => {
        if (!isStream) this.onRequest(one);
      });
      incoming.on('error', () => {});
      response.on('close', () => {
        one.isClosed = true;
      });
    });
  }

  static async open(): Promise<FakeReplica> {
    const replica = new FakeReplica();
    replica.#server.listen(0, HOST);
    await once(replica.#server, 'listening');
    closing.push(() => replica.close());
    return replica;
  }

  get port(): number {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('not open');
    return address.port;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** Of all its requests, without the empty ones. */
  get lines(): readonly string[] {
    return this.got.flatMap(({ pieces }) => linesOf(pieces));
  }

  gotOf(at: number): Got {
    const got = this.got[at];
    if (got === undefined) throw new Error(`no request ${at}`);
    return got;
  }
}

export function linesOf(pieces: readonly string[]): readonly string[] {
  return pieces
    .join('')
    .split('\n')
    .filter((line) => line !== '');
}

/** Somebody who asks a replica for something, and what comes back. */
export class FakePeer {
  readonly outgoing: ClientRequest;
  answer: IncomingMessage | undefined;
  text = '';
  isAnswerWhole = false;
  isClosed = false;

  constructor(port: number, path: string, method = 'POST') {
    const headers = { 'content-type': STREAM_TYPE };
    this.outgoing = request({ host: HOST, port, path, method, agent: false, headers });
    this.outgoing.setNoDelay(true);
    this.outgoing.on('error', () => {});
    this.outgoing.on('close', () => {
      this.isClosed = true;
    });
    this.outgoing.on('response', (answer) => this.#onAnswer(answer));
    closing.push(() => void this.outgoing.destroy());
  }

  /** Its first line is said already. */
  static stream(port: number, from: number, to: number): FakePeer {
    const peer = new FakePeer(port, STREAM_PATH);
    peer.say(frame(from, to, 'hello'));
    return peer;
  }

  static async linked(port: number, from: number, to: number): Promise<FakePeer> {
    const peer = FakePeer.stream(port, from, to);
    await until(() => peer.answer?.statusCode === 200, 'linked stream');
    return peer;
  }

  static ask(port: number, path: string, line: string): FakePeer {
    const peer = new FakePeer(port, path);
    peer.outgoing.end(`${line}\n`);
    return peer;
  }

  say(line: string): void {
    this.outgoing.write(Buffer.from(`${line}\n`, 'latin1'));
  }

  #onAnswer(answer: IncomingMessage): void {
    this.answer = answer;
    answer.setEncoding('latin1');
    answer.on('error', () => {});
    answer.on('data', (piece: string) => {
      this.text += piece;
    });
    answer.on('end', () => {
      this.isAnswerWhole = true;
    });
  }
}

export interface Setting {
  readonly links: Links;
  readonly replica: FakeReplica;
  /** Before the replica, which is 2. */
  readonly port: number;
}

/** Replica 2 behind links. */
export async function openSetting(): Promise<Setting> {
  const replica = await FakeReplica.open();
  const random = new Random(SEED);
  const links = await Links.open({
    host: HOST,
    targets: [{ id: 2, host: HOST, port: replica.port }],
    random: () => random.next(),
  });
  closing.push(() => links.close());
  return { links, replica, port: links.portTo(2) };
}
