/** All balances of a bank at one moment: by a transaction, or by a list, whole or page by page. */
// oxlint-disable no-thenable -- the name is the API's, and none of these objects is awaited
import { z } from 'zod';
import { WrongAnswer, type Answer, type Outcome } from '../client.ts';
import type { Ending } from '../recorder.ts';
import { endingOfWrite, jsonOf } from './answers.ts';
import { endingOf, requestOf, resultOf, type Transaction } from './transaction.ts';
import type { Worker } from './worker.ts';

export const ACCOUNTS = ['a', 'b', 'c', 'd', 'e'] as const;

export type Balances = Readonly<Record<string, number>>;

const pageSchema = z.looseObject({
  items: z.array(z.looseObject({ key: z.string(), value: z.string() })),
  next: z.string().nullable(),
});

export async function readByTransaction(worker: Worker, bank: string): Promise<Outcome> {
  const transaction = readingAll(bank);
  const call = { f: 'read', key: bank, value: null };
  return worker.call(call, requestOf(transaction), (outcome) =>
    outcome.type === 'ok'
      ? { type: 'ok', value: balancesOf(outcome, bank) }
      : endingOf(outcome, transaction),
  );
}

/** Of the answer to such a transaction. */
export function balancesOf(answer: Answer, bank: string): Balances {
  const { results } = resultOf(answer, readingAll(bank));
  const found = ACCOUNTS.map((name, index) => [name, results[index] ?? null] as const);
  return Object.fromEntries(found.flatMap(([name, one]) => (one === null ? [] : [[name, one]])));
}

/** Each page is asked for at a replica of its own; all of them are of the revision of the first. */
export async function readByList(
  worker: Worker,
  bank: string,
  pageItems: number,
): Promise<Balances | undefined> {
  const first = worker.draw();
  const end = worker.begin({ f: 'read', key: bank, value: null }, first);
  const balances: Record<string, number> = {};
  const query = new URLSearchParams({ prefix: `${bank}/`, limit: String(pageItems) });
  for (let replica = first; ; replica = worker.draw()) {
    const outcome = await replica.ask({ method: 'GET', path: `/v1/kv?${query.toString()}` });
    if (outcome.type !== 'ok') {
      end(endingOfList(outcome));
      return undefined;
    }
    const page = pageOf(outcome);
    for (const { key, value } of page.items) balances[key.slice(bank.length + 1)] = Number(value);
    if (page.next === null) break;
    query.set('cursor', page.next);
  }
  end({ type: 'ok', value: balances });
  return balances;
}

/** Where history is gone the list cannot go on: that says nothing of the balances. */
function endingOfList(outcome: Exclude<Outcome, { type: 'ok' }>): Ending {
  return outcome.type === 'refused'
    ? { type: 'fail', error: outcome.code }
    : endingOfWrite(outcome);
}

function pageOf({ body }: Answer): z.infer<typeof pageSchema> {
  const page = pageSchema.safeParse(jsonOf(body));
  if (!page.success) throw new WrongAnswer(`no page of a list: ${body}`);
  return page.data;
}

function readingAll(bank: string): Transaction {
  return { then: ACCOUNTS.map((name) => ({ op: 'get', key: `${bank}/${name}` })) };
}
