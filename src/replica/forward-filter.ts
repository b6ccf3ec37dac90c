/**
 * Takes each forwarded command once. Peers' messages may be repeated, also long afterwards, so a
 * forward names the ballot of the leader that it is meant for: a leader takes only those of the
 * ballot it leads in, and remembers, for each sender's boot, which counters it has taken.
 */
import type { CommandId } from '../kv/command-id.ts';

/** How far back, in commands of one sender, a repetition is told from a late first copy. */
const REMEMBERED = 65_536;
/** Digits of the boot nonce in a command id; the counter follows. */
const BOOT_DIGITS = 16;

interface Taken {
  highest: number;
  readonly counters: Set<number>;
}

export class ForwardFilter {
  readonly #taken = new Map<string, Taken>();

  /** A new ballot: forwards of the ones before are passed over anyway. */
  clear(): void {
    this.#taken.clear();
  }

  /** True the first time; false for a repetition, and for one too old to be told from it. */
  take(id: CommandId): boolean {
    const boot = id.slice(0, BOOT_DIGITS);
    const counter = Number.parseInt(id.slice(BOOT_DIGITS), 16);
    const taken = this.#taken.get(boot) ?? { highest: 0, counters: new Set<number>() };
    this.#taken.set(boot, taken);
    if (counter <= taken.highest - REMEMBERED || taken.counters.has(counter)) return false;
    taken.counters.add(counter);
    taken.highest = Math.max(taken.highest, counter);
    if (taken.counters.size > 2 * REMEMBERED) forgetOld(taken);
    return true;
  }
}

function forgetOld(taken: Taken): void {
  for (const counter of taken.counters) {
    if (counter <= taken.highest - REMEMBERED) taken.counters.delete(counter);
  }
}

/** The ids of one boot: a nonce drawn at random, then a counter. Never used again. */
export function commandId(bootNonce: string, counter: number): CommandId {
  return bootNonce + counter.toString(16).padStart(BOOT_DIGITS, '0');
}
