import { describe, expect, it } from 'vitest';
import { checkSet } from '../../src/verify/set.ts';
import {
  answeredBefore,
  damaged,
  eventsOf,
  missedDamages,
  falseAlarm,
  kindsOf,
} from './reports.ts';
import { story } from './stories.ts';
import { pick, type Workload } from './workloads.ts';

const ADDED = '0 invoke add 1 \n 0 ok add 1';

describe('the checker of sets', () => {
  it.each([
    ['nothing', '', []],
    [
      'an element that an unknown add may have added',
      '0 invoke add 1 \n 0 info add 1 \n 1 invoke read \n 1 ok read [1]',
      [],
    ],
    [
      'one that such an add may add later',
      '0 invoke add 1 \n 0 info add 1 \n 1 invoke read \n 1 ok read [] \n 1 invoke read \n 1 ok read [1]',
      [],
    ],
    [
      'a read that began before the add was answered',
      '0 invoke add 1 \n 1 invoke read \n 0 ok add 1 \n 1 ok read []',
      [],
    ],
    ['null for nothing', '1 invoke read \n 1 ok read null', []],
    ['an element that is lost', `${ADDED} \n 1 invoke read \n 1 ok read []`, ['lost']],
    [
      'one that is back at last',
      `${ADDED} \n 1 invoke read \n 1 ok read [] \n 1 invoke read \n 1 ok read [1]`,
      ['stale'],
    ],
    [
      'one that was only ever seen, and is lost',
      '0 invoke add 1 \n 0 info add 1 \n 1 invoke read \n 1 ok read [1] \n 2 invoke read \n 2 ok read []',
      ['lost'],
    ],
    ['an element twice', `${ADDED} \n 1 invoke read \n 1 ok read [1,1]`, ['duplicated']],
    ['one that nobody added', '1 invoke read \n 1 ok read [7]', ['unexpected']],
    [
      'one that was added later',
      '1 invoke read \n 1 ok read [1] \n 0 invoke add 1 \n 0 ok add 1',
      ['unexpected'],
    ],
    [
      'one whose add failed',
      '0 invoke add 1 \n 0 fail add 1 \n 1 invoke read \n 1 ok read [1]',
      ['unexpected'],
    ],
    [
      'two reads that cannot both be',
      '0 invoke add 1 \n 1 invoke add 2 \n 2 invoke read \n 3 invoke read \n 2 ok read [1] \n 3 ok read [2]',
      ['torn'],
    ],
  ])('of %s', (_, text, kinds) => {
    expect(kindsOf(checkSet(story(text)))).toEqual(kinds);
  });

  it('counts what it looked at, and what nobody looked for', () => {
    const text = `${ADDED} \n 1 invoke read \n 1 ok read [1] \n 0 invoke add 2 \n 0 ok add 2`;
    expect(checkSet(story(`${text} \n s: 3 invoke add 1`)).counts).toMatchObject({
      sets: 2,
      adds: 3,
      acknowledged: 2,
      reads: 1,
      neverRead: 1,
      lost: 0,
    });
  });

  it('says which calls show it', () => {
    const [finding] = checkSet(story(`${ADDED} \n 1 invoke read \n 1 ok read []`)).findings;
    expect(finding).toEqual({
      text: 'lost: set "k": 1, known from process 0: add 1 (events 1 to 2), is absent from process 1: read -> [] (events 3 to 4)',
      atUs: 2,
      process: 1,
    });
  });

  it.each([
    ['another call', '0 invoke pop'],
    ['an element that is no number', '0 invoke add "a"'],
    ['an element a second time', `${ADDED} \n 0 invoke add 1`],
    ['a read of something else', '1 invoke read \n 1 ok read {}'],
  ])('refuses %s', (_, text) => {
    expect(() => checkSet(story(text))).toThrow(/^event \d: /);
  });

  it('passes what true clients record, and fails it with one damage', () => {
    expect(falseAlarm(checkSet, (seed) => eventsOf(seed, sets()))).toBeUndefined();
    expect(
      missedDamages(checkSet, (seed) => {
        const events = eventsOf(seed, sets());
        return damaged(events, seed, ({ f, key, value }, _, at) => {
          const known = answeredBefore(events, at).find((e) => e.f === 'add' && e.key === key);
          if (f !== 'read' || !Array.isArray(value) || known === undefined) return undefined;
          return value.filter((element) => element !== known.value);
        });
      }),
    ).toEqual([]);
  });
});

function sets(): Workload {
  let last = 0;
  const there = new Map<string, number[]>([
    ['a', []],
    ['b', []],
  ]);
  return {
    wish: (random) => {
      const key = pick(random, ['a', 'b']);
      return random(2) === 0 ? { f: 'read', key, value: null } : { f: 'add', key, value: ++last };
    },
    apply: (_, { f, key, value }) => {
      const elements = there.get(key) ?? [];
      if (f === 'read') return { type: 'ok', value: [...elements] };
      elements.push(Number(value));
      return { type: 'ok', value };
    },
    otherAnswer: (_random, _wish, answer) => answer,
  };
}
