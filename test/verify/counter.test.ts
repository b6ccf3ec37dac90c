import { describe, expect, it } from 'vitest';
import type { HistoryEvent } from '../../src/verify/history.ts';
import { checkCounter } from '../../src/verify/counter.ts';
import { eventsOf, missedDamages, falseAlarm, kindsOf } from './reports.ts';
import { story } from './stories.ts';
import type { Workload } from './workloads.ts';

const FIVE = '0 invoke add 5 \n 0 ok add 5';
const UNKNOWN = '2 invoke add 3 \n 2 info add 3';
const read = (value: number | null) => `1 invoke read \n 1 ok read ${value}`;

describe('the checker of counters', () => {
  it.each([
    ['nothing that was added', read(null), []],
    ['what was added', `${FIVE} \n ${read(5)}`, []],
    ['what may have been added', `${FIVE} \n ${UNKNOWN} \n ${read(5)} \n ${read(8)}`, []],
    ['what failed', `0 invoke add 5 \n 0 fail add 5 !refused \n ${read(0)}`, []],
    ['what goes down too', `${FIVE} \n 0 invoke add -2 \n 0 ok add {"after":3} \n ${read(3)}`, []],
    ['less than was added', `${FIVE} \n ${read(4)}`, ['low']],
    ['more than was added', `${FIVE} \n ${read(6)}`, ['high']],
    [
      'what failed, and is there',
      `0 invoke add 5 \n 0 fail add 5 !refused \n ${read(5)}`,
      ['high'],
    ],
    ['less than goes down', `0 invoke add -2 \n 0 ok add -2 \n ${read(-3)}`, ['low']],
    [
      'an add that answers too little',
      `${FIVE} \n 0 invoke add 1 \n 0 ok add {"after":1}`,
      ['low'],
    ],
    ['a number that goes back', `${FIVE} \n ${UNKNOWN} \n ${read(8)} \n ${read(5)}`, ['backward']],
    [
      'an add after which it is no more than before',
      `${UNKNOWN} \n ${read(3)} \n 0 invoke add 2 \n 0 ok add {"after":2}`,
      ['backward'],
    ],
    [
      'a number for two',
      '0 invoke add 1 \n 1 invoke add 1 \n 0 ok add {"after":1} \n 1 ok add {"after":1}',
      ['overlapping'],
    ],
    [
      'a number within a step',
      '0 invoke add 3 \n 2 invoke add 2 \n 1 invoke read \n 0 ok add {"after":3} \n 1 ok read 2',
      ['overlapping'],
    ],
    [
      'a step that nobody made',
      '0 invoke add 1 \n 1 invoke add 4 \n 0 ok add {"after":2} \n 2 invoke add 5 \n 1 ok add {"after":6}',
      ['unexplained'],
    ],
  ])('of %s', (_, text, kinds) => {
    expect(kindsOf(checkCounter(story(text)))).toEqual(kinds);
  });

  it('counts what it looked at', () => {
    const text = `${FIVE} \n ${UNKNOWN} \n ${read(5)} \n c: 1 invoke read`;
    expect(checkCounter(story(text)).counts).toEqual({
      counters: 2,
      adds: 2,
      acknowledged: 1,
      unknown: 1,
      reads: 1,
      low: 0,
      high: 0,
      backward: 0,
      overlapping: 0,
      unexplained: 0,
    });
  });

  it.each(['0 invoke add 0', '0 invoke add "1"', '0 invoke set 1', `0 invoke add 1 \n 0 ok add 2`])(
    'refuses %s',
    (text) => {
      expect(() => checkCounter(story(text))).toThrow(/^event \d: /);
    },
  );

  it('passes what true clients record', () => {
    expect(
      falseAlarm(checkCounter, (seed) => eventsOf(seed, counters({ answers: 'all' }))),
    ).toBeUndefined();
    expect(
      falseAlarm(checkCounter, (seed) =>
        eventsOf(seed, counters({ answers: 'some', goesDown: true })),
      ),
    ).toBeUndefined();
    expect(
      falseAlarm(checkCounter, (seed) => eventsOf(seed, counters({ answers: 'some' }))),
    ).toBeUndefined();
  });

  it('finds one add that was done twice, by the other adds and by a last read', () => {
    const known = { unknownPercent: 0, processes: 2 };
    expect(
      missedDamages(checkCounter, (seed) => {
        const workload = counters({ answers: 'all', twice: 4 });
        const events = eventsOf(seed, workload, known);
        const adds = events.filter(({ f }) => f === 'add');
        const answered = adds.filter(({ type }) => type === 'ok').length;
        return answered > 5 && answered * 2 === adds.length ? events : undefined;
      }),
    ).toEqual([]);
    expect(
      missedDamages(checkCounter, (seed) => {
        const workload = counters({ answers: 'none', twice: 2 });
        return [...eventsOf(seed, workload, known), ...lastRead(workload)];
      }),
    ).toEqual([]);
  });
});

function lastRead(workload: Workload): readonly HistoryEvent[] {
  const call = { process: 99, f: 'read', key: 'c', value: null, time: 1_000_000 };
  const { value } = workload.apply(new Map(), { f: 'read', key: 'c', value: null });
  return [
    { ...call, type: 'invoke' },
    { ...call, type: 'ok', value },
  ];
}

interface Options {
  readonly answers: 'all' | 'some' | 'none';
  readonly goesDown?: boolean;
  /** Which add is done twice. */
  readonly twice?: number;
}

function counters({ answers, goesDown = false, twice = 0 }: Options): Workload {
  let [sum, adds] = [0, 0];
  return {
    wish: (random) => {
      const amount = goesDown ? random(4) - 5 * random(2) : 1 + random(3);
      const isRead = random(3) === 0 || amount === 0;
      return { f: isRead ? 'read' : 'add', key: 'c', value: isRead ? null : amount };
    },
    apply: (_, { f, value }) => {
      if (f === 'read') return { type: 'ok', value: sum };
      adds += 1;
      sum += Number(value);
      const after = sum;
      if (adds === twice) sum += Number(value);
      const answersIt = answers === 'all' || (answers === 'some' && adds % 2 === 0);
      return { type: 'ok', value: answersIt ? { after } : value };
    },
    otherAnswer: (_random, _wish, answer) => answer,
  };
}
