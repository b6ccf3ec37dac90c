/**
 * Transactions on keys that hold whole numbers, in the words of histories (docs/histories.md), as
 * requests, and back.
 */
// oxlint-disable no-thenable -- the name is the API's, and none of these objects is awaited
import { z } from 'zod';
import { unreachable } from '../../../src/kv/unreachable.ts';
import { WrongAnswer, type Answer, type Outcome, type Request } from '../client.ts';
import type { Ending } from '../recorder.ts';
import { endingOfWrite, JSON_BODY, jsonOf } from './answers.ts';

export type Guard = { readonly key: string; readonly op?: '!=' } & (
  | { readonly value: number }
  | { readonly exists: boolean }
);

export type Action =
  | { readonly op: 'get' | 'delete'; readonly key: string }
  | { readonly op: 'put'; readonly key: string; readonly value: number }
  | { readonly op: 'incr'; readonly key: string; readonly incr: number };

export interface Transaction {
  readonly if?: readonly Guard[];
  readonly then?: readonly Action[];
  readonly else?: readonly Action[];
}

/** One result for each action of the branch that was taken; null where it tells nothing. */
export interface TransactionResult {
  readonly succeeded: boolean;
  readonly results: readonly (number | null)[];
  readonly revision: number;
}

const answerSchema = z.looseObject({
  succeeded: z.boolean(),
  revision: z.number(),
  results: z.array(z.unknown()),
});
const itemSchema = z.looseObject({ value: z.string() }).nullable();
const sumSchema = z.looseObject({ value: z.number() });
const deletedSchema = z.looseObject({ deleted: z.number() });

export function requestOf(transaction: Transaction): Request {
  const guards = transaction.if?.map((guard) =>
    'value' in guard ? { ...guard, value: String(guard.value) } : guard,
  );
  const body = JSON.stringify({
    if: guards,
    then: transaction.then?.map(textAction),
    else: transaction.else?.map(textAction),
  });
  return { method: 'POST', path: '/v1/txn', headers: JSON_BODY, body };
}

export function endingOf(outcome: Outcome, transaction: Transaction): Ending {
  if (outcome.type !== 'ok') return endingOfWrite(outcome);
  const { succeeded, results } = resultOf(outcome, transaction);
  return { type: 'ok', value: { succeeded, results } };
}

export function resultOf({ body }: Answer, transaction: Transaction): TransactionResult {
  const parsed = answerSchema.safeParse(jsonOf(body));
  if (!parsed.success) throw new WrongAnswer(`not of a transaction: ${body}`);
  const { succeeded, results, revision } = parsed.data;
  const actions = (succeeded ? transaction.then : transaction.else) ?? [];
  if (results.length !== actions.length) throw new WrongAnswer(`not one for each: ${body}`);
  return {
    succeeded,
    revision,
    results: actions.map((action, index) => numberOf(action, results[index])),
  };
}

function textAction(action: Action): object {
  return action.op === 'put' ? { ...action, value: String(action.value) } : action;
}

function numberOf({ op, key }: Action, result: unknown): number | null {
  try {
    switch (op) {
      case 'get': {
        const item = itemSchema.parse(result);
        return item === null ? null : Number(item.value);
      }
      case 'incr':
        return sumSchema.parse(result).value;
      case 'delete':
        return deletedSchema.parse(result).deleted;
      case 'put':
        return null;
      default:
        return unreachable(op);
    }
  } catch (error) {
    throw new WrongAnswer(`no result of ${op} ${key}: ${JSON.stringify(result)}`, { cause: error });
  }
}
