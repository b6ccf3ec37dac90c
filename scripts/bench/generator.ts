/**
 * Our own load generator, a process of its own: plain sockets, one request outstanding on each, no
 * pipelining, and only as much of HTTP as the answers of the two systems need. It counts latencies
 * in steps of 1 %.
 */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

import { AnswerReader } from './answer-reader.ts';
import { LatencyCounts } from './latency.ts';
import { KEY_DIGITS, KEY_PREFIX, type LoadResult, type LoadSpec, POOL_BYTES } from './load-spec.ts';

const MS_PER_S = 1_000;
const US_PER_MS = 1_000;

class Run {
  readonly #spec: LoadSpec;
  readonly #pool: Buffer;
  readonly #latencies = new LatencyCounts();
  readonly #host: string;
  readonly #port: number;
  #failures = 0;
  #next = 0;
  #ended = false;

  constructor(spec: LoadSpec) {
    this.#spec = spec;
    const url = new URL(spec.url);
    this.#host = url.hostname;
    this.#port = Number(url.port);
    const bytes = randomBytes(POOL_BYTES);
    this.#pool = spec.system === 'etcd' ? Buffer.from(bytes.toString('base64')) : bytes;
  }

  async toEnd(): Promise<LoadResult> {
    const started = performance.now();
    const processorBefore = process.cpuUsage();
    if (this.#spec.operation !== 'fill') {
      setTimeout(() => (this.#ended = true), this.#spec.seconds * MS_PER_S);
    }
    const connections = Array.from({ length: this.#spec.connections }, () => this.#connection());
    await Promise.all(connections);
    const elapsedMs = performance.now() - started;
    const processor = process.cpuUsage(processorBefore);
    const requests = this.#latencies.count;
    return {
      requests,
      perSecond: (requests * MS_PER_S) / elapsedMs,
      p50Ms: this.#latencies.percentileMs(50),
      p99Ms: this.#latencies.percentileMs(99),
      maxMs: this.#latencies.maxMs,
      failures: this.#failures,
      generatorUs: (processor.user + processor.system) / Math.max(requests, 1),
    };
  }

  #connection(): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect({ host: this.#host, port: this.#port, noDelay: true });
      let sentAt = 0;
      const send = (): void => {
        if (this.#isOver()) {
          socket.destroy();
          return;
        }
        sentAt = performance.now();
        this.#send(socket);
      };
      const reader = new AnswerReader((status) => {
        this.#latencies.add((performance.now() - sentAt) * US_PER_MS);
        if (status < 200 || status > 299) this.#failures += 1;
        send();
      });
      socket.on('connect', send);
      socket.on('data', (bytes) => reader.take(bytes));
      socket.on('error', () => (this.#failures += 1));
      socket.on('close', () => resolve());
    });
  }

  #isOver(): boolean {
    return this.#ended || (this.#spec.operation === 'fill' && this.#next >= this.#spec.keys);
  }

  #send(socket: Socket): void {
    const { operation, keys } = this.#spec;
    const number = operation === 'fill' ? this.#next++ : Math.floor(Math.random() * keys);
    const key = KEY_PREFIX + String(number).padStart(KEY_DIGITS, '0');
    if (this.#spec.system === 'etcd') this.#sendEtcd(socket, key);
    else this.#sendSynod(socket, key);
  }

  #sendSynod(socket: Socket, key: string): void {
    const { operation, valueBytes } = this.#spec;
    if (operation === 'get') {
      socket.write(`GET /v1/kv/${key} HTTP/1.1\r\nHost: ${this.#host}:${this.#port}\r\n\r\n`);
      return;
    }
    const at = Math.floor(Math.random() * (this.#pool.length - valueBytes));
    socket.cork();
    socket.write(
      `PUT /v1/kv/${key} HTTP/1.1\r\nHost: ${this.#host}:${this.#port}\r\n` +
        `Content-Type: application/octet-stream\r\nContent-Length: ${valueBytes}\r\n\r\n`,
    );
    socket.write(this.#pool.subarray(at, at + valueBytes));
    socket.uncork();
  }

  #sendEtcd(socket: Socket, key: string): void {
    const { operation, valueBytes } = this.#spec;
    const key64 = Buffer.from(key).toString('base64');
    const route = operation === 'get' ? 'range' : 'put';
    let body = `{"key":"${key64}"`;
    if (operation !== 'get') {
      const groups = Math.floor(valueBytes / 3);
      const at = Math.floor(Math.random() * (this.#pool.length / 4 - groups)) * 4;
      const rest = ['', 'Zg==', 'Zm8='][valueBytes % 3] ?? '';
      body += `,"value":"${this.#pool.toString('latin1', at, at + groups * 4)}${rest}"`;
    }
    body += '}';
    socket.write(
      `POST /v3/kv/${route} HTTP/1.1\r\nHost: ${this.#host}:${this.#port}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  }
}

const spec: LoadSpec = JSON.parse(process.argv[2] ?? '');
console.log(JSON.stringify(await new Run(spec).toEnd()));
process.exit(0);
