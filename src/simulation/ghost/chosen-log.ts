/**
 * The log as it is chosen, run through the plain model of the store, one slot after the other: what
 * each slot changes, what the store is after it, and what every command is answered (I12, I14).
 */
import type { Answer, KeptAnswer } from '../../kv/answer.ts';
import { decodeBatch } from '../../kv/batch.ts';
import { decodeCommand } from '../../kv/command-codec.ts';
import type { ClientCommand } from '../../kv/operation.ts';
import type { LeaseLimits } from '../../kv/lease.ts';
import type { OnceLimits } from '../../kv/once.ts';
import { type Ballot, ZERO_BALLOT } from '../../paxos/ballot.ts';
import type { Command, Slot } from '../../paxos/command.ts';
import { unreachable } from '../../paxos/assert.ts';
import { leaseAnswered } from '../probes-of-lifetimes.ts';
import type { Probes } from '../probes.ts';
import { type ContentHash, EMPTY_HASH } from './content-hash.ts';
import { violate } from './invariant.ts';
import { OnceModel } from './once-model.ts';
import { NO_RANK, type Rank, rankOf } from './ranks.ts';
import { type ModelWrite, StoreModel } from './store-model.ts';

export interface RevisionOfSlot {
  readonly revision: number;
  readonly writes: readonly ModelWrite[];
}

export interface CommandOfSlot {
  readonly command: ClientCommand;
  readonly answer: Answer;
  /** That it made; `undefined`: it changed nothing. */
  readonly made: number | undefined;
}

export interface RevisionChange {
  readonly revision: number;
  readonly key: string;
}

/** What a slot does, and what the store is after it. */
export interface SlotResult {
  readonly slot: Slot;
  readonly commands: readonly CommandOfSlot[];
  readonly revisions: readonly RevisionOfSlot[];
  readonly hash: ContentHash;
  readonly revision: number;
  readonly timeMs: number;
  readonly ballot: Rank;
  /** The first slot of the epoch of the next slot. */
  readonly epochFrom: Slot;
}

export interface ModelLimits {
  readonly changedKeys: number;
  readonly once: OnceLimits;
  readonly leases: LeaseLimits;
}

interface CommandResult {
  readonly answer: KeptAnswer;
  readonly writes: readonly ModelWrite[];
}

const BEFORE_ALL: SlotResult = {
  slot: 0,
  commands: [],
  revisions: [],
  hash: EMPTY_HASH,
  revision: 0,
  timeMs: 0,
  ballot: NO_RANK,
  epochFrom: 1,
};

export class ChosenLog {
  readonly #chosen: ReadonlyMap<Slot, Command>;
  readonly #probes: Probes;
  readonly model: StoreModel;
  readonly #results: SlotResult[] = [BEFORE_ALL];
  readonly #slotOf = new Map<string, Slot>();
  readonly #once: OnceModel;
  /** Of the last leader that told the state of itself. */
  #ballot: Ballot = ZERO_BALLOT;

  constructor(chosen: ReadonlyMap<Slot, Command>, limits: ModelLimits, probes: Probes) {
    this.#probes = probes;
    this.#chosen = chosen;
    this.model = new StoreModel(limits.changedKeys, limits.leases);
    this.#once = new OnceModel(limits.once);
  }

  /** Undefined where a slot up to it is not chosen. */
  resultOf(slot: Slot): SlotResult | undefined {
    while (this.#results.length <= slot) {
      const next = this.#results.length;
      const command = this.#chosen.get(next);
      if (command === undefined) return undefined;
      this.#results.push(this.#run(next, command));
    }
    return this.#results[slot];
  }

  /** Of everything that is chosen without a gap, so far. */
  *results(): Iterable<SlotResult> {
    for (let slot = 1; ; slot += 1) {
      const result = this.resultOf(slot);
      if (result === undefined) return;
      yield result;
    }
  }

