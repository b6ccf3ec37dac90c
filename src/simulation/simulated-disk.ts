/**
 * The disk of one simulated replica: its acceptor's log and its state, each a database in memory,
 * behind one queue. It may be slow, hang, fail, lose in a crash what was not synced, flip bits, or
 * be lost altogether.
 */
import type { Slot } from '../paxos/command.ts';
import { MAX_EPOCH, slotKey, slotOfKey } from '../storage/log-codec.ts';
import { MemoryDatabase } from '../storage/memory-database.ts';
import { MemoryWitness } from '../storage/memory-witness.ts';
import type { SortedBytes } from '../storage/sorted-bytes.ts';
import { META_KEY } from '../storage/state-records.ts';
import { DamagedStateError, DiskFullError } from '../storage/storage-error.ts';
import type { Choices } from './choices.ts';
import { DiskError, type DiskErrorCode } from './disk-error.ts';
import type { Plan } from './plan.ts';
import type { Random, RandomStreams } from './random.ts';
import { StagedDatabase } from './staged-database.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { StagingArea } from '../replica/snapshot-receiver.ts';
import type { VirtualTime } from './virtual-time.ts';

/** On a healed disk. */
const CALM_MS = 0.5;
const MIN_MS = 0.05;
/** Of a killed process, that the system still wrote what was under way. */
const KEPT_UNDER_WAY = 0.5;
/** Of flipped bits: that they hit one of the last values, which a restart cannot do without. */
const LATE_FLIPS = 0.5;
const LATE_VALUES = 8;
/** Of the plan's chance that what is left of a transfer is damaged: that a write of it is. */
const DAMAGED_WRITES = 0.2;
/** Of damage to what is left of a transfer. */
const UNREADABLE = 0.25;

export interface SimulatedDiskOptions {
  readonly time: VirtualTime;
  readonly plan: Plan;
  readonly id: ReplicaId;
  readonly streams: RandomStreams;
  readonly choices: Choices;
  /** A completion comes in to the process. */
  readonly deliver: (complete: () => void) => void;
  /** A bit was flipped of what the replica works on, or begins to. */
  readonly onDamage: (what: 'log' | 'state') => void;
}

/** `kill`: the process alone is gone, so that what it had written is still there. */
export type CrashKind = 'kill' | 'power';

interface Completion {
  readonly readyAtMs: number;
  readonly complete: () => void;
}

/** What a disk held at some moment. */
export interface DiskCopy {
  readonly log: SortedBytes;
  readonly state: SortedBytes;
}

/** A copy of a disk, and the last durable batch of the log on it. */
export interface AgedDisk extends DiskCopy {
  readonly sequence: number;
}

export class SimulatedDisk {
  readonly log: MemoryDatabase;
  /** A peer's state on its way; one rename makes it the state. */
  readonly staging: StagingArea;
  #state: MemoryDatabase;
  #staged: StagedDatabase | undefined;
  /** A bit of it was flipped: no harm, unless it takes the place of the state. */
  #isStagedDamaged = false;
  #isUnreadable = false;
  #witness = new MemoryWitness();
  readonly #options: SimulatedDiskOptions;
  readonly #random: Random;
  /** Of damage while a state is on its way alone, so that it shifts nothing else. */
  readonly #stagedRandom: Random;
  /** Of the plan's times and slowness. */
  readonly #share: number;
  #queue: Completion[] = [];
  #busyUntilMs = 0;
  #hungUntilMs = 0;
  #failure: { readonly code: DiskErrorCode; left: number } | undefined;
  isCalm = false;

