/**
 * Applies chosen slots to the store, in slot order, each slot all at once. Guards are decided
 * here, never when a command is proposed. Every replica comes to the same state: nothing is looked
 * at but the store, the slot and the command's bytes.
 *
 * A command that needs an ordered scan waits until its range has been read; meanwhile nothing else
 * is applied. The loop gets its turn between commands.
 */
import type { Answer } from '../kv/answer.ts';
import { applyCommand, type CommandLimits, rangesOfCommand } from '../kv/apply-command.ts';
import type { View, Write } from '../kv/apply.ts';
import type { RangeRead } from '../kv/apply-transaction.ts';
import { decodeBatch } from '../kv/batch.ts';
import type { CommandId } from '../kv/command-id.ts';
import type { Item } from '../kv/item.ts';
import type { Key } from '../kv/key.ts';
import { decodeCommand } from '../kv/command-codec.ts';
import { isInRange, type KeyRange } from '../kv/prefix.ts';
import { isSystemKey } from '../kv/system-key.ts';
import { unreachable } from '../paxos/assert.ts';
import type { Ballot } from '../paxos/ballot.ts';
import type { Command, Slot } from '../paxos/command.ts';
import type { Membership } from '../paxos/membership.ts';

/** What the applier needs of the state store. */
export interface AppliedStore {
  readonly revision: number;
  readonly timeMs: number;
  readonly ballot: Ballot;
  readonly pendingBytes: number;
  item(key: Key): Item | undefined;
  keys(
    range: KeyRange & { readonly limit: number },
    done: (error: Error | undefined, keys: readonly Key[]) => void,
  ): void;
  apply(change: {
    readonly slot: Slot;
    readonly timeMs: number;
    readonly ballot?: Ballot;
    readonly membership?: Membership;
    readonly revisions: readonly { readonly revision: number; readonly writes: readonly Write[] }[];
  }): void;
}

export interface ApplierOptions {
  readonly store: AppliedStore;
  readonly limits: CommandLimits & {
    readonly applyCommands: number;
    readonly applyKeys: number;
    readonly unflushedBytes: number;
  };
  /** Runs `resume` in a later turn of the loop. */
  readonly defer: (resume: () => void) => void;
  readonly onAnswer: (id: CommandId, slot: Slot, answer: Answer) => void;
  /** `system`: the keys of the system that it wrote. */
  readonly onApplied: (slot: Slot, system: readonly Key[]) => void;
  readonly onFailed: (error: Error) => void;
  /** Applying waits for the disk from now on; the returned function says that it does not. */
  readonly watchDisk: () => () => void;
}

/** A slot that is being applied: what its commands so far have changed. */
interface Work {
  readonly slot: Slot;
  readonly command: Command;
  readonly commands: readonly Uint8Array[];
  next: number;
  revision: number;
  readonly changes: Map<Key, Item | undefined>;
  readonly revisions: { revision: number; writes: readonly Write[] }[];
  readonly answers: { id: CommandId; answer: Answer }[];
  /** Keys of the system that were written. */
  readonly system: Key[];
  /** The keys of the ranges that the next command needs. */
  readonly ranges: (RangeRead & { readonly keys: readonly Key[] })[];
}

export class Applier {
  readonly #options: ApplierOptions;
  #chosen: { readonly slot: Slot; readonly command: Command }[] = [];
  #work: Work | undefined;
  #isWaiting = false;
  /** While true no further slot is begun: the state must be written first. */
  #isHeld = false;
  /** Ends the watch over a state that must be written before more is applied. */
  #unwatch: (() => void) | undefined;

  constructor(options: ApplierOptions) {
    this.#options = options;
  }

  /** Chosen slots that are not applied yet. */
  get backlog(): number {
    return this.#chosen.length + (this.#work === undefined ? 0 : 1);
  }

