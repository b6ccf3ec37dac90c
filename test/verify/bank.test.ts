import { describe, expect, it } from 'vitest';
import { checkBank } from '../../src/verify/bank.ts';
import type { HistoryEvent } from '../../src/verify/history.ts';
import { isRecord } from '../../src/verify/json.ts';
import { damaged, eventsOf, missedDamages, falseAlarm, kindsOf } from './reports.ts';
import { story } from './stories.ts';
import { pick, type Workload } from './workloads.ts';

const OPEN = '9 invoke open {"accounts":{"a":10,"b":10}} \n 9 ok open';
const MOVE = '0 invoke transfer {"from":"a","to":"b","amount":3}';
const read = (a: number, b: number) => `1 invoke read \n 1 ok read {"a":${a},"b":${b}}`;

describe('the checker of banks', () => {
  it.each([
    ['nothing', '', []],
    ['a bank where nothing moves', `${OPEN} \n ${read(10, 10)}`, []],
    [
      'a bank that was asked for again until it was open',
      `9 invoke open {"accounts":{"a":10,"b":10}} \n 9 info open \n ${OPEN} \n ${read(10, 10)}`,
      [],
    ],
    ['what may have moved', `${OPEN} \n ${MOVE} \n ${read(10, 10)} \n ${read(7, 13)}`, []],
    ['what was refused', `${OPEN} \n ${MOVE} \n 0 fail transfer \n ${read(10, 10)}`, []],
    ['half a transfer', `${OPEN} \n ${MOVE} \n ${read(7, 10)}`, ['wrongTotal']],
    ['a debt', `${OPEN} \n ${MOVE} \n ${read(-1, 21)}`, ['negative']],
    [
      'an account that is gone',
      `${OPEN} \n 1 invoke read \n 1 ok read {"a":20}`,
      ['wrongAccounts'],
    ],
    [
      'one that is another',
      `${OPEN} \n 1 invoke read \n 1 ok read {"a":10,"c":10}`,
      ['wrongAccounts'],
    ],
    [
      'what was moved, and is back',
      `${OPEN} \n ${MOVE} \n 0 ok transfer \n ${read(10, 10)}`,
      ['unexplained'],
    ],
    [
      'what was refused, and has moved',
      `${OPEN} \n ${MOVE} \n 0 fail transfer \n ${read(7, 13)}`,
      ['unexplained'],
    ],
    ['what moved twice', `${OPEN} \n ${MOVE} \n 0 ok transfer \n ${read(4, 16)}`, ['unexplained']],
  ])('of %s', (_, text, kinds) => {
    expect(kindsOf(checkBank(story(text)))).toEqual(kinds);
  });

  it.each([
    ['a bank that was never opened', read(10, 10)],
    ['one that may not have been', '9 invoke open {"accounts":{"a":1}} \n 9 info open'],
    ['one that is opened twice', `${OPEN} \n ${OPEN}`],
    ['a transfer to nobody', `${OPEN} \n 0 invoke transfer {"from":"a","to":"c","amount":3}`],
    ['a transfer of nothing', `${OPEN} \n 0 invoke transfer {"from":"a","to":"b","amount":0}`],
    ['a read of something else', `${OPEN} \n 1 invoke read \n 1 ok read {"a":"10"}`],
  ])('refuses %s', (_, text) => {
    expect(() => checkBank(story(text))).toThrow(/^event \d: /);
  });

  it('passes what true clients record, and fails it with one damage', () => {
    expect(falseAlarm(checkBank, (seed) => history(seed))).toBeUndefined();
    expect(missedDamages(checkBank, (seed) => moved(seed, { a: 1 }))).toEqual([]);
    expect(missedDamages(checkBank, (seed) => moved(seed, { a: 500, b: -500 }))).toEqual([]);
  });
});

const ACCOUNTS = { a: 1000, b: 1000, c: 5 };

function history(seed: number): readonly HistoryEvent[] {
  const call = { process: 99, f: 'open', key: 'bank', time: 0, value: { accounts: ACCOUNTS } };
  const opened = [
    { ...call, type: 'invoke' },
    { ...call, type: 'ok' },
  ] as const;
  return [...opened, ...eventsOf(seed, banks())];
}

/** In one read, some accounts hold more. */
function moved(seed: number, more: Readonly<Record<string, number>>) {
  return damaged(history(seed), seed, ({ f, value }) => {
    if (f !== 'read' || !isRecord(value)) return undefined;
    const balances = Object.entries(value);
    return Object.fromEntries(
      balances.map(([account, balance]) => [account, Number(balance) + (more[account] ?? 0)]),
    );
  });
}

function banks(): Workload {
  const balances = new Map<string, number>(Object.entries(ACCOUNTS));
  return {
    wish: (random) => {
      if (random(2) === 0) return { f: 'read', key: 'bank', value: null };
      const [from, to] = pick(random, [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'a'],
      ]);
      return { f: 'transfer', key: 'bank', value: { from, to, amount: 1 + random(5) } };
    },
    apply: (_, { f, value }) => {
      if (f === 'read') return { type: 'ok', value: Object.fromEntries(balances) };
      if (!isRecord(value)) throw new Error('a wish of another workload');
      const [from, to, amount] = [
        String(value['from']),
        String(value['to']),
        Number(value['amount']),
      ];
      const there = balances.get(from) ?? 0;
      if (there < amount) return { type: 'fail', value };
      balances.set(from, there - amount);
      balances.set(to, (balances.get(to) ?? 0) + amount);
      return { type: 'ok', value };
    },
    otherAnswer: (_random, _wish, answer) => answer,
  };
}
