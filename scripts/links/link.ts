/**
 * One directed link: the rules, and what they make of each message. It does not know what carries
 * a message on: that is an outlet, of a stream or of one request or answer.
 */
import { Buffer } from 'node:buffer';
import { damage } from './damage.ts';
import { bodyTypeOf } from './frame-head.ts';
import { NO_RULES, type LinkRules } from './link-rules.ts';
import type { LinkMessage } from './links.ts';
import type { Tally } from './tally.ts';
import { Room, WaitingLine } from './waiting-line.ts';

/** With `bytesPerSecond`: what would wait longer for the line does not come, as in a small router. */
const MAX_QUEUE_MS = 5_000;
/** What would be longer on the line itself does not come either. */
const MAX_TRANSFER_MS = 30_000;
const MS_PER_SECOND = 1_000;
const NO_COPIES = { most: 1, lateMs: 0 };

export interface Outlet {
  readonly waiting: WaitingLine;
  /** The line goes on, with its end; `split`: byte by byte. False: there is nobody to take it. */
  put(line: Buffer, split: boolean): boolean;
  /** It goes on once more. `undefined`: on the stream that is open then. */
  readonly repeat?: (line: Buffer, split: boolean) => boolean;
  /** A message does not come, by a rule. */
  lost(): void;
}

export interface LinkOptions {
  readonly from: number;
  readonly to: number;
  readonly tally: Tally;
  readonly random: () => number;
  /** `undefined`: nobody watches. */
  readonly watcher: () => ((message: LinkMessage) => 'pass' | 'lose') | undefined;
}

export class Link {
  readonly #options: LinkOptions;
  readonly #room = new Room();
  readonly #lines = new Set<WaitingLine>();
  /** Of copies, which may outlive the stream of their message. */
  readonly #copies = new WaitingLine(this.#room);
  /** Linked ones, the newest last. */
  readonly #streams = new Set<Outlet>();
  #rules: LinkRules = NO_RULES;
  /** Until then the link carries what was said before. */
  #busyUntilMs = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get rules(): LinkRules {
    return this.#rules;
  }

  get isCut(): boolean {
    return this.#rules.cut === true;
  }

  setRules(rules: LinkRules): void {
    if (rules.bytesPerSecond !== this.#rules.bytesPerSecond) this.#busyUntilMs = 0;
    this.#rules = rules;
  }

  /** Without rules, and what waits for them leaves now; copies still come in their time. */
  heal(): void {
    this.setRules(NO_RULES);
    for (const line of this.#lines) line.flush();
  }

  close(): void {
    for (const line of [...this.#lines, this.#copies]) line.drop();
  }

  openLine(): WaitingLine {
    const line = new WaitingLine(this.#room);
    this.#lines.add(line);
    return line;
  }

  /** What waits in it is lost. */
  closeLine(line: WaitingLine): void {
    this.#options.tally.lost += line.drop();
    this.#lines.delete(line);
  }

  addStream(stream: Outlet): void {
    this.#streams.add(stream);
  }

  removeStream(stream: Outlet): void {
    this.#streams.delete(stream);
  }

  /** `line` with its end. */
  arrive(line: Buffer, outlet: Outlet): void {
    const { from, to, watcher } = this.#options;
    const watch = watcher();
    if (watch !== undefined) {
      const type = bodyTypeOf(line);
      const became = watch({ from, to, type, line: line.subarray(0, -1) });
      if (became === 'lose') return this.#lose(outlet);
    }
    return this.#send(line, outlet);
  }

  /** Whoever watches is not told. False: no stream is open. */
  inject(line: Buffer): boolean {
    const stream = this.#newestStream;
    if (stream === undefined) return false;
    this.#send(line, stream);
    return true;
  }

  #send(line: Buffer, outlet: Outlet): void {
    const { cut, loss, corruption, delayMs, reorder } = this.#rules;
    const { random, tally } = this.#options;
    if (cut === true || this.#happens(loss)) return this.#lose(outlet);
    const nowMs = performance.now();
    const sentMs = this.#transmit(line.length, nowMs);
    if (sentMs === undefined) return this.#dropForLimit(outlet);
    const [least, most] = delayMs ?? [0, 0];
    const ownMs = sentMs + least + (most > least ? random() * (most - least) : 0);
    const dueMs = reorder === true ? ownMs : Math.max(ownMs, outlet.waiting.lastDueMs);
    const isDamaged = this.#happens(corruption);
    const waits = dueMs > nowMs;
    const same = waits ? keepable(line) : line;
    const bytes = isDamaged ? damage(line, random) : same;
    const leave = () => this.#leave(bytes, outlet, isDamaged);
    if (!outlet.waiting.add({ bytes: line.length, dueMs, leave })) {
      return this.#dropForLimit(outlet);
    }
    if (waits) tally.delayed += 1;
    return this.#repeat(line, outlet, dueMs);
  }

  /** When the last byte of it is on its way; `undefined`: too late. */
  #transmit(bytes: number, nowMs: number): number | undefined {
    const { bytesPerSecond } = this.#rules;
    if (bytesPerSecond === undefined) return nowMs;
    const startMs = Math.max(nowMs, this.#busyUntilMs);
    const endMs = startMs + (bytes * MS_PER_SECOND) / bytesPerSecond;
    if (startMs - nowMs > MAX_QUEUE_MS || endMs - startMs > MAX_TRANSFER_MS) return undefined;
    this.#busyUntilMs = endMs;
    return endMs;
  }

  #leave(line: Buffer, outlet: Outlet, isDamaged: boolean): void {
    const { tally } = this.#options;
    if (this.isCut) return this.#lose(outlet);
    if (!outlet.put(line, this.#splits)) {
      tally.lost += 1;
      return undefined;
    }
    tally.passed += 1;
    if (isDamaged) tally.damaged += 1;
    return undefined;
  }

  #repeat(line: Buffer, outlet: Outlet, dueMs: number): void {
    const { duplication, copies = NO_COPIES } = this.#rules;
    if (!this.#happens(duplication)) return;
    const { random, tally } = this.#options;
    const count = 1 + Math.floor(random() * copies.most);
    const kept = keepable(line);
    for (let copy = 0; copy < count; copy += 1) {
      const leave = () => this.#leaveAgain(kept, outlet);
      const lateMs = random() * copies.lateMs;
      if (!this.#copies.add({ bytes: line.length, dueMs: dueMs + lateMs, leave })) {
        tally.droppedForLimit += 1;
      }
    }
  }

  #leaveAgain(line: Buffer, outlet: Outlet): void {
    const { tally } = this.#options;
    if (!this.isCut && this.#putAgain(line, outlet)) tally.repeated += 1;
    else tally.lost += 1;
  }

  #putAgain(line: Buffer, outlet: Outlet): boolean {
    if (outlet.repeat !== undefined) return outlet.repeat(line, this.#splits);
    return this.#newestStream?.put(line, this.#splits) ?? false;
  }

  get #newestStream(): Outlet | undefined {
    return [...this.#streams].at(-1);
  }

  get #splits(): boolean {
    return this.#rules.byteByByte === true;
  }

  #happens(share = 0): boolean {
    return share > 0 && this.#options.random() < share;
  }

  #lose(outlet: Outlet): void {
    this.#options.tally.lost += 1;
    outlet.lost();
  }

  #dropForLimit(outlet: Outlet): void {
    this.#options.tally.droppedForLimit += 1;
    outlet.lost();
  }
}

/** A line may be a small part of a large chunk, which would be kept with it. */
function keepable(line: Buffer): Buffer {
  return Buffer.from(line);
}