  push(slot: Slot, command: Command): void {
    this.#chosen.push({ slot, command });
  }

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
  }

  /** Applies what is chosen, until there is nothing left or others must have their turn. */
  run(): void {
    const { limits } = this.#options;
    let commands = 0;
    let keys = 0;
    while (!this.#isWaiting) {
      if (this.#work === undefined) {
        if (this.#mustWait()) return;
        this.#work = this.#begin();
        if (this.#work === undefined) return;
      }
      if (this.#work.next === this.#work.commands.length) {
        this.#finish(this.#work);
        continue;
      }
      if (commands >= limits.applyCommands || keys >= limits.applyKeys) {
        this.#wait(this.#options.defer);
        return;
      }
      keys += this.#applyNext(this.#work);
      commands += 1;
    }
  }

  /** A disk that hangs here must show: with nothing applied nothing new is proposed or written. */
  #mustWait(): boolean {
    const { limits, store, watchDisk } = this.#options;
    const isFull = this.#isHeld || store.pendingBytes >= limits.unflushedBytes;
    if (isFull && this.#chosen.length > 0) {
      this.#unwatch ??= watchDisk();
    } else if (!isFull) {
      this.#unwatch?.();
      this.#unwatch = undefined;
    }
    return isFull;
  }

  #begin(): Work | undefined {
    const chosen = this.#chosen.shift();
    if (chosen === undefined) return undefined;
    const { slot, command } = chosen;
    return {
      slot,
      command,
      commands: command.type === 'batch' ? decodeBatch(command.bytes) : [],
      next: 0,
      revision: this.#options.store.revision,
      changes: new Map(),
      revisions: [],
      answers: [],
      system: [],
      ranges: [],
    };
  }

  /** Applies one command, or begins to read what it needs. Returns how many keys it changed. */
  #applyNext(work: Work): number {
    const command = decodeCommand(work.commands[work.next] ?? new Uint8Array());
    const { limits, store } = this.#options;
    const view = this.#view(work);
    const timeMs = Math.max(store.timeMs, work.command.timeMs);
    const moment = { id: command.id, revision: work.revision, timeMs, ballot: store.ballot };
    const read = rangesOfCommand(view, command, moment, limits)[work.ranges.length];
    if (read !== undefined) {
      this.#readRange(work, read);
      return 0;
    }
    const { writes, answer } = applyCommand(view, command, moment, limits);
    if (writes.length > 0) {
      work.revision += 1;
      work.revisions.push({ revision: work.revision, writes });
      for (const { key, item } of writes) {
        work.changes.set(key, item);
        if (isSystemKey(key)) work.system.push(key);
      }
    }
    work.answers.push({ id: command.id, answer });
    work.next += 1;
    work.ranges.length = 0;
    return writes.length;
  }

  /** The store, with what this slot has changed so far. */
  #view(work: Work): View {
    const { store } = this.#options;
    return {
      item: (key) => (work.changes.has(key) ? work.changes.get(key) : store.item(key)),
      scan: (range, limit) => scanOver(work, range, limit),
    };
  }

  #readRange(work: Work, read: RangeRead): void {
    const { store, onFailed, watchDisk } = this.#options;
    // A key that this slot deleted may still be in the store, so as many more are read.
    const limit = read.limit + work.changes.size;
    const unwatch = watchDisk();
    this.#wait((resume) => {
      store.keys({ ...read.range, limit }, (error, keys) => {
        unwatch();
        if (error !== undefined) {
          onFailed(error);
          return;
        }
        work.ranges.push({ ...read, keys });
        this.#options.defer(resume);
      });
    });
  }

  #wait(until: (resume: () => void) => void): void {
    this.#isWaiting = true;
    until(() => {
      this.#isWaiting = false;
      this.run();
    });
  }

  #finish(work: Work): void {
    const { store, onAnswer, onApplied } = this.#options;
    const { slot, command, revisions } = work;
    const change = { slot, timeMs: command.timeMs, revisions };
    store.apply({ ...change, ...stateOf(command) });
    this.#work = undefined;
    for (const { id, answer } of work.answers) onAnswer(id, slot, answer);
    onApplied(slot, work.system);
  }
}

/** What the slot says of who leads, and of the membership. */
function stateOf(command: Command): { ballot?: Ballot; membership?: Membership } {
  switch (command.type) {
    case 'noop':
      return { ballot: command.ballot };
    case 'stop':
      return { membership: command.membership };
    case 'batch':
      return {};
    default:
      return unreachable(command);
  }
}

/** The keys of the range, read before, with what the slot has added and deleted since. */
function scanOver(work: Work, range: KeyRange, limit: number): readonly Key[] {
  const read = work.ranges.find(
    (one) => one.range.start === range.start && one.range.end === range.end && one.limit >= limit,
  );
  if (read === undefined) throw new Error('a range was not read before it was looked at');
  const keys = new Set(read.keys);
  for (const [key, item] of work.changes) {
    if (!isInRange(key, range)) continue;
    if (item === undefined) keys.delete(key);
    else keys.add(key);
  }
  return [...keys].toSorted().slice(0, limit);
}
