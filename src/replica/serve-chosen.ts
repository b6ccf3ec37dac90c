/**
 * Serves chosen slots to a peer that is behind: those that are applied from the log, where their
 * records are durable; those above, chosen and not yet applied, from memory. What the log holds of
 * a slot before its latest record is durable may be a proposal that lost, and is never served. Who
 * wants slots that are trimmed is told so: it needs a snapshot. So is who wants one whose record is
 * damaged: it is applied here, so that the log can do without it, and is cut above it.
 */
import { commandBytes, type EpochProposal, type Slot } from '../paxos/command.ts';
import type { CoreState } from '../paxos/core-state.ts';
import type { AcceptorLog } from '../storage/acceptor-log.ts';
import type { ChosenAnswer, ChosenRequest } from '../transport/network.ts';
import { DamagedRecordError } from '../storage/storage-error.ts';
import type { DiskWatch } from './disk-watch.ts';
import type { Loop } from './loop.ts';

/** Most slots in one answer. */
const CHOSEN_SLOTS = 1024;

export function serveChosen(
  parts: {
    readonly loop: Loop;
    readonly log: AcceptorLog;
    readonly disk: DiskWatch;
    readonly nowMs: number;
    readonly trimmer: { cutDamaged(slot: Slot): void };
  },
  request: ChosenRequest,
  done: (answer: ChosenAnswer | undefined) => void,
): void {
  const { disk, loop, log, nowMs } = parts;
  const { core } = loop;
  const { appliedUpTo, chosenUpTo } = core.learner;
  if (loop.isStopped || request.epoch > core.membership.epoch) {
    done(undefined);
    return;
  }
  const { floor } = core.acceptor;
  if (request.from <= floor) {
    done({ type: 'trimmed', floor });
    return;
  }
  if (request.from > appliedUpTo) {
    done({ type: 'chosenSlots', chosenUpTo, proposals: fromMemory(core, request) });
    return;
  }
  const durableUpTo = loop.commit.settledUpTo(appliedUpTo);
  const maxSlots = Math.min(CHOSEN_SLOTS, durableUpTo - request.from + 1);
  if (maxSlots <= 0) {
    done({ type: 'chosenSlots', chosenUpTo, proposals: [] });
    return;
  }
  const end = disk.begin(nowMs);
  log.read({ from: request.from, maxSlots, maxBytes: request.maxBytes }, (error, proposals) => {
    end();
    if (error === undefined) return done({ type: 'chosenSlots', chosenUpTo, proposals });
    if (!(error instanceof DamagedRecordError)) return loop.fail(error);
    parts.trimmer.cutDamaged(request.from);
    done({ type: 'trimmed', floor: request.from });
  });
}

function fromMemory(core: CoreState, request: ChosenRequest): EpochProposal[] {
  const proposals: EpochProposal[] = [];
  let bytes = 0;
  for (let slot: Slot = request.from; slot <= core.learner.chosenUpTo; slot += 1) {
    const entry = core.acceptor.accepted.get(slot);
    if (entry === undefined) break;
    bytes += commandBytes(entry.command);
    if (proposals.length > 0 && bytes > request.maxBytes) break;
    proposals.push({ slot, ...entry });
  }
  return proposals;
}
