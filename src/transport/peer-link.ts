/**
 * Our side of the way to one peer: one stream at a time, opened again when it ended, with a
 * randomised back-off that starts small and doubles. A peer that answered for a while is tried
 * again soon.
 */
import type { Buffer } from 'node:buffer';
import type { TransportLimits } from './limits.ts';
import { OutgoingStream } from './outgoing-stream.ts';
import type { Timers } from './timers.ts';

export interface PeerLinkOptions {
  readonly peerUrl: string;
  /** The first line of a new stream: what it says changes with genesis. */
  readonly makeHello: () => Buffer;
  readonly limits: TransportLimits;
  readonly timers: Timers;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  readonly onChange: (linked: boolean, why: string) => void;
}

export class PeerLink {
  readonly #options: PeerLinkOptions;
  #stream: OutgoingStream | undefined;
  #failures = 0;
  #closed: (() => void) | undefined;
  #cancelTimer: () => void = () => {};

  constructor(options: PeerLinkOptions) {
    this.#options = options;
    this.#connect();
  }

  get peerUrl(): string {
    return this.#options.peerUrl;
  }

  get isLinked(): boolean {
    return this.#stream?.isLinked ?? false;
  }

  send(line: Buffer): boolean {
    return this.#stream?.send(line) ?? false;
  }

  /** For good. `done` is called when the stream is gone. */
  close(done: () => void): void {
    this.#closed = done;
    this.#cancelTimer();
    if (this.#stream === undefined) done();
    else this.#stream.close();
  }

  #connect(): void {
    const { peerUrl, makeHello, limits, timers, onChange } = this.#options;
    let wasLinked = false;
    this.#stream = new OutgoingStream({
      peerUrl,
      hello: makeHello(),
      limits,
      timers,
      onLinked: () => {
        wasLinked = true;
        this.#cancelTimer = timers.after(limits.maxBackOffMs, () => {
          this.#failures = 0;
        });
        onChange(true, 'it took our stream');
      },
      onEnd: (why) => {
        this.#stream = undefined;
        this.#cancelTimer();
        if (this.#closed !== undefined) return this.#closed();
        this.#planConnect();
        if (wasLinked || this.#failures === 1) onChange(false, why);
      },
    });
  }

  #planConnect(): void {
    const { limits, timers, random } = this.#options;
    const longestMs = Math.min(limits.maxBackOffMs, limits.minBackOffMs * 2 ** this.#failures);
    this.#failures += 1;
    this.#cancelTimer = timers.after(longestMs * (0.5 + random() / 2), () => this.#connect());
  }
}
