/**
 * W5: banks. Money moves between two accounts by a transaction that puts both balances where both
 * are what was read before; all accounts are read at one revision, in one of three ways. The total
 * must never change.
 */
// oxlint-disable no-thenable -- the name is the API's, and none of these objects is awaited
import { checkBank } from '../../../src/verify/bank.ts';
import type { Outcome } from '../client.ts';
import type { Workload, WorkloadContext } from '../workload.ts';
import { endingOfWrite } from './answers.ts';
import {
  ACCOUNTS,
  balancesOf,
  readByList,
  readByTransaction,
  type Balances,
} from './bank-reads.ts';
import { checkEnough, checkPromise } from './history-check.ts';
import { USUAL_PACE, type Pace } from './pace.ts';
import { askAll, untilAnswered } from './reads.ts';
import { Rotation, type Used } from './rotation.ts';
import { requestOf, type Transaction } from './transaction.ts';
import { runWorkers, Worker } from './worker.ts';

const OPENING_BALANCE = 100;
/** All are opened before the run; when each had its turn, the first has another one. */
const BANKS = 64;
const EACH = { atOnce: 2, callsEach: 500, unknownEach: 40 };
const MAX_MOVED = 20;
const TRANSFERS = 0.7;
/** Of the reads; the others are lists. */
const BY_TRANSACTION = 0.4;
const PAGE_ITEMS = 2;
const LEAST = { transfer: 20, read: 50 };

export function bankWorkload(pace: Pace = USUAL_PACE): Workload {
  const name = `${pace.prefix}bank`;
  const banks = Array.from({ length: BANKS }, (_, number) => `${name}/${number}`);
  return {
    name,
    id: 'W5',
    title: 'The total of all accounts never changes',
    prepare: async (context) => {
      const worker = new Worker(context, 0);
      for (const bank of banks) await untilAnswered(() => open(worker, bank));
    },
    run: (context) => runBanks(context, banks, pace),
    finish: async (context) => {
      const used = new Set(context.recorder.events.map(({ key }) => key));
      await askAll(context, [...used], (worker, bank) => readByTransaction(worker, bank));
    },
    check: (events, isLenient) => [
      checkPromise(`${name}: the total stays`, checkBank(events)),
      checkEnough(events, { name, least: LEAST, pace, isLenient }),
    ],
  };
}

interface Bank extends Used {
  readonly name: string;
}

function runBanks(context: WorkloadContext, banks: readonly string[], pace: Pace): Promise<void> {
  const { random } = context;
  const rotation = new Rotation<Bank>({
    ...EACH,
    make: (number) => ({ name: banks[number % banks.length] ?? '', calls: 0, unknown: 0 }),
  });
  return runWorkers(context, { pace }, async (worker) => {
    const bank = rotation.draw(random, pace);
    const read = await readSomehow(worker, bank.name);
    const rich = Object.keys(read ?? {}).filter((name) => (read?.[name] ?? 0) > 0);
    if (read === undefined || rich.length === 0 || worker.isOver) return;
    if (!random.chance(TRANSFERS)) return;
    const outcome = await transfer(worker, bank.name, { read, from: random.pick(rich) });
    if (outcome.type === 'unknown') bank.unknown += 1;
  });
}

function open(worker: Worker, bank: string): Promise<Outcome> {
  const accounts = Object.fromEntries(ACCOUNTS.map((name) => [name, OPENING_BALANCE]));
  const transaction: Transaction = {
    then: ACCOUNTS.map((name) => ({ op: 'put', key: `${bank}/${name}`, value: OPENING_BALANCE })),
  };
  const call = { f: 'open', key: bank, value: { accounts } };
  // It may have to be asked for again: by one key, so that none comes late and opens the bank anew.
  const headers = { 'idempotency-key': `${bank}/open` };
  const request = requestOf(transaction);
  const once = { ...request, headers: { ...request.headers, ...headers } };
  return worker.call(call, once, endingOfWrite);
}

function transfer(
  worker: Worker,
  bank: string,
  { read, from }: { readonly read: Balances; readonly from: string },
): Promise<Outcome> {
  const { random } = worker.context;
  const to = random.pick(ACCOUNTS.filter((name) => name !== from));
  const before = { from: read[from] ?? 0, to: read[to] ?? 0 };
  const amount = random.between(1, Math.min(MAX_MOVED, before.from));
  const keys = { from: `${bank}/${from}`, to: `${bank}/${to}` };
  const transaction: Transaction = {
    if: [
      { key: keys.from, value: before.from },
      { key: keys.to, value: before.to },
    ],
    then: [
      { op: 'put', key: keys.from, value: before.from - amount },
      { op: 'put', key: keys.to, value: before.to + amount },
    ],
  };
  const call = { f: 'transfer', key: bank, value: { from, to, amount } };
  return worker.call(call, requestOf(transaction), endingOfWrite);
}

async function readSomehow(worker: Worker, bank: string): Promise<Balances | undefined> {
  const { random } = worker.context;
  if (!random.chance(BY_TRANSACTION)) {
    return readByList(worker, bank, random.pick([PAGE_ITEMS, ACCOUNTS.length]));
  }
  const outcome = await readByTransaction(worker, bank);
  return outcome.type === 'ok' ? balancesOf(outcome, bank) : undefined;
}
