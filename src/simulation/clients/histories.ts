/**
 * The clients' calls as a history that the checker of linearizability understands (I16): each key a
 * register, each put a value of its own, `null` an absent key. An answer that tells what was there
 * before, makes of a write a compare-and-set; a condition that failed, a read.
 *
 * Of a write whose client was told nothing, the log tells whether it happened, and as what. The
 * history then holds that, still without an end: an order that explains such a history explains what
 * the clients saw too, and there are far fewer orders to try than where hundreds may or may not have
 * happened. A read of what the log does not hold has no explanation at all.
 */
import type { Answer, TransactionDone } from '../../kv/answer.ts';
import { isLeaseOperation } from '../../kv/lease-codec.ts';
import type { Delete, Increment, Put } from '../../kv/operation.ts';
import type { Transaction } from '../../kv/transaction.ts';
import type { Slot } from '../../paxos/command.ts';
import type { HistoryEvent } from '../../verify/history.ts';
import { checkHistory } from '../../verify/linearizability.ts';
import { registerModel } from '../../verify/register.ts';
import type { Ghost } from '../ghost/ghost.ts';
import { violate } from '../ghost/invariant.ts';
import { contentName } from './content.ts';
import { TouchedKeys } from './touched-keys.ts';
import { numberOf, type Write } from './writes.ts';

/** What a key held when it was read. */
export interface ReadCall {
  readonly key: string;
  readonly invoked: number;
  readonly returned: number;
  readonly value: string | null;
}

/** A call on one key, as a register sees it. */
interface RegisterCall {
  readonly key: string;
  readonly f: 'read' | 'write' | 'cas';
  readonly value: unknown;
  readonly invoked: number;
  /** Undefined: nobody knows whether it happened. */
  readonly returned: number | undefined;
  readonly result: unknown;
}

const SEARCH_LIMITS = { maxSteps: 3_000_000, maxMemoryBytes: 256 * 1024 * 1024 };

export class Histories {
  readonly #ghost: Pick<Ghost, 'log'>;
  readonly #keys: readonly string[];

  constructor(ghost: Pick<Ghost, 'log'>, keys: readonly string[]) {
    this.#ghost = ghost;
    this.#keys = keys;
  }

  /**
   * Throws where no order of the calls explains the answers. Whether the search came to an end: else
   * it found neither an order nor that there is none.
   */
  check(
    writes: readonly Write[],
    reads: readonly ReadCall[],
    firstApplied: (slot: Slot) => number | undefined,
  ): boolean {
    const happened = this.#happened();
    const calls = reads.map((read): RegisterCall => {
      return { ...read, f: 'read', value: null, result: read.value };
    });
    for (const write of writes) calls.push(...this.#callsOf(write, happened));
    calls.push(...this.#endings(firstApplied));
    const verdict = checkHistory(eventsOf(calls), registerModel, SEARCH_LIMITS);
    if (verdict.type !== 'notLinearizable') return verdict.type === 'linearizable';
    return violate('I16: the history is linearizable', verdict.findings.join('\n'));
  }

  /** What went with leases, and with time: nobody saw it before it was applied anywhere. */
  #endings(firstApplied: (slot: Slot) => number | undefined): readonly RegisterCall[] {
    const calls: RegisterCall[] = [];
    for (const { commands, revisions, slot } of this.#ghost.log.results()) {
      const returned = firstApplied(slot);
      if (returned === undefined) continue;
      const invoked = firstApplied(slot - 1) ?? 0;
      for (const { command, made } of commands) {
        if (!isLeaseOperation(command.operation)) continue;
        const change = revisions.find(({ revision }) => revision === made);
        for (const { key } of change?.writes ?? []) {
          calls.push({ key, invoked, returned, ...writeOf(null) });
        }
      }
    }
    return calls;
  }

  /** The answers that the log gives, by the numbers of the writes that it holds. */
  #happened(): ReadonlyMap<number, Answer> {
    const happened = new Map<number, Answer>();
    for (const { commands } of this.#ghost.log.results()) {
      for (const { answer, command } of commands) {
        const number = numberOf(command.operation);
        if (number !== undefined) happened.set(number, answer);
      }
    }
    return happened;
  }

