/**
 * What clients did to one register, as a partial order: for each client its completed calls, in
 * order, and the call under way; each call remembers how many calls of every other client had
 * returned before it began. Two histories with the same order are the same.
 */
import type { Encoder } from '../encoding.ts';

/** One character; `NOTHING` before the first write. */
export type Value = string;
export const NOTHING: Value = '';

export interface RegisterCall {
  readonly input: { readonly type: 'write'; readonly value: Value } | { readonly type: 'read' };
  /** Completed calls of each client when this one began, by the client's place. */
  readonly after: readonly number[];
  /** What a read returned; `undefined`: under way, or a write. */
  readonly output: Value | undefined;
}

export interface ClientHistory {
  readonly completed: readonly RegisterCall[];
  readonly underWay: RegisterCall | undefined;
}

/** By the client's place. */
export type RegisterHistory = readonly ClientHistory[];

export function emptyHistory(clients: number): RegisterHistory {
  return Array.from({ length: clients }, () => ({ completed: [], underWay: undefined }));
}

export function invoke(
  history: RegisterHistory,
  client: number,
  input: RegisterCall['input'],
): RegisterHistory {
  const after = history.map(({ completed }, place) => (place === client ? 0 : completed.length));
  return history.map((one, place) =>
    place === client ? { ...one, underWay: { input, after, output: undefined } } : one,
  );
}

export function complete(
  history: RegisterHistory,
  client: number,
  output: Value | undefined,
): RegisterHistory {
  return history.map((one, place) => {
    if (place !== client || one.underWay === undefined) return one;
    const call = { ...one.underWay, output };
    return { completed: [...one.completed, call], underWay: undefined };
  });
}

/** Whether some order of the calls explains every answer; a call under way may count or not. */
export function isLinearizable(history: RegisterHistory): boolean {
  return canGoOn(
    history,
    history.map(() => 0),
    NOTHING,
  );
}

/** `taken`: how many calls of each client stand in the order so far. */
function canGoOn(history: RegisterHistory, taken: readonly number[], value: Value): boolean {
  if (history.every(({ completed }, client) => (taken[client] ?? 0) >= completed.length)) {
    return true;
  }
  return history.some(({ completed, underWay }, client) => {
    const position = taken[client] ?? 0;
    const call = position < completed.length ? completed[position] : undefined;
    const next = call ?? (position === completed.length ? underWay : undefined);
    if (next === undefined || !next.after.every((count, other) => (taken[other] ?? 0) >= count)) {
      return false;
    }
    const isWrong = next.input.type === 'read' && call !== undefined && call.output !== value;
    if (isWrong) return false;
    const after = taken.map((count, other) => (other === client ? count + 1 : count));
    return canGoOn(history, after, next.input.type === 'write' ? next.input.value : value);
  });
}

export function encodeHistory(history: RegisterHistory, into: Encoder): void {
  for (const { completed, underWay } of history) {
    into.number(completed.length);
    for (const call of completed) encodeCall(call, into);
    into.number(underWay === undefined ? 0 : 1);
    if (underWay !== undefined) encodeCall(underWay, into);
  }
}

function encodeCall({ input, after, output }: RegisterCall, into: Encoder): void {
  into.number(input.type === 'read' ? 0 : 1 + (input.value.codePointAt(0) ?? 0));
  for (const count of after) into.number(count);
  into.number(output === undefined ? 0 : 1 + (output.codePointAt(0) ?? 0));
}
