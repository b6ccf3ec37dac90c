/** Which of the judged slots are taken over, and what that means for revisions and epochs. */
import { decodeBatch } from '../kv/batch.ts';
import type { Command, Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import { readVotedCommand } from '../storage/log-evidence.ts';
import { StorageError } from '../storage/storage-error.ts';
import type { Held } from './evidence.ts';
import type { ReadSurvivor, SurvivorsRead } from './survivors.ts';
import { judge, mayHaveChosenMore, type SlotVerdict } from './verdicts.ts';

export interface Plan {
  readonly verdicts: readonly SlotVerdict[];
  /** Those that are carried out, in order. */
  readonly steps: readonly SlotVerdict[];
  readonly firstLost: Slot | undefined;
  /** Up to here all is in the best state, or certain. */
  readonly certainUpTo: Slot;
  /** The highest slot of which there is any trace. */
  readonly highestSlot: Slot;
  /** Whether slots above that may have been chosen. */
  readonly mayBeMore: boolean;
  /** Client commands in the slots that are taken over: so many revisions at the most. */
  readonly commands: number;
  readonly highestEpoch: Epoch;
}

export function planRecovery(read: SurvivorsRead, options: { readonly pastLost: boolean }): Plan {
  const { evidence, survivors } = read;
  const verdicts = [...judge(evidence)];
  const lost = verdicts.findIndex(({ verdict }) => verdict === 'lost');
  const lastTaken = verdicts.findLastIndex(({ taken }) => taken !== undefined);
  const end = lost < 0 || options.pastLost ? lastTaken + 1 : Math.min(lost, lastTaken + 1);
  const steps = verdicts.slice(0, end);
  const doubt = verdicts.find(({ verdict }) => verdict !== 'certain');
  const last = verdicts.at(-1);
  const highestSlot = last?.upTo ?? evidence.appliedUpTo;
  const memberships = new Map(evidence.memberships);
  for (const { taken } of verdicts) {
    const next = taken?.vote.membership;
    if (next !== undefined) memberships.set(next.epoch, next);
  }
  const lastEpoch = last?.taken?.vote.membership?.epoch ?? last?.epoch ?? evidence.epoch;
  return {
    verdicts,
    steps,
    firstLost: verdicts[lost]?.from,
    certainUpTo: doubt === undefined ? highestSlot : doubt.from - 1,
    highestSlot,
    mayBeMore: mayHaveChosenMore(memberships.get(lastEpoch), survivors),
    commands: steps.reduce((sum, { taken }) => sum + commandsIn(taken, survivors), 0),
    highestEpoch: highestEpochOf(read),
  };
}

/** The epochs of whatever was read; a stop that was only proposed names one too. */
function highestEpochOf({ evidence, survivors }: SurvivorsRead): Epoch {
  let highest = Math.max(evidence.epoch, ...evidence.memberships.keys());
  for (const { epoch, votes } of survivors) {
    highest = Math.max(highest, epoch);
    for (const { membership } of votes) highest = Math.max(highest, membership?.epoch ?? 0);
  }
  return highest;
}

/** Read again from its copy: memory holds no commands. Throws a `StorageError`. */
export function commandOf({ by, vote }: Held, survivors: readonly ReadSurvivor[]): Command {
  const log = survivors.find((one) => one === by)?.directory.log;
  if (log === undefined) throw new StorageError(`no log holds slot ${vote.slot}`);
  return readVotedCommand(log.database, log.identity, vote);
}

function commandsIn(taken: Held | undefined, survivors: readonly ReadSurvivor[]): number {
  if (taken?.vote.type !== 'batch') return 0;
  const command = commandOf(taken, survivors);
  return command.type === 'batch' ? decodeBatch(command.bytes).length : 0;
}