  /** What should be gone by this cluster time, and is not. */
  overdue(timeMs: number): string | undefined {
    while (this.resultOf(this.#results.length) !== undefined);
    return this.model.overdue(timeMs);
  }

  /** I23: what changed above the revision `after`, up to another that is reached, in order. */
  changesAfter(after: number, upTo: number): readonly RevisionChange[] {
    while (this.resultOf(this.#results.length) !== undefined);
    if (upTo > this.model.revision) violate('I23: what is told is chosen', `revision ${upTo}`);
    const last = this.#results.findLastIndex(({ revision }) => revision <= after);
    const changes: RevisionChange[] = [];
    for (const { revisions } of this.#results.slice(last + 1)) {
      for (const { revision, writes } of revisions) {
        if (revision <= after || revision > upTo) continue;
        for (const { item, key } of writes) {
          const isNothing =
            item === undefined && this.model.itemAt(key, revision - 1) === undefined;
          if (!isNothing) changes.push({ revision, key });
        }
      }
    }
    return changes;
  }

  #run(slot: Slot, command: Command): SlotResult {
    const before = this.#results[slot - 1] ?? BEFORE_ALL;
    const timeMs = Math.max(before.timeMs, command.timeMs);
    const commands: CommandOfSlot[] = [];
    const revisions: RevisionOfSlot[] = [];
    if (command.type === 'batch') {
      for (const bytes of decodeBatch(command.bytes)) {
        const decoded = decodeCommand(bytes);
        this.#checkOnce(decoded, slot);
        const revision = this.model.revision;
        const { answer, writes } = this.#apply(decoded, timeMs);
        const made = this.model.revision > revision ? revision + 1 : undefined;
        commands.push({ command: decoded, answer, made });
        if (made !== undefined) revisions.push({ revision: made, writes });
      }
    }
    if (commands.length > 1) this.#probes.reached('slotOfSeveralCommands');
    if (command.type === 'noop') this.#ballot = command.ballot;
    const ballot = command.type === 'noop' ? rankOf(command.ballot) : before.ballot;
    const { hash, revision } = this.model;
    const epochFrom = command.type === 'stop' ? slot + 1 : before.epochFrom;
    return { slot, commands, revisions, hash, revision, timeMs, ballot, epochFrom };
  }

  /** What may come again takes effect once, and makes a revision, for its answer is kept. */
  #apply(
    command: ClientCommand,
    timeMs: number,
  ): Pick<CommandResult, 'writes'> & { readonly answer: Answer } {
    const { once } = command;
    if (once === undefined) return this.#applyFenced(command, timeMs);
    const { revision } = this.model;
    const verdict = this.#once.judge(once, timeMs);
    switch (verdict.type) {
      case 'isKnown': {
        this.#probes.reached('replayed');
        const { answer } = verdict;
        return { writes: [], answer: { type: 'replayed', revision, answer, isCut: false } };
      }
      case 'isOther':
        this.#probes.reached('onceMismatch');
        return { writes: [], answer: { type: 'onceMismatch', revision } };
      case 'isFull':
        this.#probes.reached('onceFull');
        return { writes: [], answer: { type: 'onceFull', revision } };
      case 'isNew': {
        const { answer, writes } = this.#applyFenced(command, timeMs);
        if (this.model.revision === revision) this.model.touch();
        const kept = { ...answer, revision: revision + 1 };
        this.#once.keep(once, timeMs, kept);
        return { writes, answer: kept };
      }
      default:
        return unreachable(verdict);
    }
  }

  /** The lock's fence is the command's, or nothing is done. */
  #applyFenced({ fence, id, operation }: ClientCommand, timeMs: number): CommandResult {
    const { leases, revision } = this.model;
    const current = fence === undefined ? undefined : leases.fenceOf(fence.name);
    if (fence !== undefined && current !== fence.fence) {
      this.#probes.reached('staleFence');
      const answer = { type: 'staleFence', revision } as const;
      return { writes: [], answer: current === undefined ? answer : { ...answer, current } };
    }
    const result = this.model.apply(operation, { id, timeMs, ballot: this.#ballot });
    leaseAnswered(this.#probes, operation, result.answer);
    return result;
  }

  /** I14: a command takes effect once. */
  #checkOnce({ id }: ClientCommand, slot: Slot): void {
    const before = this.#slotOf.get(id);
    if (before !== undefined) {
      violate('I14: a command gets one slot', `${id} in slots ${before} and ${slot}`);
    }
    this.#slotOf.set(id, slot);
  }
}
