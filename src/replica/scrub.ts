/**
 * Reads the state on the disk through, and holds the sum of what is there against the sum that was
 * written with it: so a record that is gone shows too, which no checksum of its own could tell. It
 * begins with each life, before anything is served where that does not take long, and comes again and
 * again: a record that goes missing under LevelDB's hands is not noticed by a read. A small state costs a
 * hundredth of the time so at the most; one that takes longer than the longest pause allows costs more.
 */
import { ContentSum } from '../storage/content-sum.ts';
import type { Entry } from '../storage/database.ts';
import { parseMeta } from '../storage/state-meta.ts';
import { checkStateRecord, isCurrentItem, META_KEY } from '../storage/state-records.ts';
import type { StateStore } from '../storage/state-store.ts';
import type { StateView } from '../storage/state-view.ts';
import { DamagedStateError } from '../storage/storage-error.ts';
import type { ScrubLimits } from './limits.ts';
import type { Clock, Scheduler } from './ports.ts';

/** Of the time that a pass took, before the next. */
const PAUSE_SHARE = 99;

export interface ScrubOptions {
  readonly store: Pick<StateStore, 'openView'>;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly tickMs: number;
  readonly limits: ScrubLimits;
  /** A read of the disk begins; the returned function says that it has ended. */
  readonly watchDisk: () => () => void;
  /** Once: the state may be served. */
  readonly onServable: () => void;
  /** Each time that it was read to its end, and is whole. */
  readonly onWhole: () => void;
  /** Once; it is over then. */
  readonly onDamaged: (error: DamagedStateError) => void;
  readonly onFatal: (error: Error) => void;
}

interface Pass {
  readonly view: StateView;
  readonly sum: ContentSum;
  readonly beganAtMs: number;
  after: Uint8Array | undefined;
}

export class Scrub {
  readonly #options: ScrubOptions;
  readonly #stopTicks: () => void;
  readonly #servableAtMs: number;
  #pass: Pass | undefined;
  #nextAtMs = 0;
  #isReading = false;
  #isServable = false;
  #isOver = false;

  constructor(options: ScrubOptions) {
    const { clock, limits, scheduler, tickMs } = options;
    this.#options = options;
    this.#servableAtMs = clock.nowMs() + limits.waitMs;
    this.#stopTicks = scheduler.every(tickMs, () => this.#tick());
    this.#begin();
  }

  close(): void {
    this.#isOver = true;
    this.#stopTicks();
    if (!this.#isReading) this.#letGo();
  }

  #tick(): void {
    if (this.#isOver) return;
    const nowMs = this.#options.clock.nowMs();
    if (nowMs >= this.#servableAtMs) this.#serve();
    if (this.#isReading || this.#isOver) return;
    if (this.#pass !== undefined) this.#read(this.#pass);
    else if (nowMs >= this.#nextAtMs) this.#begin();
  }

  #begin(): void {
    const view = viewOf(this.#options.store);
    if (view instanceof DamagedStateError) return this.#damaged(view);
    if (view === undefined) return this.#end();
    const beganAtMs = this.#options.clock.nowMs();
    this.#pass = { view, sum: new ContentSum(), beganAtMs, after: undefined };
    this.#read(this.#pass);
  }

  #read(pass: Pass): void {
    const { limits, onFatal, watchDisk } = this.#options;
    this.#isReading = true;
    const end = watchDisk();
    pass.view.read(pass.after, limits.pieceBytes, (error, { entries }) => {
      end();
      this.#isReading = false;
      if (this.#isOver) return this.#letGo();
      if (error instanceof DamagedStateError) return this.#damaged(error);
      if (error !== undefined) return onFatal(error);
      this.#take(pass, entries);
    });
  }

  #take(pass: Pass, entries: readonly Entry[]): void {
    const problem = problemIn(pass, entries);
    if (problem !== undefined) return this.#damaged(problem);
    const [key] = entries.at(-1) ?? [];
    pass.after = key ?? pass.after;
    if (key !== undefined && META_KEY.equals(key)) return this.#end();
    // Until something is served, there is nothing that would have to wait.
    if (!this.#isServable) this.#options.scheduler.defer(() => this.#readOn(pass));
  }

  #readOn(pass: Pass): void {
    if (!this.#isOver && !this.#isReading && this.#pass === pass) this.#read(pass);
  }

  #end(): void {
    const { clock, limits, onWhole } = this.#options;
    const nowMs = clock.nowMs();
    const tookMs = nowMs - (this.#pass?.beganAtMs ?? nowMs);
    this.#letGo();
    onWhole();
    const pauseMs = Math.max(limits.leastPauseMs, PAUSE_SHARE * tookMs);
    this.#nextAtMs = nowMs + Math.min(limits.mostPauseMs, pauseMs);
    this.#serve();
  }

  #serve(): void {
    if (this.#isServable) return;
    this.#isServable = true;
    this.#options.onServable();
  }

  #damaged(error: DamagedStateError): void {
    this.close();
    this.#options.onDamaged(error);
  }

  #letGo(): void {
    this.#pass?.view.close();
    this.#pass = undefined;
  }
}

/** Its meta record is read at once. */
function viewOf(store: ScrubOptions['store']): StateView | DamagedStateError | undefined {
  try {
    return store.openView();
  } catch (error) {
    if (error instanceof DamagedStateError) return error;
    throw error;
  }
}

function problemIn({ sum }: Pass, entries: readonly Entry[]): DamagedStateError | undefined {
  try {
    for (const [key, value] of entries) {
      if (META_KEY.equals(key)) return sumProblem(sum, value);
      checkStateRecord([key, value]);
      if (isCurrentItem(key)) sum.add(key, value);
    }
    if (entries.length > 0) return undefined;
    return new DamagedStateError("the state's meta record", 'it is missing');
  } catch (error) {
    if (error instanceof DamagedStateError) return error;
    throw error;
  }
}

function sumProblem(sum: ContentSum, stored: Uint8Array): DamagedStateError | undefined {
  const { contentSum } = parseMeta(stored).meta;
  if (contentSum === sum.hex) return undefined;
  return new DamagedStateError(
    'the state',
    'it is not what was written: records are gone, or others',
  );
}
