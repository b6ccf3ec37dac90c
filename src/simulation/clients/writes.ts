/**
 * The writes of all clients, and what became of each (I14): what was answered stands in the slot
 * that the answer names, with the answer that the model gives there; what was refused never happens;
 * nothing happens twice.
 *
 * A put bears its number in its content type, so that its value can be anything, others in a
 * condition that is always met; deletes of a range, and what is asked of leases and locks, cannot be
 * told apart, and are counted.
 */
import type { Answer } from '../../kv/answer.ts';
import type { Operation } from '../../kv/operation.ts';
import type { Guard, Transaction } from '../../kv/transaction.ts';
import { isLeaseOperation } from '../../kv/lease-codec.ts';
import type { ReplicaId } from '../../paxos/ballot.ts';
import type { Slot } from '../../paxos/command.ts';
import type { WriteOutcome } from '../../replica/api.ts';
import type { CommandOfSlot } from '../ghost/chosen-log.ts';
import type { Ghost } from '../ghost/ghost.ts';
import { violate } from '../ghost/invariant.ts';
import { operationText } from '../message-body.ts';
import { numberOfPut } from './content.ts';
import { isSameAnswer, isSameOperation } from './same-answer.ts';

/** No key ever has such a revision. */
const MARK = 1_000_000_000;

export interface Write {
  readonly number: number;
  readonly operation: Operation;
  readonly invoked: number;
  /** Undefined: the client does not know when, or what came of it. */
  returned: number | undefined;
  outcome: WriteOutcome | undefined;
}

export class Writes {
  readonly #ghost: Pick<Ghost, 'log' | 'highestApplied'>;
  readonly #writes: Write[] = [];
  /** Of those that are alike, such as were answered, by the ids of their commands. */
  readonly #claimed = new Set<string>();

  constructor(ghost: Pick<Ghost, 'log' | 'highestApplied'>) {
    this.#ghost = ghost;
  }

  get all(): readonly Write[] {
    return this.#writes;
  }

  /** What is asked, marked as nobody else's; `invoked`: its place among all events of clients. */
  add(make: (number: number) => Operation, invoked: number): Write {
    const number = this.#writes.length;
    const operation = make(number);
    const write: Write = {
      number,
      operation,
      invoked,
      returned: undefined,
      outcome: undefined,
    };
    this.#writes.push(write);
    return write;
  }

  settle(write: Write, at: ReplicaId, outcome: WriteOutcome): void {
    const text = nameOf(write, at);
    if (write.outcome !== undefined) violate('I14: one answer for each request', text);
    write.outcome = outcome;
    if (outcome.type === 'applied') this.#checkApplied(write, outcome, text);
  }

  #checkApplied(
    write: Write,
    { answer, slot }: Extract<WriteOutcome, { readonly type: 'applied' }>,
    text: string,
  ): void {
    const found = this.#find(write, slot, answer);
    if (found === undefined) violate('I14: what is answered is chosen', `${text}, slot ${slot}`);
    if (slot > this.#ghost.highestApplied) {
      violate('I14: what is answered is applied', `${text}, slot ${slot}`);
    }
    if (!isSameOperation(found.command.operation, write.operation)) {
      violate('I14: what is chosen is what was asked', `${text}, slot ${slot}`);
    }
    if (!isSameAnswer(answer, found.answer)) {
      const told = `${answer.type} ${answer.revision}`;
      const meant = `${found.answer.type} ${found.answer.revision}`;
      violate('I14: the answer is that of its slot', `${text}, slot ${slot}: ${told}, ${meant}`);
    }
  }

  /** Of several that are alike in a slot, the one with this answer is meant. */
  #find({ number, operation }: Write, slot: Slot, answer: Answer): CommandOfSlot | undefined {
    const commands = this.#ghost.log.resultOf(slot)?.commands ?? [];
    if (!isAlike(operation)) {
      return commands.find(({ command }) => numberOf(command.operation) === number);
    }
    const alike = commands.filter(
      ({ command }) =>
        isSameOperation(command.operation, operation) && !this.#claimed.has(command.id),
    );
    const found = alike.find((each) => isSameAnswer(answer, each.answer)) ?? alike[0];
    if (found !== undefined) this.#claimed.add(found.command.id);
    return found;
  }

  /** At the end: what was refused never happened, and nothing happened twice. */
  checkAll(): void {
    const counts = new Map<number, number>();
    const ranges = new Map<string, number>();
    for (const { commands } of this.#ghost.log.results()) {
      for (const { command } of commands) {
        const { operation } = command;
        const number = numberOf(operation);
        if (number !== undefined) counts.set(number, (counts.get(number) ?? 0) + 1);
        if (isAlike(operation)) add(ranges, operationText(operation), 1);
      }
    }
    for (const write of this.#writes) this.#checkCount(write, counts, ranges);
    for (const [text, surplus] of ranges) {
      if (surplus > 0) violate('I14: nothing happens that nobody asked', text);
    }
  }

  #checkCount(
    write: Write,
    counts: ReadonlyMap<number, number>,
    ranges: Map<string, number>,
  ): void {
    const { number, operation, outcome } = write;
    const text = `write ${number}`;
    if (isAlike(operation)) {
      if (outcome?.type !== 'notApplied') add(ranges, operationText(operation), -1);
      return;
    }
    const count = counts.get(number) ?? 0;
    if (count > 1) violate('I14: a command gets one slot', text);
    if (outcome?.type === 'notApplied' && count > 0) {
      violate('I14: what is refused never happens', text);
    }
    if (outcome?.type === 'applied' && count === 0) {
      violate('I14: no acknowledged write is lost', text);
    }
  }
}

/** What ends by its time is ordered by leaders, as often as they like. */
function isAlike(operation: Operation): boolean {
  if (operation.type === 'deleteRange') return true;
  return isLeaseOperation(operation) && operation.type !== 'expire';
}

export function markedRevision(number: number): number {
  return MARK + number;
}

/** Of any write of a client that can be told from all others. */
export function numberOf(operation: Operation): number | undefined {
  if (operation.type === 'put') return numberOfPut(operation);
  if (operation.type === 'deleteRange' || isLeaseOperation(operation)) return undefined;
  if (operation.type === 'transaction') return numberOfTransaction(operation);
  const revisions = operation.condition?.ifNoneMatch;
  const mark = typeof revisions === 'object' ? revisions.at(-1) : undefined;
  return mark === undefined || mark < MARK ? undefined : mark - MARK;
}

/** It bears its number in its first guard, which always holds. */
export function marking(number: number): Guard {
  return { type: 'revision', key: 'k1', comparison: '!=', operand: MARK + number };
}

function numberOfTransaction({ guards: [first] }: Transaction): number | undefined {
  if (first?.type !== 'revision' || first.operand < MARK) return undefined;
  return first.operand - MARK;
}

function nameOf({ number, operation }: Write, at: ReplicaId): string {
  return `write ${number}, a ${operation.type}, at replica ${at}`;
}

function add(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}
