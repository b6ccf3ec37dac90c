/**
 * Tells those who look on what happens in this replica. A reader is pulled, like a watch, and is told
 * in a later turn. One that leaves too much untaken has missed something, is told so, and is told nothing
 * more. While nobody reads, nothing is put together, and no step is looked at.
 */
import type { RoleName } from '../paxos/effects.ts';
import {
  electionOf,
  type Happening,
  type SendingFact,
  type Standing,
  type TimedHappening,
} from './happening.ts';
import type { ReplicaLimits } from './limits.ts';
import { MessageSampler } from './message-sampler.ts';
import type { Onlookers } from './onlookers.ts';
import type { Clock, ReplicaEvent, Scheduler } from './ports.ts';

/** `undefined`: something was missed. */
export type EventsDone = (events: readonly TimedHappening[] | undefined) => void;

export interface EventReader {
  /** One at a time. `done` is called once, later; not at all after `close`. */
  pull(done: EventsDone): void;
  close(): void;
}

export interface EventFeedOptions {
  readonly clock: Clock;
  readonly scheduler: Pick<Scheduler, 'defer'>;
  readonly wallMs: () => number;
  readonly onlookers: Onlookers;
  readonly limits: Pick<ReplicaLimits, 'untakenEvents' | 'sampledMessagesPerSecond'>;
  readonly standing: () => Standing;
}

export class EventFeed {
  readonly #options: EventFeedOptions;
  readonly #readers = new Set<Reading>();
  readonly #sampler: MessageSampler;
  #role: RoleName = 'follower';

  constructor(options: EventFeedOptions) {
    const { clock, limits } = options;
    this.#options = options;
    this.#sampler = new MessageSampler({
      clock,
      messagesPerSecond: limits.sampledMessagesPerSecond,
      tell: (happening) => this.#tell(happening),
    });
  }

  observe(event: ReplicaEvent): void {
    if (event.type !== 'role') return this.#tell(event);
    const before = this.#role;
    this.#role = event.role;
    if (this.#readers.size > 0) this.#tell(electionOf(event, before));
  }

  snapshotSent(fact: SendingFact, to: number, slot: number): void {
    this.#tell({ type: 'snapshotSent', fact, to, slot });
  }

  /** It begins with how this replica stands. */
  open(): EventReader {
    const { limits, onlookers, scheduler, standing, wallMs } = this.#options;
    const reader = new Reading({
      maxEvents: limits.untakenEvents,
      defer: (run) => scheduler.defer(run),
      onClosed: () => this.#leave(reader),
    });
    if (this.#readers.size === 0) onlookers.add(this.#sampler);
    this.#readers.add(reader);
    reader.take({ atMs: wallMs(), happening: standing() });
    return reader;
  }

  #leave(reader: Reading): void {
    if (this.#readers.delete(reader) && this.#readers.size === 0) {
      this.#options.onlookers.remove(this.#sampler);
    }
  }

  #tell(happening: Happening): void {
    if (this.#readers.size === 0) return;
    const event = { atMs: this.#options.wallMs(), happening };
    for (const reader of this.#readers) reader.take(event);
  }
}

interface ReadingOptions {
  readonly maxEvents: number;
  readonly defer: (run: () => void) => void;
  readonly onClosed: () => void;
}

class Reading implements EventReader {
  readonly #options: ReadingOptions;
  #untaken: TimedHappening[] = [];
  #done: EventsDone | undefined;
  #hasMissed = false;
  #isDeferred = false;
  #isClosed = false;

  constructor(options: ReadingOptions) {
    this.#options = options;
  }

  take(event: TimedHappening): void {
    if (this.#hasMissed) return;
    if (this.#untaken.length < this.#options.maxEvents) {
      this.#untaken.push(event);
    } else {
      this.#hasMissed = true;
      this.#untaken = [];
    }
    this.#wake();
  }

  pull(done: EventsDone): void {
    if (this.#done !== undefined) throw new Error('events are pulled twice');
    this.#done = done;
    this.#wake();
  }

  close(): void {
    this.#isClosed = true;
    this.#untaken = [];
    this.#options.onClosed();
  }

  #wake(): void {
    const hasNews = this.#hasMissed || this.#untaken.length > 0;
    if (this.#isDeferred || this.#done === undefined || !hasNews) return;
    this.#isDeferred = true;
    this.#options.defer(() => this.#give());
  }

  #give(): void {
    this.#isDeferred = false;
    if (this.#isClosed) return;
    const done = this.#done;
    const events = this.#hasMissed ? undefined : this.#untaken;
    this.#done = undefined;
    this.#untaken = [];
    done?.(events);
  }
}
