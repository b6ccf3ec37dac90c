/**
 * What happened in a world, in order: for those who look at a failure, and for tools. Recording is
 * optional; the hash of everything that was noted is always kept, so that two runs of one seed can
 * be held against each other (I26).
 */
import type { TracedEvent, TraceEvent } from './trace-event.ts';

export class Trace {
  readonly events: TracedEvent[] = [];
  readonly isRecording: boolean;
  readonly #nowMs: () => number;
  #low = 0x811c9dc5;
  #high = 0x01000193;
  #messages = 0;

  constructor(options: { readonly isRecording: boolean; readonly nowMs: () => number }) {
    this.isRecording = options.isRecording;
    this.#nowMs = options.nowMs;
  }

  /** Ask `isRecording` before building an event: its texts cost more than the world. */
  record(event: TraceEvent): void {
    if (this.isRecording) this.events.push({ atMs: this.#nowMs(), event });
  }

  /** The number for the next message that is sent. */
  nextMessage(): number {
    this.#messages += 1;
    return this.#messages;
  }

  /** Cheap: goes into the hash whether or not the trace is recorded. */
  note(number: number): void {
    this.#low = Math.imul(this.#low ^ number, 0x01000193);
    this.#high = Math.imul(this.#high ^ (number / 4294967296) ^ this.#low, 0x85ebca6b);
  }

  /** 16 hexadecimal digits. */
  get hash(): string {
    return hexOf(this.#high) + hexOf(this.#low);
  }
}

function hexOf(part: number): string {
  return (part >>> 0).toString(16).padStart(8, '0');
}
