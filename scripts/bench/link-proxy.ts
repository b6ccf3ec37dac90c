/**
 * Stands before the peer ports and passes bytes on, until a replica is cut off: then nothing passes
 * to it or from it any longer, and no connection is closed, as when a cable is pulled. Who opened a
 * connection is read from its first frame (`"from":2`); while somebody is cut off, a new connection
 * is held until that is known.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

const MAX_HEAD_CHARS = 64 * 1024;
const FROM = /"from":([0-9]+)/;

interface Link {
  readonly to: number;
  readonly near: Socket;
  readonly far: Socket;
  from: number | undefined;
  /** What was read while `from` was not known, to look for it. */
  head: string;
  /** Read and not passed on yet. */
  held: Buffer[];
  cut: boolean;
}

export class LinkProxy {
  readonly #servers: Server[] = [];
  readonly #links = new Set<Link>();
  readonly #cut = new Set<number>();

  /** For the real peer ports by replica id: opens one port before each, and returns these. */
  async open(peerPorts: ReadonlyMap<number, number>): Promise<ReadonlyMap<number, number>> {
    const told = new Map<number, number>();
    for (const [id, port] of peerPorts) {
      const server = createServer((socket) => this.#accept(id, port, socket));
      this.#servers.push(server);
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      const address = server.address();
      if (typeof address === 'string' || address === null) throw new Error('no port');
      told.set(id, address.port);
    }
    return told;
  }

  cutOff(id: number): void {
    this.#cut.add(id);
    for (const link of this.#links) if (this.#isCut(link)) link.cut = true;
  }

  /** What was on its way is lost, so the connections that were cut end now. */
  heal(): void {
    this.#cut.clear();
    for (const link of this.#links) {
      if (link.cut) {
        this.#links.delete(link);
        close(link);
      } else {
        this.#flush(link);
      }
    }
  }

  async close(): Promise<void> {
    for (const link of this.#links) close(link);
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    await Promise.all(closed);
  }

  #accept(to: number, port: number, near: Socket): void {
    const far = connect({ host: '127.0.0.1', port, noDelay: true });
    near.setNoDelay(true);
    const link: Link = { to, near, far, from: undefined, head: '', held: [], cut: false };
    this.#links.add(link);
    if (this.#isCut(link)) link.cut = true;
    near.on('data', (bytes) => this.#outward(link, bytes));
    far.on('data', (bytes) => {
      if (!link.cut) pass(far, near, bytes);
    });
    for (const socket of [near, far]) {
      socket.on('error', () => {});
      socket.on('close', () => this.#closed(link));
    }
  }

  #outward(link: Link, bytes: Buffer): void {
    if (link.cut) return;
    link.held.push(bytes);
    if (link.from === undefined) {
      link.head += bytes.toString('latin1');
      const found = FROM.exec(link.head);
      if (found !== null) link.from = Number(found[1]);
      else if (link.head.length > MAX_HEAD_CHARS) link.from = 0;
      if (this.#isCut(link)) link.cut = true;
    }
    this.#flush(link);
  }

  #flush(link: Link): void {
    if (link.cut || (link.from === undefined && this.#cut.size > 0)) return;
    for (const bytes of link.held.splice(0)) pass(link.near, link.far, bytes);
  }

  #closed(link: Link): void {
    if (link.cut) return;
    this.#links.delete(link);
    close(link);
  }

  #isCut(link: Link): boolean {
    return this.#cut.has(link.to) || (link.from !== undefined && this.#cut.has(link.from));
  }
}

function pass(source: Socket, target: Socket, bytes: Buffer): void {
  if (target.destroyed || target.write(bytes)) return;
  source.pause();
  target.once('drain', () => source.resume());
}

function close(link: Link): void {
  link.near.destroy();
  link.far.destroy();
}
