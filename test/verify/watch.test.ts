import { describe, expect, it } from 'vitest';
import { isRecord } from '../../src/verify/json.ts';
import { checkWatch } from '../../src/verify/watch.ts';
import { kindsOf } from './reports.ts';
import { story } from './stories.ts';
import { A, AB, B, DELETED, put, seen, unknown } from './watch-stories.ts';

describe('the checker of watches', () => {
  it.each([
    ['nothing', '', []],
    [
      'all there is',
      `${A} \n ${B} \n ${AB} \n ${DELETED} \n ${seen('a=x@2 b=y@3 @3 a=p@4 b=q@4 -a@5 @9')}`,
      [],
    ],
    ['what is behind a place', `${A} \n ${B} \n ${seen('b=y@3', { since: 2 })}`, []],
    [
      'what is under a prefix',
      `${A} \n ${B} \n ${seen('b=y@3 @4', { since: 1, prefix: 'b' })}`,
      [],
    ],
    [
      'what a key holds',
      `${A} \n ${B} \n ${seen('b=y@3 @4', { since: 1, prefix: undefined, key: 'b' })}`,
      [],
    ],
    ['lines', `${A} \n ${AB} \n ${seen('a=x@2# a=p@4 b=q@4#', { since: 1, lines: true })}`, []],
    ['a stream that was cut within a revision', `${A} \n ${AB} \n ${seen('a=x@2 a=p@4#')}`, []],
    [
      'lines that were cut within a revision',
      `${A} \n ${AB} \n ${seen('a=x@2# a=p@4#', { since: 1, lines: true })}`,
      [],
    ],
    ['what nobody answered for', `${unknown('a', 'x')} \n ${seen('a=x@2')}`, []],
    ['the present', `${A} \n ${B} \n ${seen('', { since: null }, { from: 3 })}`, []],
    [
      'what comes after the present',
      `${A} \n ${unknown('a', 'z')} \n ${seen('a=z@3', { since: null })}`,
      [],
    ],
    [
      'what ends by itself',
      `a: 0 invoke put {"value":"x","ttlMs":5} \n a: 0 ok put {"revision":2} \n ${seen('a=x@2 ~a@3')}`,
      [],
    ],
    [
      'what ends with its lease',
      `a: 0 invoke put {"value":"x","lease":"1"} \n a: 0 ok put {"revision":2} \n ${seen('a=x@2 -a@3')}`,
      [],
    ],
    [
      'a delete that nobody answered for',
      `${A} \n a: 3 invoke delete \n a: 3 info delete \n ${seen('a=x@2 -a@3')}`,
      [],
    ],
    [
      'a watch that was refused',
      `${A} \n 1 invoke watch {"prefix":"","since":9} \n 1 fail watch`,
      [],
    ],
    ['a revision that goes back', `${A} \n ${B} \n ${seen('b=y@3 a=x@2')}`, ['unordered']],
    ['an event twice', `${A} \n ${seen('a=x@2 a=x@2#')}`, ['repeated']],
    ['an event again, later', `${A} \n ${B} \n ${seen('a=x@2 b=y@3 a=x@2')}`, ['repeated']],
    ['an id in the middle', `${AB} \n ${seen('a=p@4# b=q@4')}`, ['torn']],
    ['no id at the end', `${A} \n ${B} \n ${seen('a=x@2# b=y@3')}`, ['torn']],
    ['no id before a bookmark', `${A} \n ${seen('a=x@2# @2')}`, ['torn']],
    [
      'an event that a bookmark had passed',
      `${A} \n ${B} \n ${seen('@3 a=x@2 b=y@3')}`,
      ['bookmarks'],
    ],
    ['a bookmark that goes back', `${A} \n ${B} \n ${seen('a=x@2 b=y@3 @2')}`, ['bookmarks']],
    [
      'what was asked to be behind it',
      `${A} \n ${B} \n ${seen('a=x@2 b=y@3', { since: 2 })}`,
      ['resumed'],
    ],
    ['a past for the present', `${A} \n ${B} \n ${seen('b=y@3', { since: null })}`, ['resumed']],
    [
      'a present that is past',
      `${A} \n ${B} \n ${seen('b=y@3', { since: null }, { from: 2 })}`,
      ['resumed'],
    ],
    ['an event that did not come', `${A} \n ${B} \n ${seen('b=y@3')}`, ['missing']],
    ['one that a bookmark passed over', `${A} \n ${seen('@2')}`, ['missing']],
    [
      'one that lines passed over',
      `${A} \n ${B} \n ${seen('b=y@3#', { since: 1, lines: true })}`,
      ['missing'],
    ],
    ['half of a transaction', `${AB} \n ${seen('b=q@4')}`, ['missing']],
    [
      'half of one that nobody answered for',
      `k: 3 invoke txn {"puts":{"a":"p","b":"q"}} \n k: 3 info txn \n ${seen('a=p@4')}`,
      ['missing'],
    ],
    [
      'what another stream saw',
      `${unknown('a', 'x')} \n ${seen('a=x@2 @3')} \n ${seen('@3')}`,
      ['missing'],
    ],
    [
      'another key',
      `${A} \n ${B} \n ${seen('a=x@2 b=y@3', { since: 1, prefix: 'a' })}`,
      ['unwatched'],
    ],
    ['what nobody put', `${A} \n ${seen('a=x@2 a=z@3')}`, ['unwritten']],
    [
      'what failed',
      `a: 0 invoke put {"value":"x"} \n a: 0 fail put !busy \n ${seen('a=x@2')}`,
      ['unwritten'],
    ],
    ['what was put later', `${seen('a=x@2')} \n ${A}`, ['unwritten']],
    ['what nobody deleted', `${A} \n ${seen('a=x@2 -a@3')}`, ['unwritten']],
    [
      'a delete more than there were',
      `${A} \n a: 3 invoke delete \n a: 3 info delete \n ${seen('a=x@2 -a@3 -a@4')}`,
      ['unwritten'],
    ],
    ['an end of what stays', `${A} \n ${seen('a=x@2 ~a@3')}`, ['unwritten']],
    ['a put at two revisions', `${unknown('a', 'x')} \n ${seen('a=x@2 a=x@3')}`, ['unwritten']],
    [
      'a revision of another',
      `${A} \n ${unknown('b', 'y')} \n ${seen('a=x@2 b=y@2')}`,
      ['unwritten'],
    ],
    ['another value than was put', `${A} \n ${seen('a=z@2')}`, ['contradicted']],
    ['a delete where it was put', `${A} \n ${seen('-a@2')}`, ['contradicted']],
    ['a write that is not behind another', `${A} \n ${put('b', 'y', 1)}`, ['revisions']],
  ])('of %s', (_, text, kinds) => {
    expect(kindsOf(checkWatch(story(text)))).toEqual(kinds);
  });

  it.each([
    ['a reset behind the place', 'a=x@2', 3, []],
    ['one at it', 'a=x@2', 2, ['resumed']],
  ])('of %s', (_, text, oldestRevision, kinds) => {
    const events = story(`${A} \n ${seen(text)}`).map((event) => {
      if (event.f !== 'watch' || event.type !== 'ok' || !isRecord(event.value)) return event;
      const { events: came } = event.value;
      const all = Array.isArray(came) ? came : [];
      return { ...event, value: { events: [...all, { event: 'reset', oldestRevision }] } };
    });
    expect(kindsOf(checkWatch(events))).toEqual(kinds);
  });

  it('counts what it looked at', () => {
    const { counts } = checkWatch(
      story(`${A} \n ${B} \n ${seen('a=x@2 b=y@3 @4')} \n ${seen('')}`),
    );
    expect(counts).toMatchObject({
      writes: 2,
      streams: 2,
      events: 2,
      bookmarkCount: 1,
      missing: 0,
    });
  });

  it.each([
    ['a watch of nothing', '1 invoke watch {}'],
    ['a watch of a key and a prefix', '1 invoke watch {"key":"a","prefix":"a"}'],
    ['an answer without events', '1 invoke watch {"key":"a"} \n 1 ok watch {}'],
    ['an event of something else', seen('').replace('[]', '[{"event":"sale","revision":1}]')],
    ['another call', '0 invoke pop'],
  ])('refuses %s', (_, text) => {
    expect(() => checkWatch(story(text))).toThrow(/^event \d: /);
  });
});
