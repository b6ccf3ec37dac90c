/**
 * What runs one life of one replica: its timers, by its own clock, and what arrives for it. A
 * process that is stopped does nothing; when it goes on, its overdue timers run first, each once,
 * then what has arrived, in order. After `end` nothing of this life runs any more.
 */
import type { Scheduler } from '../replica/ports.ts';
import type { ReplicaClock } from './replica-clock.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Thrown where a process ends itself, so that nothing of it goes on; it gets no further. */
export class ProcessEnded extends Error {
  override readonly name = 'ProcessEnded';
}

interface Timer {
  readonly intervalMs: number;
  readonly run: () => void;
  /** By the replica's clock. */
  dueAtMs: number;
  /** Of the appointments in virtual time only the last one counts. */
  appointment: number;
}

export class Processor implements Scheduler {
  readonly #time: VirtualTime;
  readonly #clock: ReplicaClock;
  readonly #timers = new Set<Timer>();
  readonly #overdue = new Set<Timer>();
  #arrived: (() => void)[] = [];
  #stoppedUntilMs = 0;
  #isEnded = false;

  constructor(time: VirtualTime, clock: ReplicaClock) {
    this.#time = time;
    this.#clock = clock;
  }

  end(): void {
    this.#isEnded = true;
    this.#arrived = [];
    this.#timers.clear();
    this.#overdue.clear();
  }

  /** Timers that would still fire. */
  get timers(): number {
    return this.#timers.size;
  }

  get isStopped(): boolean {
    return this.#time.nowMs() < this.#stoppedUntilMs;
  }

  /** The process does nothing for so much true time. */
  stop(forMs: number): void {
    this.#stoppedUntilMs = Math.max(this.#stoppedUntilMs, this.#time.nowMs() + forMs);
    if (Number.isFinite(forMs)) this.#time.after(forMs, () => this.#goOn());
  }

  /** It goes on at once, however long it was to be stopped. */
  resume(): void {
    this.#stoppedUntilMs = 0;
    this.#time.after(0, () => this.#goOn());
  }

  /** Something has arrived: it is taken now, or when the process goes on. */
  take(run: () => void): void {
    if (this.#isEnded) return;
    if (this.isStopped) this.#arrived.push(run);
    else enter(run);
  }

  defer(run: () => void): void {
    this.#time.after(0, () => this.take(run));
  }

  every(intervalMs: number, run: () => void): () => void {
    const timer: Timer = { intervalMs, run, dueAtMs: 0, appointment: 0 };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => {
      this.#timers.delete(timer);
      this.#overdue.delete(timer);
    };
  }

  /** The clock has jumped, or changed its rate: timers go by it. */
  clockChanged(): void {
    for (const timer of this.#timers) this.#appoint(timer);
  }

  #arm(timer: Timer): void {
    timer.dueAtMs = this.#clock.nowMs() + timer.intervalMs;
    this.#appoint(timer);
  }

  #appoint(timer: Timer): void {
    timer.appointment += 1;
    const { appointment } = timer;
    const leftMs = Math.max(0, timer.dueAtMs - this.#clock.nowMs());
    this.#time.after(this.#clock.trueMs(leftMs), () => {
      if (!this.#timers.has(timer) || timer.appointment !== appointment) return;
      if (this.isStopped) this.#overdue.add(timer);
      else this.#fire(timer);
    });
  }

  #fire(timer: Timer): void {
    enter(timer.run);
    if (this.#timers.has(timer)) this.#arm(timer);
  }

  #goOn(): void {
    if (this.isStopped) return;
    const overdue = [...this.#overdue];
    this.#overdue.clear();
    for (const timer of overdue) if (this.#timers.has(timer)) this.#fire(timer);
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const run of arrived) if (!this.#isEnded) enter(run);
  }
}

function enter(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ProcessEnded)) throw error;
  }
}
