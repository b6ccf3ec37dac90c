import { describe, expect, it } from 'vitest';
import { apply, type View } from '../../src/kv/apply.ts';
import type { Condition } from '../../src/kv/operation.ts';
import { limits, momentAt, Store } from './store.ts';

describe('a put', () => {
  it('creates, then replaces, counting revision and version', () => {
    const store = new Store();
    store.put('other', 'x');
    const key = 'k';
    expect(store.put(key, 'a')).toEqual({
      type: 'put',
      key,
      revision: 2,
      version: 1,
      created: true,
    });
    expect(store.put(key, 'b')).toEqual({
      type: 'put',
      key,
      revision: 3,
      version: 2,
      created: false,
    });
    expect(store.item(key)).toEqual({
      value: new TextEncoder().encode('b'),
      contentType: 'text/plain',
      createRevision: 2,
      revision: 3,
      version: 2,
    });
  });

  it('begins anew after a deletion', () => {
    const store = new Store();
    store.put('k', 'a');
    store.put('k', 'b');
    store.delete('k');
    expect(store.put('k', 'c')).toMatchObject({ revision: 4, version: 1, created: true });
    expect(store.item('k')).toMatchObject({ createRevision: 4, revision: 4, version: 1 });
  });

  it('tells what was there before, where it is asked to', () => {
    const store = new Store();
    expect(store.put('k', 'a', undefined, true)).toMatchObject({ prev: null });
    const before = store.item('k');
    expect(store.put('k', 'b', undefined, true)).toMatchObject({ prev: before });
    expect(store.put('k', 'c')).not.toHaveProperty('prev');
  });
});

const failedAbsent = { type: 'conditionFailed', revision: 2 };
const failedThere = { ...failedAbsent, current: 2 };

/** `k` exists in revision 2. */
function twoKeys(): Store {
  const store = new Store();
  store.put('other', 'x');
  store.put('k', 'a');
  return store;
}

describe('a condition (RFC 9110, 13.1)', () => {
  const cases: readonly (readonly [string, Condition, boolean, boolean])[] = [
    // condition                                    there, absent: is it met?
    ['ifMatch *', { ifMatch: '*' }, true, false],
    ['ifMatch this revision', { ifMatch: [2] }, true, false],
    ['ifMatch one of several', { ifMatch: [7, 2] }, true, false],
    ['ifMatch another', { ifMatch: [1] }, false, false],
    ['ifMatch none', { ifMatch: [] }, false, false],
    ['ifNoneMatch *', { ifNoneMatch: '*' }, false, true],
    ['ifNoneMatch this revision', { ifNoneMatch: [2] }, false, true],
    ['ifNoneMatch one of several', { ifNoneMatch: [7, 2] }, false, true],
    ['ifNoneMatch another', { ifNoneMatch: [1] }, true, true],
    ['ifNoneMatch none', { ifNoneMatch: [] }, true, true],
    ['both met', { ifMatch: [2], ifNoneMatch: [1] }, true, false],
    ['only ifMatch met', { ifMatch: [2], ifNoneMatch: '*' }, false, false],
    ['only ifNoneMatch met', { ifMatch: [1], ifNoneMatch: [1] }, false, false],
    ['none given', {}, true, true],
  ];

  it.each(cases)('%s', (_, condition, there, absent) => {
    const put = twoKeys().put('k', 'b', condition);
    expect(put).toMatchObject(there ? { type: 'put', revision: 3 } : failedThere);
    const deleted = twoKeys().delete('k', condition);
    expect(deleted).toEqual(there ? { type: 'deleted', deleted: 1, revision: 3 } : failedThere);
    const create = twoKeys().put('absent', 'b', condition);
    expect(create).toMatchObject(absent ? { type: 'put', revision: 3 } : failedAbsent);
    const nothing = twoKeys().delete('absent', condition);
    expect(nothing).toEqual(absent ? { type: 'absent', revision: 2 } : failedAbsent);
  });

  it('that fails leaves everything as it was', () => {
    const store = new Store();
    store.put('k', 'a');
    const before = new Map(store.items);
    expect(store.put('k', 'b', { ifMatch: [9] }, true)).toEqual({
      type: 'conditionFailed',
      revision: 1,
      current: 1,
    });
    expect(store.items).toEqual(before);
  });
});

describe('a deletion', () => {
  it('of an absent key changes nothing', () => {
    const store = new Store();
    store.put('k', 'a');
    expect(store.delete('absent', undefined, true)).toEqual({ type: 'absent', revision: 1 });
    expect(store.revision).toBe(1);
  });

  it('tells what was there, where it is asked to', () => {
    const store = new Store();
    store.put('k', 'a');
    const before = store.item('k');
    const answer = store.delete('k', undefined, true);
    expect(answer).toEqual({ type: 'deleted', deleted: 1, revision: 2, prev: before });
  });

  it('of a range is one revision', () => {
    const store = new Store();
    for (const key of ['a', 'b/1', 'b/2', 'b/3', 'c']) store.put(key, 'x');
    const answer = store.do({ type: 'deleteRange', prefix: 'b/' });
    expect(answer).toEqual({ type: 'deleted', deleted: 3, revision: 6 });
    expect([...store.items.keys()]).toEqual(['a', 'c']);
  });

  it('of a range with nothing in it is no revision', () => {
    const store = new Store();
    store.put('a', 'x');
    const answer = store.do({ type: 'deleteRange', prefix: 'b/' });
    expect(answer).toEqual({ type: 'deleted', deleted: 0, revision: 1 });
  });

  it('of a range over the limit changes nothing, and looks no further than it must', () => {
    const store = new Store();
    for (let i = 0; i < 9; i += 1) store.put(`k${i}`, 'x');
    const scans: number[] = [];
    const view: View = {
      item: (key) => store.item(key),
      scan: (range, limit) => {
        scans.push(limit);
        return store.scan(range, limit);
      },
    };
    const applied = apply(view, { type: 'deleteRange', prefix: '' }, momentAt(9), limits);
    expect(applied).toEqual({
      writes: [],
      answer: { type: 'tooManyKeys', revision: 9, max: 3, actual: 4 },
    });
    expect(scans).toEqual([4]);
  });
});
