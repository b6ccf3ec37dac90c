/**
 * One peer's stream to a replica, message by message. Who speaks is read from its first frame; who
 * says none is a stranger, for whom there are no rules.
 */
import { Buffer } from 'node:buffer';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { openFar, passHead } from './far-request.ts';
import { senderOf } from './frame-head.ts';
import { LineCutter } from './line-cutter.ts';
import type { Outlet } from './link.ts';
import { isCutBothWays, type LinkPair, type Relay, type RelayOptions } from './relay.ts';
import { writeSplit } from './split-write.ts';
import { Room, WaitingLine } from './waiting-line.ts';

/** Then the replica is asked nevertheless, and may refuse who is so slow. */
const FIRST_LINE_MS = 1_000;
/** While messages come and none goes on, so often is a sign of life put in their place. */
const SIGN_OF_LIFE_MS = 250;
/** What a replica has not read, before messages are lost. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;
const EMPTY_LINE = Buffer.from('\n');

export class StreamRelay implements Relay, Outlet {
  readonly #options: RelayOptions;
  readonly #cutter = new LineCutter({
    onLine: (line) => this.#onLine(line),
    onBytes: (bytes) => this.#passBytes(bytes),
  });
  #waiting = new WaitingLine(new Room());
  #pair: LinkPair | undefined;
  /** `undefined` also where the peer is cut off, and nothing leaves at all. */
  #far: ClientRequest | undefined;
  readonly #firstLineTimer: NodeJS.Timeout;
  #isOpened = false;
  #nearGone = false;
  #farGone = false;
  #isOver = false;
  /** Something that is no message did not pass: the two ends do not agree any more. */
  #swallowed = false;
  #state: 'new' | 'spoken' | 'helloLost' = 'new';
  #batch: Buffer[] = [];
  #isReading = false;
  #lastWriteMs = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    const { request, response } = options;
    request.on('data', (chunk: Buffer) => this.#onData(chunk));
    request.on('end', () => this.#onNearEnd());
    request.on('error', () => {});
    response.on('error', () => {});
    response.on('close', () => this.#onNearClosed());
    this.#firstLineTimer = setTimeout(() => this.#open(), FIRST_LINE_MS);
  }

  get waiting(): WaitingLine {
    return this.#waiting;
  }

  put(line: Buffer, split: boolean): boolean {
    this.#state = 'spoken';
    return this.#queue(line, split);
  }

  lost(): void {
    if (this.#state === 'new') this.#state = 'helloLost';
  }

  rulesChanged(healed: boolean): void {
    if (this.#isOver || isCutBothWays(this.#pair)) return;
    if (this.#swallowed || (healed && this.#state === 'helloLost')) this.destroy();
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#firstLineTimer);
    this.#pair?.out.closeLine(this.#waiting);
    this.#pair?.out.removeStream(this);
    this.#far?.destroy();
    const { response, onEnd } = this.#options;
    if (!response.writableFinished) response.destroy();
    onEnd(this);
  }

  #onData(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#isReading = true;
    this.#cutter.push(chunk);
    this.#isReading = false;
    this.#flush();
    if (performance.now() - this.#lastWriteMs > SIGN_OF_LIFE_MS) this.#signOfLife();
  }

  #onLine(line: Buffer): void {
    if (line.length === EMPTY_LINE.length) return this.#signOfLife();
    if (this.#pair === undefined) this.#identify(line);
    if (isCutBothWays(this.#pair)) this.#swallowed = true;
    if (this.#pair === undefined) return this.#passBytes(line);
    return this.#pair.out.arrive(line, this);
  }

  #identify(line: Buffer): void {
    const { target, linkOf } = this.#options;
    const from = senderOf(line);
    if (from !== undefined) {
      this.#pair = { out: linkOf(from, target.id), back: linkOf(target.id, from) };
      this.#waiting = this.#pair.out.openLine();
    }
    this.#open();
  }

  /** Once: asks the replica too, unless nothing can pass. */
  #open(): void {
    clearTimeout(this.#firstLineTimer);
    if (this.#isOpened) return;
    this.#isOpened = true;
    if (isCutBothWays(this.#pair)) {
      this.#farGone = true;
      return;
    }
    const { target, request } = this.#options;
    const far = openFar(target, request);
    this.#far = far;
    far.flushHeaders();
    far.on('response', (answer) => this.#onAnswer(answer));
    far.on('drain', () => request.resume());
    far.on('socket', (socket) => socket.on('drain', () => request.resume()));
    far.on('error', () => this.#onFarClosed());
    far.on('close', () => this.#onFarClosed());
  }

  #onAnswer(answer: IncomingMessage): void {
    const { response } = this.#options;
    answer.on('error', () => this.#onFarClosed());
    answer.on('data', (bytes: Buffer) => {
      if (!this.#mayPass() || response.destroyed || response.write(bytes)) return;
      answer.pause();
    });
    answer.on('end', () => {
      if (this.#mayPass()) response.end();
    });
    response.on('drain', () => answer.resume());
    if (!this.#mayPass() || response.destroyed) return;
    passHead(answer, response);
    response.flushHeaders();
    if (answer.statusCode === 200) this.#pair?.out.addStream(this);
  }

  /** Whether what is no message passes; else the ends do not agree any more. */
  #mayPass(): boolean {
    const passes = !isCutBothWays(this.#pair);
    if (!passes) this.#swallowed = true;
    return passes;
  }

  #passBytes(bytes: Buffer): void {
    if (!this.#mayPass()) return;
    if (this.#pair === undefined || !this.#pair.out.isCut) this.#queue(bytes, false);
  }

  /** Only between two lines, which is where it always stands. */
  #signOfLife(): void {
    if (this.#isOpened && this.#mayPass()) this.#queue(EMPTY_LINE, false);
  }

  /** What comes of one chunk leaves as one. */
  #queue(bytes: Buffer, split: boolean): boolean {
    const far = this.#far;
    if (far === undefined || this.#farGone || far.destroyed) return false;
    if (far.writableLength > MAX_UNREAD_BYTES) return false;
    if (split) this.#flush();
    if (split) this.#writeSplit(far, bytes);
    else this.#batch.push(bytes);
    if (!this.#isReading) this.#flush();
    return true;
  }

  #flush(): void {
    const batch = this.#batch.splice(0);
    const [first] = batch;
    if (this.#far === undefined || first === undefined) return;
    this.#lastWriteMs = performance.now();
    const takesMore = this.#far.write(batch.length === 1 ? first : Buffer.concat(batch));
    if (!takesMore) this.#options.request.pause();
  }

  #writeSplit(far: ClientRequest, bytes: Buffer): void {
    this.#lastWriteMs = performance.now();
    if (!writeSplit(far, bytes)) this.#options.request.pause();
  }

  /** The peer has said all: what it said last is still on its way. */
  #onNearEnd(): void {
    this.#open();
    const rest = this.#cutter.rest();
    this.#waiting.onceEmpty(() => {
      if (this.#isOver || !this.#mayPass()) return;
      if (rest.length > 0) this.#passBytes(rest);
      this.#far?.end();
    });
  }

  #onNearClosed(): void {
    this.#nearGone = true;
    this.#pair?.out.removeStream(this);
    if (this.#farGone || !this.#isOpened) return this.destroy();
    return this.#waiting.onceEmpty(() => {
      if (this.#mayPass()) this.destroy();
    });
  }

  #onFarClosed(): void {
    if (this.#farGone || this.#isOver) return;
    this.#farGone = true;
    this.#pair?.out.removeStream(this);
    const { request, response } = this.#options;
    // An answer that is whole reaches the peer first, and the connection ends with it.
    if (!this.#nearGone && response.writableEnded) return;
    if (this.#nearGone || this.#mayPass()) this.destroy();
    else request.resume();
  }
}
