/** What is read from a log: the slots of a range, as they stand between chain records. */
import type { EpochProposal, Slot } from '../paxos/command.ts';
import type { Entry } from './database.ts';
import { decodeAccepted, isChainKey, type LogSeal } from './log-codec.ts';
import { caught, StorageError } from './storage-error.ts';

/** From `from` on, up to the first slot that is missing or damaged; the error where the first one is. */
export function decodeWithoutHole(
  seal: LogSeal,
  from: Slot,
  entries: readonly Entry[],
): readonly EpochProposal[] | StorageError {
  const proposals: EpochProposal[] = [];
  for (const [key, value] of entries) {
    if (isChainKey(key)) continue;
    const proposal = caught(() => decodeAccepted(seal, key, value));
    if (proposal instanceof StorageError) return proposals.length > 0 ? proposals : proposal;
    if (proposal.slot !== from + proposals.length) break;
    proposals.push(proposal);
  }
  return proposals;
}
