/** Connections of clients that do not do their part: sockets, and nothing that ends them by itself. */
import { connect, type Socket } from 'node:net';
import { readFileSync } from 'node:fs';
import { unreachable } from '../../../src/kv/unreachable.ts';

export const HOLDINGS = ['idle', 'slowHeaders', 'slowBody', 'slowRead'] as const;
export type Holding = (typeof HOLDINGS)[number];

export interface Port {
  readonly host: string;
  readonly port: number;
}

const BYTE_EVERY_MS = 1_000;
const BODY_BYTES = 100_000;
const PIPELINED = 10;
const OPEN_FILES = /^Max open files\s+([0-9]+)/m;

/** How many files this process may have open, so that some are left for others; 1,024 where unknown. */
export function openFilesLimit(): number {
  try {
    return Number(OPEN_FILES.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? '1024');
  } catch {
    return 1_024;
  }
}

/** What is said at once; what is said byte by byte comes after it. */
export function firstWords(holding: Holding): string {
  switch (holding) {
    case 'idle':
      return '';
    case 'slowHeaders':
      return 'GET /v1/kv/held HTTP/1.1\r\nHost: held\r\nSlow: ';
    case 'slowBody':
      return (
        'POST /v1/txn HTTP/1.1\r\nHost: held\r\nContent-Type: application/json\r\n' +
        `Content-Length: ${BODY_BYTES}\r\n\r\n`
      );
    case 'slowRead':
      return 'GET /openapi.json HTTP/1.1\r\nHost: held\r\n\r\n'.repeat(PIPELINED);
    default:
      return unreachable(holding);
  }
}

export class HeldConnections {
  readonly #sockets: Socket[] = [];
  /** Those that say a byte now and then. */
  readonly #slow: Socket[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#drip(), BYTE_EVERY_MS);
  }

  open({ host, port }: Port, holding: Holding, count: number): void {
    for (let n = 0; n < count; n += 1) {
      const socket = connect(port, host);
      socket.on('error', () => {});
      // Nothing is read: it would be a client that does its part.
      socket.pause();
      const words = firstWords(holding);
      if (words !== '') socket.write(words);
      this.#sockets.push(socket);
      if (holding === 'slowHeaders' || holding === 'slowBody') this.#slow.push(socket);
    }
  }

  /** Those that nobody has closed. */
  get count(): number {
    return this.#sockets.filter(({ destroyed }) => !destroyed).length;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
  }

  #drip(): void {
    for (const socket of this.#slow) if (socket.writable) socket.write('x');
  }
}
