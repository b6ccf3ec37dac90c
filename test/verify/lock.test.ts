import { describe, expect, it } from 'vitest';
import type { HistoryEvent } from '../../src/verify/history.ts';
import { isRecord } from '../../src/verify/json.ts';
import { checkLock } from '../../src/verify/lock.ts';
import { missedDamages, falseAlarm, kindsOf } from './reports.ts';
import { lockWorld } from './lock-world.ts';
import { story } from './stories.ts';

/** As `story`, with the ms in front of each line. */
function timed(text: string): readonly HistoryEvent[] {
  const lines = text.split('\n').map((line) => line.trim());
  const kept = lines.filter((line) => line !== '');
  const times = kept.map((line) => Number(line.split(' ')[0]) * 1000);
  const events = story(kept.map((line) => line.slice(line.indexOf(' '))).join('\n'));
  return events.map((event, index) => ({ ...event, time: times[index] ?? 0 }));
}

const FIRST = `0 0 invoke acquire {"ttlMs":1000} \n 10 0 ok acquire {"fence":7}`;
const second = (ms: number, fence = 9) =>
  `20 1 invoke acquire {"ttlMs":1000} \n ${ms} 1 ok acquire {"fence":${fence}}`;
const under = (ms: number, f: string, type: string, more = '', fence = 7) =>
  `${ms} 0 invoke ${f} {"fence":${fence}} \n ${ms + 5} 0 ${type} ${f} null ${more}`;

const GRANT = `0 2 invoke grant {"ttlMs":500} \n 5 2 ok grant
  10 2 invoke attach "a" \n 15 2 ok attach`;
const lease = (ms: number, f: string, type: string, more = '') =>
  `${ms} 2 invoke ${f} \n ${ms + 5} 2 ${type} ${f} ${more}`;
const present = (ms: number, is: boolean) =>
  `${ms} 3 invoke present "a" \n ${ms + 5} 3 ok present ${is}`;

describe('the checker of locks', () => {
  it.each([
    ['nothing', '', []],
    ['a lock that goes on when its time is up', `${FIRST} \n ${second(960)}`, []],
    [
      'one that was given back',
      `${FIRST} \n ${under(30, 'release', 'ok')} \n ${second(40)}`.replace('20 1', '36 1'),
      [],
    ],
    [
      'one that may have been given back',
      `${FIRST} \n ${under(30, 'release', 'info')} \n ${second(40)}`.replace('20 1', '36 1'),
      [],
    ],
    [
      'one whose renewal failed',
      `${FIRST} \n ${second(1100)} \n ${under(1200, 'renew', 'fail')} \n ${under(1300, 'write', 'fail')}`,
      [],
    ],
    [
      'one whose holder is not heard of any more',
      `0 0 invoke acquire {"ttlMs":1000} \n ${second(40)}`,
      [],
    ],
    [
      'one that others wait for in vain',
      `${FIRST} \n 20 1 invoke acquire {"ttlMs":1000} \n 30 1 fail acquire`,
      [],
    ],
    ['one that goes on too early', `${FIRST} \n ${second(900)}`, ['early']],
    [
      'one that goes on though it was renewed',
      `${FIRST} \n ${under(500, 'renew', 'ok')} \n ${second(1400)}`.replace('20 1', '506 1'),
      ['early'],
    ],
    [
      'one that goes on though it could not be given back',
      `${FIRST} \n ${under(30, 'release', 'fail', '!busy')} \n ${second(40)}`.replace(
        '20 1',
        '36 1',
      ),
      ['early'],
    ],
    ['a write that is refused too early', `${FIRST} \n ${under(500, 'write', 'fail')}`, ['early']],
    [
      'a write that is refused as the server is busy',
      `${FIRST} \n ${under(500, 'write', 'fail', '!busy')}`,
      [],
    ],
    [
      'an older fence that writes',
      `${FIRST} \n ${second(1100)} \n ${under(1200, 'write', 'ok')}`,
      ['late'],
    ],
    [
      'one that writes while the lock goes on',
      `${FIRST} \n 20 1 invoke acquire {"ttlMs":1000} \n 1090 0 invoke write {"fence":7} \n 1100 1 ok acquire {"fence":9} \n 1110 0 ok write {}`,
      [],
    ],
    [
      'an older fence that is renewed',
      `${FIRST} \n ${second(1100)} \n ${under(1200, 'renew', 'ok')}`,
      ['late'],
    ],
    [
      'a fence that writes when it was given back',
      `${FIRST} \n ${under(30, 'release', 'ok')} \n ${under(40, 'write', 'ok')}`,
      ['late'],
    ],
    [
      'a fence that writes when it was refused',
      `${FIRST} \n ${under(1030, 'write', 'fail')} \n ${under(1040, 'write', 'ok')}`,
      ['late'],
    ],
    ['a fence that falls', `${FIRST} \n ${second(1100, 5)}`.replace('20 1', '1050 1'), ['fences']],
    [
      'a fence for two',
      `0 0 invoke acquire {"ttlMs":1000} \n 1 1 invoke acquire {"ttlMs":1000} \n 2 0 ok acquire {"fence":7} \n 3 1 ok acquire {"fence":7}`,
      ['fences'],
    ],
    ['a fence for nobody', `${FIRST} \n ${under(30, 'write', 'ok', '', 8)}`, ['early', 'fences']],
    [
      'one that an unknown acquire may have got',
      `0 1 invoke acquire {"ttlMs":1000} \n 1 1 info acquire \n ${under(30, 'write', 'ok', '', 8)}`,
      [],
    ],
  ])('of %s', (_, text, kinds) => {
    expect(kindsOf(checkLock(timed(text)))).toEqual(kinds);
  });

  it('takes locks for what they are, each alone', () => {
    const other = `30 1 invoke acquire {"ttlMs":1000} \n 40 1 ok acquire {"fence":9}`;
    const events = timed(`${FIRST} \n ${other}`);
    const apart = events.map((event, at) => ({ ...event, key: at < 2 ? 'a' : 'b' }));
    expect(checkLock(apart)).toMatchObject({ type: 'passed', counts: { locks: 2, acquired: 2 } });
  });

  it('allows clocks what it is told to', () => {
    const events = timed(`${FIRST} \n ${second(850)}`);
    expect(kindsOf(checkLock(events, { driftPerMille: 200 }))).toEqual([]);
    expect(kindsOf(checkLock(events, { driftPerMille: 100 }))).toEqual(['early']);
  });
});

