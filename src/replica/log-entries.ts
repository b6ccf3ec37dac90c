/** A look at the log, for people: what each slot holds and how far it is. */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { EpochProposal, Slot } from '../paxos/command.ts';
import type { CoreState } from '../paxos/core-state.ts';
import type { LogEntry, LogRange, LogResult } from './api.ts';
import type { Replica } from './replica.ts';

/** Most slots in one answer. */
const LOG_SLOTS = 1_000;

export function logEntries(
  replica: Replica,
  range: LogRange,
  done: (result: LogResult) => void,
): void {
  const { core, log } = replica;
  const { floor } = core.acceptor;
  if (range.from <= floor) {
    done({ type: 'compacted', oldestSlot: floor + 1 });
    return;
  }
  const applied = replica.settledUpTo();
  const to = Math.min(range.to, range.from + LOG_SLOTS - 1);
  const fromDisk = Math.min(to, applied) - range.from + 1;
  if (fromDisk <= 0) {
    done({ type: 'entries', entries: fromMemory(core, range.from, to) });
    return;
  }
  const { from, maxBytes } = range;
  log.read({ from, maxSlots: fromDisk, maxBytes }, (error, proposals) => {
    if (error !== undefined) {
      done({ type: 'failed' });
      return;
    }
    const entries = proposals.map((proposal) => entryOf(core, proposal));
    const isWhole = proposals.length === fromDisk;
    const above = isWhole ? fromMemory(core, from + fromDisk, to) : [];
    done({ type: 'entries', entries: [...entries, ...above] });
  });
}

function fromMemory(core: CoreState, from: Slot, to: Slot): LogEntry[] {
  const entries: LogEntry[] = [];
  for (let slot = from; slot <= to; slot += 1) {
    const accepted = core.acceptor.accepted.get(slot);
    if (accepted === undefined) break;
    entries.push(entryOf(core, { slot, ...accepted }));
  }
  return entries;
}

function entryOf(core: CoreState, { epoch, slot, ballot, command }: EpochProposal): LogEntry {
  const { appliedUpTo, chosenUpTo } = core.learner;
  const state = slot <= appliedUpTo ? 'applied' : slot <= chosenUpTo ? 'chosen' : 'accepted';
  return { slot, epoch, ballot, state, command, acceptedBy: acceptedBy(core, slot) };
}

/** The leader knows the votes of recent slots; any other replica only its own. */
function acceptedBy(core: CoreState, slot: Slot): readonly ReplicaId[] {
  const votes = core.role.name === 'leader' ? core.role.recentVotes.get(slot) : undefined;
  return votes === undefined ? [core.self] : [...votes].toSorted((a, b) => a - b);
}
