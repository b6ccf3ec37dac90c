/** Messages that are on their way, each until its time. */

/** What may wait on one link, all its lines together. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
const MAX_WAITING_MESSAGES = 16_384;

/** How much waits on a link. */
export class Room {
  #bytes = 0;
  #messages = 0;

  /** False: there is none left. */
  take(bytes: number): boolean {
    if (this.#messages >= MAX_WAITING_MESSAGES) return false;
    if (this.#bytes + bytes > MAX_WAITING_BYTES) return false;
    this.#bytes += bytes;
    this.#messages += 1;
    return true;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
    this.#messages -= 1;
  }
}

export interface Waiting {
  readonly bytes: number;
  /** As `performance.now()` tells the time. */
  readonly dueMs: number;
  readonly leave: () => void;
}

export class WaitingLine {
  readonly #room: Room;
  /** In the order in which they leave. */
  #items: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #whenEmpty: (() => void) | undefined;

  constructor(room: Room) {
    this.#room = room;
  }

  /** When the last of them leaves; 0: none waits. */
  get lastDueMs(): number {
    return this.#items.at(-1)?.dueMs ?? 0;
  }

  /** One that is due leaves at once, without a timer. False: there is no room. */
  add(item: Waiting): boolean {
    if (this.#items.length === 0 && item.dueMs <= performance.now()) {
      item.leave();
      return true;
    }
    if (!this.#room.take(item.bytes)) return false;
    let at = this.#items.length;
    while (at > 0 && (this.#items[at - 1]?.dueMs ?? 0) > item.dueMs) at -= 1;
    this.#items.splice(at, 0, item);
    if (at === 0) this.#run();
    return true;
  }

  /** Once nothing waits, which may be now. */
  onceEmpty(action: () => void): void {
    if (this.#items.length === 0) action();
    else this.#whenEmpty = action;
  }

  /** All leave now, in their order. */
  flush(): void {
    this.#leaveUntil(Infinity);
  }

  /** None of them leaves. Returns how many there were. */
  drop(): number {
    clearTimeout(this.#timer);
    this.#whenEmpty = undefined;
    const dropped = this.#items;
    this.#items = [];
    for (const { bytes } of dropped) this.#room.give(bytes);
    return dropped.length;
  }

  #run(): void {
    this.#leaveUntil(performance.now());
  }

  #leaveUntil(timeMs: number): void {
    clearTimeout(this.#timer);
    for (;;) {
      const [next] = this.#items;
      if (next === undefined) break;
      if (next.dueMs > timeMs) return this.#planRun(next.dueMs);
      this.#items.shift();
      this.#room.give(next.bytes);
      next.leave();
    }
    const whenEmpty = this.#whenEmpty;
    this.#whenEmpty = undefined;
    whenEmpty?.();
  }

  #planRun(dueMs: number): void {
    clearTimeout(this.#timer);
    const waitMs = Math.ceil(Math.max(0, dueMs - performance.now()));
    this.#timer = setTimeout(() => this.#run(), waitMs);
  }
}
