/**
 * Keeps the log for peers that pull the state. Under a load of writes the log would else begin above
 * every state by the time that its receiver has it, and it would never be done: so while a peer
 * pulls, and then catches up from the slot of that state on, the log is not cut above that slot, as far
 * as `limits.logHeldBytes` goes, and while the disk has room.
 *
 * A hold ends when the peer has caught up; or when nothing was heard of its progress for `idleMs`. Until
 * it has begun on the state it has as long as the transfer took, where that is more: it reads once more
 * what it has got before.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { CoreState } from '../paxos/core-state.ts';

interface Hold {
  /** Of the state that is pulled. */
  readonly stateSlot: Slot;
  /** What the peer needs is above. */
  slot: Slot;
  /** How far it was when it began: it may have lost the state that it had then. */
  readonly before: Slot;
  readonly sinceMs: number;
  /** Of the last sign that it gets on. */
  usedAtMs: number;
}

/** How far this replica is, and its peers. */
interface Progress {
  readonly learner: Pick<CoreState['learner'], 'appliedUpTo' | 'peersChosenUpTo'>;
  readonly limits: Pick<CoreState['limits'], 'openSlots'>;
}

export class LogHolds {
  readonly #idleMs: number;
  readonly #holds = new Map<ReplicaId, Hold>();

  constructor(idleMs: number) {
    this.#idleMs = idleMs;
  }

  /** A piece of the state at this slot goes to the peer. */
  sent(core: Progress, to: ReplicaId, stateSlot: Slot, nowMs: number): void {
    const hold = this.#holds.get(to);
    if (hold?.stateSlot === stateSlot) {
      hold.usedAtMs = nowMs;
    } else {
      const before = core.learner.peersChosenUpTo.get(to) ?? 0;
      const place = { stateSlot, slot: stateSlot, before };
      this.#holds.set(to, { ...place, sinceMs: nowMs, usedAtMs: nowMs });
    }
  }

  /** The log is not to be cut above this slot; `undefined`: nobody needs it. */
  lowest(core: Progress, nowMs: number): Slot | undefined {
    let lowest: Slot | undefined;
    for (const [peer, hold] of this.#holds) {
      this.#follow(hold, core.learner.peersChosenUpTo.get(peer) ?? 0, nowMs);
      if (hold.slot + core.limits.openSlots >= core.learner.appliedUpTo && hasBegun(hold)) {
        this.#holds.delete(peer);
      } else if (this.#isIdle(hold, nowMs)) this.#holds.delete(peer);
      else lowest = Math.min(lowest ?? hold.slot, hold.slot);
    }
    return lowest;
  }

  #follow(hold: Hold, chosenUpTo: Slot, nowMs: number): void {
    if (chosenUpTo <= Math.max(hold.slot, hold.before)) return;
    hold.slot = chosenUpTo;
    hold.usedAtMs = nowMs;
  }

  #isIdle(hold: Hold, nowMs: number): boolean {
    const transferMs = hasBegun(hold) ? 0 : hold.usedAtMs - hold.sinceMs;
    return nowMs - hold.usedAtMs >= Math.max(this.#idleMs, transferMs);
  }
}

/** The peer stands on that state, or on a later one. */
function hasBegun({ slot, stateSlot }: Hold): boolean {
  return slot > stateSlot;
}
