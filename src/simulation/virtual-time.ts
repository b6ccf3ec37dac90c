/** Virtual time: events in the order of their time, and of their making where that is equal. */
import type { Clock } from '../replica/ports.ts';

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class VirtualTime implements Clock {
  #nowMs = 0;
  #order = 0;
  #events = 0;
  readonly #heap: Event[] = [];
  readonly #onEvent: (atMs: number, order: number) => void;

  /** `onEvent` is told of each event before it runs. */
  constructor(onEvent: (atMs: number, order: number) => void = () => undefined) {
    this.#onEvent = onEvent;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** How many events have run. */
  get events(): number {
    return this.#events;
  }

  after(delayMs: number, run: () => void): void {
    this.#order += 1;
    push(this.#heap, { atMs: this.#nowMs + delayMs, order: this.#order, run });
  }

  /** Runs the next event; false where there is none. */
  step(): boolean {
    const event = pop(this.#heap);
    if (event === undefined) return false;
    this.#nowMs = Math.max(this.#nowMs, event.atMs);
    this.#events += 1;
    this.#onEvent(this.#nowMs, event.order);
    event.run();
    return true;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function push(heap: Event[], event: Event): void {
  let at = heap.length;
  heap.push(event);
  while (at > 0) {
    const parentAt = (at - 1) >> 1;
    const parent = heap[parentAt];
    if (parent === undefined || !isBefore(event, parent)) break;
    heap[at] = parent;
    at = parentAt;
  }
  heap[at] = event;
}

function pop(heap: Event[]): Event | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    const child = smallerChild(heap, at);
    const event = heap[child];
    if (event === undefined || !isBefore(event, last)) break;
    heap[at] = event;
    at = child;
  }
  heap[at] = last;
  return first;
}

function smallerChild(heap: readonly Event[], at: number): number {
  const left = 2 * at + 1;
  const a = heap[left];
  const b = heap[left + 1];
  return a !== undefined && b !== undefined && isBefore(b, a) ? left + 1 : left;
}
