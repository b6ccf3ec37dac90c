import { describe, expect, it } from 'vitest';
import { checkWatch } from '../../src/verify/watch.ts';
import { kindsOf } from './reports.ts';
import { story } from './stories.ts';
import { A, DELETED, put, unknown } from './watch-stories.ts';

/** Two puts of one key, and a watch of them. */
function twoPuts(items: readonly object[], asked: object) {
  return story(`${A} \n ${put('a', 'z', 4)} \n 1 invoke watch ${JSON.stringify({ prefix: '', ...asked })}
      1 ok watch ${JSON.stringify({ events: items, ended: 'end' })}`);
}

function watchBehind(since: number, items: readonly object[]) {
  return `1 invoke watch {"prefix":"","since":${since},"prev":true}
       1 ok watch ${JSON.stringify({ events: items, ended: 'end' })}`;
}

describe('what an event says of what was before', () => {
  const first = { event: 'put', key: 'a', value: 'x', revision: 2, id: 2 };
  const then = { event: 'put', key: 'a', value: 'z', revision: 4, id: 4 };
  const prev = { value: 'x', revision: 2, version: 1 };
  const behind1 = { since: 1, prev: true };
  const behind3 = { since: 3, prev: true };

  it.each([
    [
      'all is right',
      [
        { ...first, prev: null },
        { ...then, prev },
      ],
      behind1,
      [],
    ],
    ['it was not asked', [first, then], { since: 1 }, []],
    ['it goes on', [{ ...then, prev }], behind3, []],
    ['it says nothing', [{ ...first, prev: null }, then], behind1, ['wrongPrev']],
    ['it knows nothing', [{ ...then, prev: null }], behind3, ['wrongPrev']],
    [
      'it holds another value',
      [{ ...then, prev: { ...prev, value: 'y' } }],
      behind3,
      ['wrongPrev'],
    ],
    [
      'it has another revision',
      [{ ...then, prev: { ...prev, revision: 1 } }],
      behind3,
      ['wrongPrev'],
    ],
    [
      'it has another version',
      [
        { ...first, version: 1, prev: null },
        { ...then, prev: { ...prev, version: 2 } },
      ],
      behind1,
      ['wrongPrev'],
    ],
  ])('prev: %s', (_, items, asked, kinds) => {
    expect(kindsOf(checkWatch(twoPuts(items, asked)))).toEqual(kinds);
  });

  it('prev: what is deleted was there', () => {
    const gone = { event: 'delete', key: 'a', revision: 5, id: 5 };
    const kinds = (before: unknown) => {
      const answer = JSON.stringify({ events: [{ ...gone, prev: before }], ended: 'end' });
      const watch = `1 invoke watch {"key":"a","since":4,"prev":true} \n 1 ok watch ${answer}`;
      return kindsOf(checkWatch(story(`${A} \n ${DELETED} \n ${watch}`)));
    };
    expect(kinds(prev)).toEqual([]);
    expect(kinds(null)).toEqual(['wrongPrev']);
  });

  it('may be that of a key that ended unseen', () => {
    const told = { ...then, prev: null, version: 1, createRevision: 4 };
    const watch = (since: number) => `1 invoke watch {"key":"a","since":${since},"prev":true}
      1 ok watch ${JSON.stringify({ events: [told], ended: 'end' })}`;
    const writes = `${A} \n a: 3 invoke delete \n a: 3 info delete \n ${put('a', 'z', 4)}`;
    expect(kindsOf(checkWatch(story(`${writes} \n ${watch(3)}`)))).toEqual([]);
    expect(kindsOf(checkWatch(story(`${writes} \n ${watch(2)}`)))).toEqual([
      'wrongPrev',
      'wrongVersions',
    ]);
  });

  it('prev tells what happened unseen', () => {
    const unseen = `${unknown('a', 'u')} \n ${A} \n ${put('a', 'z', 4)}`;
    const told = { ...then, prev: { value: 'u', revision: 3 } };
    expect(kindsOf(checkWatch(story(`${unseen} \n ${watchBehind(3, [told])}`)))).toEqual([]);
    expect(kindsOf(checkWatch(story(`${unseen} \n ${watchBehind(2, [told])}`)))).toEqual([
      'missing',
    ]);
  });

  it.each([
    ['new, then more', { version: 1, createRevision: 2 }, { version: 2, createRevision: 2 }, []],
    [
      'new twice',
      { version: 1, createRevision: 2 },
      { version: 1, createRevision: 4 },
      ['wrongVersions'],
    ],
    [
      'one too many',
      { version: 1, createRevision: 2 },
      { version: 3, createRevision: 2 },
      ['wrongVersions'],
    ],
    [
      'made later',
      { version: 1, createRevision: 2 },
      { version: 2, createRevision: 3 },
      ['wrongVersions'],
    ],
    [
      'not new',
      { version: 2, createRevision: 2 },
      { version: 3, createRevision: 2 },
      ['wrongVersions'],
    ],
    ['made in the future', { version: 2, createRevision: 9 }, {}, ['wrongVersions']],
  ])('versions: %s', (_, one, other, kinds) => {
    const items = [
      { ...first, ...one },
      { ...then, ...other },
    ];
    expect(kindsOf(checkWatch(twoPuts(items, { since: 1 })))).toEqual(kinds);
  });

  it('a deleted key is new again', () => {
    const again = `${A} \n ${DELETED} \n ${put('a', 'z', 6)}`;
    const kinds = (version: object) => {
      const event = { event: 'put', key: 'a', value: 'z', revision: 6, id: 6, ...version };
      const answer = JSON.stringify({ events: [event], ended: 'end' });
      return kindsOf(
        checkWatch(
          story(`${again} \n 1 invoke watch {"key":"a","since":5} \n 1 ok watch ${answer}`),
        ),
      );
    };
    expect(kinds({ version: 1, createRevision: 6 })).toEqual([]);
    expect(kinds({ version: 2, createRevision: 2 })).toEqual(['wrongVersions']);
  });
});