  #callsOf(write: Write, happened: ReadonlyMap<number, Answer>): readonly RegisterCall[] {
    const { operation, outcome, returned } = write;
    if (outcome?.type === 'notApplied') return [];
    const answer = outcome?.type === 'applied' ? outcome.answer : undefined;
    if (answer !== undefined && isNothing(answer)) return [];
    const { invoked } = write;
    const isKnown = answer !== undefined && returned !== undefined;
    const span = { invoked, returned: isKnown ? returned : undefined };
    const meant = isKnown ? answer : happened.get(write.number);
    if (operation.type === 'transaction') {
      return meant?.type === 'transaction' ? this.#transactionCalls(operation, meant, span) : [];
    }
    if (isLeaseOperation(operation)) return [];
    if (operation.type === 'deleteRange') {
      const isEmpty = isKnown && answer.type === 'deleted' && answer.deleted === 0;
      return this.#keys
        .filter((key) => key.startsWith(operation.prefix))
        .map((key) => ({ key, ...span, ...(isEmpty ? readOf(null) : writeOf(null)) }));
    }
    const effect = meant === undefined ? undefined : this.#effect(operation, meant);
    return effect === undefined ? [] : [{ key: operation.key, ...span, ...effect }];
  }

  /** What an answer tells. */
  #effect(operation: Put | Delete | Increment, answer: Answer): Effect | undefined {
    const next = operation.type === 'put' ? contentName(operation) : null;
    switch (answer.type) {
      case 'put':
        if (answer.created) return casOf(null, next);
        return answer.prev ? casOf(contentName(answer.prev), next) : writeOf(next);
      case 'deleted':
        return answer.prev ? casOf(contentName(answer.prev), next) : writeOf(next);
      case 'incremented': {
        const { created, key, revision } = answer;
        const before = created ? null : this.#heldAt(key, revision - 1);
        return casOf(before, this.#heldAt(key, revision));
      }
      case 'absent':
        return readOf(null);
      case 'conditionFailed':
        return readOf(this.#valueAt(operation.key, answer.current));
      default:
        return undefined;
    }
  }

  /** What each key was before, as far as the answer tells, and what it was afterwards. */
  #transactionCalls(
    transaction: Transaction,
    { results, revision, succeeded }: TransactionDone,
    span: Pick<RegisterCall, 'invoked' | 'returned'>,
  ): readonly RegisterCall[] {
    const actions = succeeded ? transaction.whenMet : (transaction.otherwise ?? []);
    const touched = new TouchedKeys(this.#keys);
    for (const [at, result] of results.entries()) {
      const action = actions[at];
      if (action !== undefined) touched.see(action, result);
    }
    return touched.all.map(([key, { isWritten, before }]) => {
      const after = isWritten ? this.#heldAt(key, revision) : undefined;
      return { key, ...span, ...effectOf(before, after) };
    });
  }

  #heldAt(key: string, revision: number): string | null {
    const item = this.#ghost.log.model.itemAt(key, revision);
    return item === undefined ? null : contentName(item);
  }

  /** What a client that saw this revision of the key has read. */
  #valueAt(key: string, revision: number | undefined): string | null {
    if (revision === undefined) return null;
    const item = this.#ghost.log.model.itemAt(key, revision);
    return item?.revision === revision ? contentName(item) : `nothing at ${revision}`;
  }
}

/** It did nothing, and tells nothing: a replay tells of the first attempt, which is in the history. */
function isNothing({ type }: Answer): boolean {
  return [
    'tooManyKeys',
    'leaseGone',
    'staleFence',
    'replayed',
    'onceMismatch',
    'onceFull',
  ].includes(type);
}

type Effect = Pick<RegisterCall, 'f' | 'value' | 'result'>;

/** `undefined`: nothing is known of it, or nothing was done to it. */
function effectOf(before: string | null | undefined, after: string | null | undefined): Effect {
  if (after === undefined) return readOf(before ?? null);
  return before === undefined ? writeOf(after) : casOf(before, after);
}

function readOf(result: string | null): Effect {
  return { f: 'read', value: null, result };
}

function writeOf(value: string | null): Effect {
  return { f: 'write', value, result: value };
}

function casOf(before: string | null, next: string | null): Effect {
  return { f: 'cas', value: [before, next], result: [before, next] };
}

/** Each call has a process of its own, so that one without an end keeps nobody back. */
function eventsOf(calls: readonly RegisterCall[]): readonly HistoryEvent[] {
  const events: HistoryEvent[] = [];
  for (const [process, { key, f, value, invoked, returned, result }] of calls.entries()) {
    events.push({ process, type: 'invoke', f, key, value, time: invoked });
    if (returned !== undefined) {
      events.push({ process, type: 'ok', f, key, value: result, time: returned });
    }
  }
  return events.toSorted((a, b) => a.time - b.time);
}
