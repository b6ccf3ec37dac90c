/**
 * In which epoch a log is: each epoch ends in its lowest stop that is known to be chosen, and what
 * a log still holds of it above that is void.
 */
import type { EpochProposal, Slot } from './command.ts';
import type { Membership } from './membership.ts';

export interface EpochBegin {
  readonly membership: Membership;
  /** Its first slot. */
  readonly epochFrom: Slot;
}

export interface EpochHistory extends EpochBegin {
  /** Without the void ones, ascending by slot. */
  readonly proposals: readonly EpochProposal[];
}

/** From a known epoch on; `proposals` are all that the log holds above some slot of it. */
export function resolveEpochs(
  begin: EpochBegin,
  chosenUpTo: Slot,
  proposals: readonly EpochProposal[],
): EpochHistory {
  let { membership, epochFrom } = begin;
  // What is chosen in earlier epochs and not yet applied here.
  const kept = proposals.filter(({ slot }) => slot < epochFrom);
  for (;;) {
    const { epoch } = membership;
    const ofEpoch = proposals
      .filter((proposal) => proposal.epoch === epoch && proposal.slot >= epochFrom)
      .toSorted((a, b) => a.slot - b.slot);
    const stop = ofEpoch.find(({ slot, command }) => slot <= chosenUpTo && command.type === 'stop');
    kept.push(...ofEpoch.filter(({ slot }) => stop === undefined || slot <= stop.slot));
    if (stop?.command.type !== 'stop') return { membership, epochFrom, proposals: kept };
    membership = stop.command.membership;
    epochFrom = stop.slot + 1;
  }
}
