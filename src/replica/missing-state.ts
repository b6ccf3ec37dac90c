/** Where a replica has to have its state from a peer before it may work. */
import type { Slot } from '../paxos/command.ts';
import type { Membership } from '../paxos/membership.ts';
import type { OpenedStorage } from './host-options.ts';

export interface MissingState {
  /** Of use is only a state at a higher slot. */
  readonly above: Slot;
  /** In words, for an operator. */
  readonly reason: string;
}

/**
 * Slots between the state and the log are gone, or were never in it, so that nothing may be told or
 * served from here; or the replica was added after the first epoch, and what was chosen before its
 * own is had as one state: its log begins above that. `undefined`: it has what it needs.
 */
export function missingState(
  genesis: Membership,
  { recovered, store }: OpenedStorage,
): MissingState | undefined {
  const { durablyApplied } = store;
  const { base, floor } = recovered;
  if (durablyApplied < Math.max(base, floor)) {
    const log =
      base > floor
        ? `a state that was installed at slot ${base} is not there`
        : `its log begins above slot ${floor}`;
    const reason = `its state ends at slot ${durablyApplied}, and ${log}: it rebuilds itself from a peer`;
    return { above: Math.max(base, floor) - 1, reason };
  }
  const { epoch = 1 } = store.epoch.membership ?? {};
  if (epoch >= genesis.epoch) return undefined;
  return { above: 0, reason: `joins in epoch ${genesis.epoch}: pulls the state of a peer` };
}
