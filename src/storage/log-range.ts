/** What is read from a log: the slots of a range, as they stand between chain records. */
import type { EpochProposal, Slot } from '../paxos/command.ts';
import type { Entry } from './database.ts';
import { decodeAccepted, isChainKey, type LogSeal } from './log-codec.ts';
import { StorageError } from './storage-error.ts';

/** From `from` on, up to the first slot that is missing; the error where a record is damaged. */
export function decodeWithoutHole(
  seal: LogSeal,
  from: Slot,
  entries: readonly Entry[],
): readonly EpochProposal[] | StorageError {
  const proposals: EpochProposal[] = [];
  try {
    for (const [key, value] of entries) {
      if (isChainKey(key)) continue;
      const proposal = decodeAccepted(seal, key, value);
      if (proposal.slot !== from + proposals.length) break;
      proposals.push(proposal);
    }
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
  return proposals;
}