  constructor(options: SimulatedDiskOptions) {
    this.#options = options;
    this.#random = options.streams.of(`disk ${options.id}`);
    this.#stagedRandom = options.streams.of(`staged ${options.id}`);
    this.#share = options.plan.unevenDisks ? this.#random.pick([0.1, 0.3, 1, 5]) : 1;
    const schedule = (complete: () => void): void => this.#schedule(complete);
    const fail = (operation: 'write' | 'get' | 'scan'): Error | undefined => this.#fail(operation);
    this.log = new MemoryDatabase({ schedule, fail });
    this.#state = new MemoryDatabase({ schedule, fail });
    // One that took the place of the state is written to on and on, and is staged no more.
    const onWritten = (written: StagedDatabase): void => {
      if (written === this.#staged) this.#damageWritten(written);
    };
    const makeStaged = (): StagedDatabase => new StagedDatabase({ schedule, fail }, onWritten);
    this.staging = {
      open: (fresh, done) => {
        this.#schedule(() => {
          if (fresh) this.#dropStaged();
          else this.#damageStaged();
          this.#staged ??= makeStaged();
          if (this.#isUnreadable) done(new DamagedStateError('a table', 'its index is damaged'));
          else done(undefined, this.#staged);
        });
      },
      adopt: () => {
        this.#state = this.#staged ?? this.#state;
        if (this.#isStagedDamaged) options.onDamage('state');
        this.#dropStaged();
      },
    };
  }

  get state(): MemoryDatabase {
    return this.#state;
  }

  /** The file beside the log. */
  get witness(): MemoryWitness {
    return this.#witness;
  }

  /** It answers nothing for so long; infinite: until it is healed. */
  hang(forMs: number): void {
    const { time } = this.#options;
    this.#hungUntilMs = Math.max(this.#hungUntilMs, time.nowMs() + forMs);
    if (Number.isFinite(forMs)) time.after(forMs, () => this.#complete());
  }

  /** The next so many writes and scans fail; infinite: all, until it is healed. */
  failNext(count: number, code: DiskErrorCode): void {
    this.#failure = { code, left: count };
  }

  /** What it is behind with it does at once. */
  heal(): void {
    const nowMs = this.#options.time.nowMs();
    this.isCalm = true;
    this.#failure = undefined;
    this.#hungUntilMs = 0;
    this.#busyUntilMs = nowMs;
    this.#queue = this.#queue.map(({ complete }) => ({ readyAtMs: nowMs, complete }));
    this.#options.time.after(0, () => this.#complete());
  }

  /** The process is gone, and perhaps the power too. */
  crash(kind: CrashKind): void {
    const { choices, plan } = this.#options;
    const random = this.#random;
    this.#queue = [];
    this.#busyUntilMs = 0;
    const survives = ({ state }: { readonly state: string }): boolean => {
      const keeps = random.chance(KEPT_UNDER_WAY);
      if (kind === 'kill' && state === 'done') return true;
      return plan.tornCrashes && keeps && choices.makes('tornWrite');
    };
    this.log.crash({ survives });
    this.#state.crash({ survives });
    this.#staged?.crash({ survives });
    this.#witness.crash(() => survives({ state: 'done' }));
    if (kind === 'power') this.#hungUntilMs = 0;
  }

  /** What an earlier life left of a transfer; in some damages LevelDB does not open it. */
  #damageStaged(): void {
    const share = this.#flipStaged(this.#random, this.#options.plan.flippedStaging);
    if (share !== undefined && share < UNREADABLE) this.#isUnreadable = true;
  }

  /** What has come of a transfer, before the next chunk of it is asked for, or all of it is read. */
  #damageWritten(staged: StagedDatabase): void {
    if (this.isCalm || staged.get(META_KEY) !== undefined) return;
    this.#flipStaged(this.#stagedRandom, DAMAGED_WRITES * this.#options.plan.flippedStaging);
  }

  /** No state yet, so that nobody's disk is spoiled. How far back the bit is; `undefined`: none was. */
  #flipStaged(random: Random, chance: number): number | undefined {
    if (this.#staged === undefined || chance === 0) return undefined;
    const isDamaged = random.chance(chance);
    const share = random.next();
    if (!isDamaged || !this.#options.choices.makes('flippedStaging')) return undefined;
    this.#staged.flipBit((below) => Math.floor(share * below));
    return share;
  }

  /** Flips one bit of one stored value, and says of what; `undefined`: nothing was stored. */
  flipBit(only?: 'log' | 'state'): 'log' | 'state' | 'staged' | undefined {
    const random = this.#random;
    const state = this.#staged ?? this.#state;
    const drawn = random.chance(0.5) ? 'log' : 'state';
    const database = (only ?? drawn) === 'log' ? this.log : state;
    const isLate = random.chance(LATE_FLIPS);
    let values = 0;
    const key = database.flipBit((below) => {
      values += 1;
      const least = isLate && values === 1 ? Math.max(0, below - LATE_VALUES) : 0;
      return random.between(least, below - 1);
    });
    if (key === undefined) return undefined;
    const what = database === this.log ? 'log' : this.#staged === undefined ? 'state' : 'staged';
    if (what === 'staged') this.#isStagedDamaged = true;
    else this.#options.onDamage(what);
    return what;
  }

  /**
   * LevelDB passes over a damaged piece of its journal: these slots are gone from the log, with the
   * chain records between them. The process must be gone.
   */
  loseSlots(from: Slot, upTo: Slot): void {
    const content = this.log.durableCopy();
    const [gte, lt] = [slotKey(0, 0), slotKey(MAX_EPOCH, 0)];
    const gone = [...content.range(gte, lt, false)]
      .filter(([key]) => slotOfKey(key) >= from && slotOfKey(key) <= upTo)
      .map(([key]) => ({ key }));
    if (gone.length === 0) return;
    content.apply(gone);
    this.log.replace(content);
    this.#options.onDamage('log');
  }

  #dropStaged(): void {
    this.#staged = undefined;
    this.#isStagedDamaged = false;
    this.#isUnreadable = false;
  }

  /** An empty disk takes its place. The process must be gone. */
  lose(): void {
    this.log.replace();
    this.loseState();
    this.#witness = new MemoryWitness();
  }

  /** The directory of the state is gone, and what was staged. The process must be gone. */
  loseState(): void {
    this.#state.replace();
    this.#dropStaged();
  }

  copy(): DiskCopy {
    return { log: this.log.durableCopy(), state: this.#state.durableCopy() };
  }

  /**
   * An older copy of it comes back, and where `witnessed` is given, the witness as it was when the
   * log ended at this batch. The process must be gone.
   */
  rollBack(copy: DiskCopy, witnessed: number | undefined): void {
    this.log.replace(copy.log);
    this.#state.replace(copy.state);
    this.#dropStaged();
    if (witnessed === undefined) return;
    this.#witness = new MemoryWitness();
    this.#witness.note(witnessed);
    this.#witness.crash(() => true);
  }

  #fail(operation: 'write' | 'get' | 'scan'): Error | undefined {
    const failure = this.#failure;
    if (failure === undefined || operation === 'get') return undefined;
    failure.left -= 1;
    if (failure.left <= 0) this.#failure = undefined;
    return failure.code === 'EIO' ? new DiskError() : new DiskFullError('the disk is full');
  }

  /** Completions come in the order of their calls, as from one disk. */
  #schedule(complete: () => void): void {
    const { time } = this.#options;
    const nowMs = time.nowMs();
    this.#busyUntilMs = Math.max(this.#busyUntilMs, nowMs) + this.#workMs();
    this.#queue.push({ readyAtMs: this.#busyUntilMs, complete });
    time.after(this.#busyUntilMs - nowMs, () => this.#complete());
  }

  #workMs(): number {
    const { choices, plan } = this.#options;
    const random = this.#random;
    if (this.isCalm) return CALM_MS;
    const workMs = MIN_MS + random.next() * plan.diskMs * Math.min(1, this.#share);
    if (!random.chance(plan.diskSlowness * this.#share)) return workMs;
    const extraMs = random.next() * plan.slowDiskMs;
    return choices.makes('diskDelay') ? workMs + extraMs : workMs;
  }

  #complete(): void {
    const nowMs = this.#options.time.nowMs();
    if (nowMs < this.#hungUntilMs) return;
    while ((this.#queue[0]?.readyAtMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
      const completion = this.#queue.shift();
      if (completion !== undefined) this.#options.deliver(completion.complete);
    }
  }
}
