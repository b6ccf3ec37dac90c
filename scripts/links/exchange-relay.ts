/**
 * One frame to a replica and one frame back, on a request of its own: chosen slots, a snapshot's
 * chunk, a probe, an order. Each of the two obeys the rules of its own direction. What is lost is
 * lost silently: the peer waits until it gives up.
 */
import { Buffer } from 'node:buffer';
import type { FarAnswer, FarAsks } from './far-asks.ts';
import { passHead } from './far-request.ts';
import { senderOf } from './frame-head.ts';
import type { Outlet } from './link.ts';
import { isCutBothWays, type LinkPair, type Relay, type RelayOptions } from './relay.ts';
import { endSplit } from './split-write.ts';

/** More than a replica takes: what is longer is passed so far, and refused there. */
const MAX_REQUEST_BYTES = 128 * 1024;
const NEWLINE = 0x0a;

export class ExchangeRelay implements Relay {
  readonly #options: RelayOptions;
  readonly #asks: FarAsks;
  readonly #cancels = new Set<() => void>();
  readonly #onClose: (() => void)[] = [];
  #pieces: Buffer[] = [];
  #bytes = 0;
  #pair: LinkPair | undefined;
  #isRead = false;
  #isOver = false;
  /** Request or answer did not pass: the peer waits in vain. */
  #swallowed = false;
  #lost = false;

  constructor(options: RelayOptions, asks: FarAsks) {
    this.#options = options;
    this.#asks = asks;
    const { request, response } = options;
    request.on('data', (piece: Buffer) => this.#onPiece(piece));
    request.on('end', () => this.#onBody());
    request.on('error', () => {});
    response.on('error', () => {});
    response.on('close', () => this.#onNearClosed());
  }

  rulesChanged(healed: boolean): void {
    if (isCutBothWays(this.#pair)) return;
    if (this.#swallowed || (healed && this.#lost)) this.destroy();
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const cancel of this.#cancels) cancel();
    for (const close of this.#onClose) close();
    const { response, onEnd } = this.#options;
    if (!response.writableFinished) response.destroy();
    onEnd(this);
  }

  #onPiece(piece: Buffer): void {
    if (this.#isRead) return;
    this.#bytes += piece.length;
    this.#pieces.push(piece);
    if (this.#bytes > MAX_REQUEST_BYTES) this.#onBody();
  }

  #onBody(): void {
    if (this.#isRead) return;
    this.#isRead = true;
    const body = Buffer.concat(this.#pieces.splice(0), this.#bytes);
    const from = body.at(-1) === NEWLINE ? senderOf(body) : undefined;
    if (from === undefined) {
      this.#ask(body, false);
      return;
    }
    const { target, linkOf } = this.#options;
    this.#pair = { out: linkOf(from, target.id), back: linkOf(target.id, from) };
    this.#mayPass();
    this.#pair.out.arrive(body, this.#outlet(this.#pair.out));
  }

  /** Towards the replica. */
  #outlet(link: LinkPair['out']): Outlet {
    const waiting = link.openLine();
    this.#onClose.push(() => link.closeLine(waiting));
    return {
      waiting,
      put: (line, split) => this.#ask(line, split),
      repeat: (line, split) => this.#askAgain(line, split),
      lost: () => {
        this.#lost = true;
      },
    };
  }

  #ask(body: Buffer, split: boolean): boolean {
    const { request, response } = this.#options;
    const cancel = this.#asks.ask(request, body, split, (answer) => {
      if (cancel !== undefined) this.#cancels.delete(cancel);
      this.#onAnswer(answer);
    });
    if (cancel === undefined) response.destroy();
    else this.#cancels.add(cancel);
    return cancel !== undefined;
  }

  /** A copy may come when the peer is long gone; then nobody hears its answer. */
  #askAgain(body: Buffer, split: boolean): boolean {
    const { request } = this.#options;
    const answered = (answer: FarAnswer | undefined): void => {
      if (answer !== undefined) this.#onAnswer(answer);
    };
    return this.#asks.ask(request, body, split, answered) !== undefined;
  }

  #onAnswer(answer: FarAnswer | undefined): void {
    if (this.#isOver) return;
    if (answer === undefined) {
      if (this.#mayPass()) this.destroy();
      return;
    }
    const { head, body } = answer;
    if (this.#pair !== undefined && isMessage(answer)) {
      this.#mayPass();
      this.#pair.back.arrive(body, this.#outletBack(this.#pair.back, answer));
    } else if (this.#mayPass()) {
      this.#respond(head, body, false);
    }
  }

  /** Towards the peer, which takes one answer: a copy of it has no way. */
  #outletBack(link: LinkPair['back'], { head }: FarAnswer): Outlet {
    const waiting = link.openLine();
    this.#onClose.push(() => link.closeLine(waiting));
    return {
      waiting,
      put: (line, split) => this.#respond(head, line, split),
      repeat: () => false,
      lost: () => {
        this.#lost = true;
      },
    };
  }

  #respond(head: FarAnswer['head'], body: Buffer, split: boolean): boolean {
    const { response } = this.#options;
    if (response.headersSent || response.destroyed) return false;
    passHead(head, response, body.length);
    if (split) endSplit(response, body);
    else response.end(body);
    return true;
  }

  /** Whether anything passes at all. */
  #mayPass(): boolean {
    const passes = !isCutBothWays(this.#pair);
    if (!passes) this.#swallowed = true;
    return passes;
  }

  /** While nothing passes, the replica does not hear that the peer is gone. */
  #onNearClosed(): void {
    if (this.#mayPass() || this.#cancels.size === 0) this.destroy();
  }
}

function isMessage({ head, body }: FarAnswer): boolean {
  return head.statusCode === 200 && body.at(-1) === NEWLINE && senderOf(body) !== undefined;
}
