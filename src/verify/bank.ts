/**
 * Accounts between which money moves (docs/histories.md, `bank`): each read is of one moment, so the
 * total never changes, no balance is below 0, and each is what its transfers explain.
 */
import { attemptsOf, type Attempt } from './attempt.ts';
import type { HistoryEvent } from './history.ts';
import { isRecord, isWhole } from './json.ts';
import { byKey, hasFailed, isBefore, momentsOf, type Moment } from './moments.ts';
import { describeCall, refuseAnswer, refuseCall, Violations, type Report } from './report.ts';
import { Sums, type Sum } from './sums.ts';

const KINDS = ['wrongTotal', 'negative', 'wrongAccounts', 'unexplained'] as const;

type Balances = ReadonlyMap<string, number>;

interface Call {
  readonly attempt: Attempt;
  /** What it adds to each account. */
  readonly moves: Balances;
  /** What was read. */
  readonly read: Balances | undefined;
}

const NOTHING: Balances = new Map();

export function checkBank(events: readonly HistoryEvent[]): Report {
  const violations = new Violations(KINDS);
  const figures = { banks: 0, transfers: 0, acknowledged: 0, reads: 0 };
  for (const [name, attempts] of byKey(attemptsOf(events))) {
    const { accounts, others } = opened(attempts);
    const calls = others
      .map((attempt) => callOf(attempt, accounts))
      .filter(({ attempt }) => !hasFailed(attempt));
    const transfers = calls.filter(({ moves }) => moves.size > 0);
    figures.banks += 1;
    figures.transfers += transfers.length;
    figures.acknowledged += transfers.filter(({ attempt }) => attempt.ending !== undefined).length;
    figures.reads += calls.filter(({ read }) => read !== undefined).length;
    new Bank(name, accounts, violations).check(calls);
  }
  return violations.report(figures);
}

class Bank {
  readonly #name: string;
  readonly #total: number;
  readonly #accounts: Balances;
  readonly #violations: Violations<(typeof KINDS)[number]>;
  readonly #sums = new Map<string, Sums>();
  readonly #done = new Map<Call, ReadonlyMap<string, Sum>>();

  constructor(name: string, accounts: Balances, violations: Violations<(typeof KINDS)[number]>) {
    this.#name = `bank ${JSON.stringify(name)}`;
    this.#accounts = accounts;
    this.#violations = violations;
    this.#total = totalOf(accounts);
    for (const account of accounts.keys()) this.#sums.set(account, new Sums());
  }

  check(calls: readonly Call[]): void {
    for (const moment of momentsOf(calls)) this.#pass(moment);
  }

  #pass({ call, isEnd }: Moment<Call>): void {
    for (const [account, amount] of call.moves) {
      const sums = this.#sums.get(account);
      if (isEnd) sums?.end(amount);
      else sums?.begin(amount);
    }
    const { read } = call;
    if (read === undefined) return;
    if (isEnd) this.#look(call, read);
    else this.#done.set(call, new Map([...this.#sums].map(([name, sums]) => [name, sums.done()])));
  }

  #look(call: Call, read: Balances): void {
    const names = [...this.#accounts.keys()];
    if (read.size !== names.length || !names.every((name) => read.has(name))) {
      this.#add('wrongAccounts', call, `there are ${names.length} accounts, others are in`);
      return;
    }
    const total = totalOf(read);
    const below = [...read].find(([, balance]) => balance < 0);
    if (total !== this.#total) {
      this.#add('wrongTotal', call, `the total is ${this.#total}, but ${total} in`);
    } else if (below !== undefined) {
      this.#add('negative', call, `account ${JSON.stringify(below[0])} has ${below[1]} in`);
    } else this.#explain(call, read);
    this.#done.delete(call);
  }

  #explain(call: Call, read: Balances): void {
    const done = this.#done.get(call);
    for (const [account, balance] of read) {
      const before = done?.get(account);
      const sums = this.#sums.get(account);
      if (before === undefined || sums === undefined) continue;
      const { low, high } = sums.bounds(before);
      const first = this.#accounts.get(account) ?? 0;
      if (balance >= first + low && balance <= first + high) continue;
      const range = `${first + low} to ${first + high}`;
      const what = `account ${JSON.stringify(account)} has ${balance}, transfers explain ${range}, in`;
      this.#add('unexplained', call, what);
      return;
    }
  }

  #add(kind: (typeof KINDS)[number], { attempt }: Call, why: string): void {
    this.#violations.add(kind, attempt, () => `${this.#name}: ${why} ${describeCall(attempt)}`);
  }
}

/**
 * Throws where the bank is not opened before all else. What came of the tries before that need not be
 * known: a bank is opened once, however often it is asked for.
 */
function opened(attempts: readonly Attempt[]): {
  readonly accounts: Balances;
  readonly others: readonly Attempt[];
} {
  const at = attempts.findIndex(({ f, ending }) => f === 'open' && ending?.type === 'ok');
  const open = attempts[at];
  const others = attempts.slice(at + 1);
  const early =
    attempts.slice(0, Math.max(at, 0)).find(({ f }) => f !== 'open') ??
    others.find((attempt) => open !== undefined && !isBefore(open, attempt));
  if (open === undefined || early !== undefined) {
    throw new Error(`${(early ?? attempts[0])?.place}: the bank has not been opened yet`);
  }
  const { value } = open;
  const accounts = isRecord(value) ? balancesOf(value['accounts']) : undefined;
  return { accounts: accounts ?? refuseCall('a bank', open), others };
}

function callOf(attempt: Attempt, accounts: Balances): Call {
  const { f, value, ending } = attempt;
  if (f === 'read') {
    if (ending?.type !== 'ok') return { attempt, moves: NOTHING, read: undefined };
    return { attempt, moves: NOTHING, read: balancesOf(ending.value) ?? refuseAnswer(attempt) };
  }
  if (f !== 'transfer' || !isRecord(value)) return refuseCall('a bank', attempt);
  const { from, to, amount } = value;
  const isOne = typeof from === 'string' && typeof to === 'string' && from !== to;
  if (!isOne || !accounts.has(from) || !accounts.has(to) || !isWhole(amount) || amount <= 0) {
    return refuseCall('a bank', attempt);
  }
  const moves = new Map([[from, -amount] as const, [to, amount] as const]);
  return { attempt, moves, read: undefined };
}

/** `undefined` where not all are numbers. */
function balancesOf(value: unknown): Balances | undefined {
  if (!isRecord(value)) return undefined;
  const balances = new Map<string, number>();
  for (const [account, balance] of Object.entries(value)) {
    if (!isWhole(balance)) return undefined;
    balances.set(account, balance);
  }
  return balances;
}

function totalOf(balances: Balances): number {
  return [...balances.values()].reduce((sum, balance) => sum + balance, 0);
}
