/**
 * When the log is trimmed: from time to time it is asked for a place at which it may be cut. The
 * state is durable beyond that place (I18), and no record up to it is on its way to the disk (I19).
 *
 * A damaged record is mended by that: once its slot is in the state, durably, the log is cut above it,
 * however much of it would be kept else. Who is behind gets the state.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { FloorWish } from '../storage/floor-keeper.ts';
import type { LogMargins } from '../storage/log-margins.ts';
import type { FloorFound, TrimFloor } from '../storage/trim-floor.ts';
import type { Loop } from './loop.ts';
import { LogHolds } from './log-holds.ts';
import type { DiskSpace, ReplicaEvent } from './ports.ts';

const NO_MARGINS: LogMargins = { slots: 0, bytes: 0, ageMs: 0, chainBytes: 0, heldBytes: 0 };

export interface TrimmerOptions {
  readonly loop: Loop;
  readonly log: {
    findFloor(wish: FloorWish, done: FloorFound): void;
    trim(floor: TrimFloor): void;
    readonly floor: Slot;
  };
  readonly store: { readonly durablyApplied: number; readonly base: number };
  readonly limits: {
    readonly trimMs: number;
    readonly logMargins: LogMargins;
    readonly snapshots: { readonly idleMs: number };
  };
  readonly diskSpace: Pick<DiskSpace, 'level'>;
  /** A slot up to which records of applied slots are damaged; 0: none is. */
  readonly recovered: { readonly damagedUpTo: Slot };
  readonly observe: (event: ReplicaEvent) => void;
}

export class Trimmer {
  readonly #options: TrimmerOptions;
  readonly #holds: LogHolds;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #isLooking = false;
  /** The log is to be cut here or above; 0: it is kept as long as may be. */
  #damagedUpTo: Slot = 0;
  #isHeld = false;

  constructor(options: TrimmerOptions) {
    this.#options = options;
    this.#holds = new LogHolds(options.limits.snapshots.idleMs);
    this.cutDamaged(options.recovered.damagedUpTo);
  }

  /** The record of this slot, which is applied, is damaged. */
  cutDamaged(slot: Slot): void {
    if (slot <= this.#damagedUpTo) return;
    this.#damagedUpTo = slot;
    this.#options.observe({ type: 'cutDamaged', slot });
  }

  /** The state at this slot goes to the peer: it will need the log above. */
  hold(to: ReplicaId, slot: Slot, nowMs: number): void {
    this.#holds.sent(this.#options.loop.core, to, slot, nowMs);
  }

  /** Only from within a turn of the loop. */
  tick(nowMs: number): void {
    const { limits, log, loop, store } = this.#options;
    if (this.#isLooking || nowMs - this.#lookedAtMs < limits.trimMs) return;
    this.#lookedAtMs = nowMs;
    this.#isLooking = true;
    const upTo = loop.commit.settledUpTo(store.durablyApplied);
    const margins = this.#damagedUpTo > log.floor ? NO_MARGINS : limits.logMargins;
    const heldFrom = this.#heldFrom(nowMs);
    log.findFloor({ margins, heldFrom, upTo, base: store.base }, (error, floor) => {
      if (error !== undefined) loop.fail(error);
      else if (floor === undefined) this.#isLooking = false;
      else loop.post(() => this.#trim(floor));
    });
  }

  /** Where the disk has little room, nobody is waited for. */
  #heldFrom(nowMs: number): Slot {
    const { diskSpace, loop, observe } = this.#options;
    const lowest = this.#holds.lowest(loop.core, nowMs);
    const slot = diskSpace.level === 'ok' ? lowest : undefined;
    const isHeld = slot !== undefined;
    if (isHeld !== this.#isHeld) observe(isHeld ? { type: 'logHeld', slot } : { type: 'logLetGo' });
    this.#isHeld = isHeld;
    return slot ?? Number.POSITIVE_INFINITY;
  }

  /** An old slot may have been accepted anew meanwhile: then the next look finds another place. */
  #trim(floor: TrimFloor): void {
    const { log, loop } = this.#options;
    // Not before: the next look would begin below this floor, and find one that is not above it.
    this.#isLooking = false;
    if (loop.commit.settledUpTo(floor.slot) < floor.slot) return;
    log.trim(floor);
    loop.input({ type: 'trimmed', upTo: floor.slot });
  }
}