describe('the checker of leases', () => {
  it.each([
    [
      'a key that lives as long as it is to',
      `${GRANT} \n ${present(100, true)} \n ${present(480, false)}`,
      [],
    ],
    ['a key that lives longer', `${GRANT} \n ${present(900, true)}`, []],
    [
      'one that is looked for too soon',
      `${GRANT.replace('15 2 ok', '60 2 ok')} \n ${present(70, true)}`,
      [],
    ],
    [
      'one that may not be there',
      `${GRANT.replace('15 2 ok', '15 2 info')} \n ${present(70, false)}`,
      [],
    ],
    [
      'one whose lease was given back',
      `${GRANT} \n ${lease(50, 'revoke', 'ok')} \n ${present(60, false)}`,
      [],
    ],
    [
      'one whose lease may have been',
      `${GRANT} \n ${lease(50, 'revoke', 'info')} \n ${present(60, false)}`,
      [],
    ],
    [
      'a lease that is over',
      `${GRANT} \n ${lease(600, 'keepalive', 'fail')} \n ${lease(610, 'revoke', 'fail')}`,
      [],
    ],
    ['a key that goes too early', `${GRANT} \n ${present(100, false)}`, ['early']],
    [
      'one that goes though its lease was renewed',
      `${GRANT} \n ${lease(400, 'keepalive', 'ok')} \n ${present(700, false)}`,
      ['early'],
    ],
    [
      'one that goes when its lease is renewed later',
      `${GRANT} \n ${present(500, false)} \n ${lease(600, 'keepalive', 'ok')}`,
      ['late'],
    ],
    ['a lease that is gone too early', `${GRANT} \n ${lease(100, 'keepalive', 'fail')}`, ['early']],
    [
      'a lease that is not there for a while',
      `${GRANT} \n ${lease(100, 'keepalive', 'fail', '!busy')}`,
      [],
    ],
    [
      'a key that stays',
      `${GRANT} \n ${lease(50, 'revoke', 'ok')} \n ${present(60, true)}`,
      ['late'],
    ],
    [
      'a key that comes back',
      `${GRANT} \n ${present(600, false)} \n ${present(700, true)}`,
      ['late'],
    ],
    [
      'a lease that comes back',
      `${GRANT} \n ${lease(600, 'keepalive', 'fail')} \n ${lease(700, 'keepalive', 'ok')}`,
      ['late'],
    ],
  ])('of %s', (_, text, kinds) => {
    expect(kindsOf(checkLock(timed(text)))).toEqual(kinds);
  });

  it.each([
    ['a lease that was not granted', lease(5, 'keepalive', 'ok')],
    [
      'one that may not have been',
      `0 2 invoke grant {"ttlMs":5} \n 1 2 info grant \n ${lease(5, 'keepalive', 'ok')}`,
    ],
    ['a grant without a time', '0 2 invoke grant {}'],
    ['a key that nobody put there', `${GRANT} \n 20 2 invoke present "b"`],
    ['a key twice', `${GRANT} \n 20 2 invoke attach "a"`],
    ['an answer of neither', `${GRANT} \n 20 2 invoke present "a" \n 25 2 ok present 1`],
    ['another call', `${GRANT} \n 20 2 invoke sell`],
    ['a write of no fence', '0 0 invoke write {}'],
    ['a lock without a fence', '0 0 invoke acquire {"ttlMs":5} \n 1 0 ok acquire {}'],
  ])('refuses %s', (_, text) => {
    expect(() => checkLock(timed(text))).toThrow(/^event \d: /);
  });
});

describe('a world of locks', () => {
  it('passes, and fails with one damage', () => {
    expect(falseAlarm(checkLock, lockWorld)).toBeUndefined();
    const higher = `${FIRST} \n ${second(900)}`.replaceAll('"fence":', '"fence":100');
    expect(
      missedDamages(checkLock, (seed) => {
        const events = lockWorld(seed);
        return [...events, ...behind(events, higher)];
      }),
    ).toEqual([]);
    expect(
      missedDamages(checkLock, (seed) => {
        const events = lockWorld(seed);
        const fences = events.flatMap(({ f, type, value }) => {
          return f === 'acquire' && type === 'ok' && isRecord(value)
            ? [Number(value['fence'])]
            : [];
        });
        const older = fences.toSorted((a, b) => a - b).at(-2);
        if (older === undefined) return undefined;
        return [...events, ...behind(events, under(0, 'write', 'ok', '', older))];
      }),
    ).toEqual([]);
  });
});

/** What other processes did later. */
function behind(events: readonly HistoryEvent[], text: string): readonly HistoryEvent[] {
  const last = events.at(-1)?.time ?? 0;
  return timed(text).map((event) => {
    return { ...event, key: 'l', process: event.process + 50, time: event.time + last };
  });
}
