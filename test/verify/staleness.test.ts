import { describe, expect, it } from 'vitest';
import { isRecord } from '../../src/verify/json.ts';
import { checkStaleness } from '../../src/verify/staleness.ts';
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

const put = (value: string, revision: number) =>
  `0 invoke put {"value":"${value}"} \n 0 ok put {"revision":${revision}}`;
const unknown = (value: string) => `3 invoke put {"value":"${value}"} \n 3 info put`;
const read = (revision: number, value: string | null, more = '') =>
  `1 invoke read {"session":"s"} \n 1 ok read ${JSON.stringify({ revision, value })}`.replace(
    /}$/,
    `${more}}`,
  );
const TWO = `${put('x', 4)} \n ${put('y', 6)}`;

describe('the checker of stale reads', () => {
  it.each([
    ['what is old, and says so', `${TWO} \n ${read(5, 'x')} \n ${read(6, 'y')}`, []],
    ['what was there before all', `${TWO} \n ${read(3, null)}`, []],
    [
      'what nobody answered for',
      `${TWO} \n ${unknown('z')} \n ${read(7, 'z', ',"keyRevision":7')}`,
      [],
    ],
    [
      'what was deleted',
      `${put('x', 4)} \n 0 invoke delete \n 0 ok delete {"revision":5} \n ${read(5, null)}`,
      [],
    ],
    [
      'what may have been deleted',
      `${put('x', 4)} \n 3 invoke delete \n 3 info delete \n ${read(5, null)}`,
      [],
    ],
    [
      'what may be over',
      `0 invoke put {"value":"x","ttlMs":10} \n 0 ok put {"revision":4} \n ${read(5, null)}`,
      [],
    ],
    ['a session that goes back', `${TWO} \n ${read(6, 'y')} \n ${read(5, 'x')}`, ['backward']],
    [
      'two that are open at once',
      `${TWO} \n 1 invoke read {"session":"s"} \n 2 invoke read {"session":"s"} \n 1 ok read {"revision":6,"value":"y"} \n 2 ok read {"revision":5,"value":"x"}`,
      [],
    ],
    [
      'another session',
      `${TWO} \n ${read(6, 'y')} \n 2 invoke read {"session":"t"} \n 2 ok read {"revision":5,"value":"x"}`,
      [],
    ],
    [
      'less than was asked for',
      `${TWO} \n 2 invoke read {"session":"t","minRevision":6} \n 2 ok read {"revision":5,"value":"x"}`,
      ['backward'],
    ],
    ['what nobody put', read(5, 'x'), ['unwritten']],
    ['what was put later', `${read(5, 'x')} \n ${put('x', 4)}`, ['unwritten']],
    [
      'what was refused',
      `0 invoke put {"value":"x"} \n 0 fail put !refused \n ${read(5, 'x')}`,
      ['unwritten'],
    ],
    ['what is yet to come', `${TWO} \n ${read(5, 'y')}`, ['future']],
    ['what was put over', `${TWO} \n ${read(6, 'x')}`, ['overwritten']],
    ['nothing, after a put', `${TWO} \n ${read(5, null)}`, ['overwritten']],
    [
      'what was deleted before',
      `${put('x', 4)} \n 0 invoke txn {"deletes":["k"]} \n 0 ok txn {"revision":5,"deleted":["k"]} \n ${read(5, 'x')}`,
      ['overwritten'],
    ],
    [
      'what nobody answered for, and was put over',
      `${unknown('z')} \n ${TWO} \n ${read(7, 'z', ',"keyRevision":5')}`,
      ['overwritten'],
    ],
    [
      'two values at one revision',
      `${unknown('z')} \n ${put('x', 4)} \n ${read(5, 'x')} \n ${read(5, 'z')}`,
      ['contradicted'],
    ],
    [
      'what comes again',
      `${unknown('z')} \n ${put('x', 4)} \n ${read(5, 'z')} \n ${read(6, 'x')} \n ${read(7, 'z')}`,
      ['contradicted'],
    ],
    ['a revision of another', `${TWO} \n ${read(6, 'y', ',"keyRevision":5')}`, ['contradicted']],
    [
      'two revisions of one',
      `${unknown('z')} \n ${read(5, 'z', ',"keyRevision":5')} \n ${read(6, 'z', ',"keyRevision":6')}`,
      ['contradicted'],
    ],
    ['a write that is not behind another', `${put('x', 4)} \n ${put('y', 3)}`, ['revisions']],
    [
      'two writes of one revision',
      `0 invoke put {"value":"x"} \n 2 invoke put {"value":"y"} \n 2 ok put {"revision":4} \n 0 ok put {"revision":4}`,
      ['revisions'],
    ],
  ])('of %s', (_, text, kinds) => {
    expect(kindsOf(checkStaleness(story(text)))).toEqual(kinds);
  });

  it('counts what it looked at, and how much of it was old', () => {
    const { counts } = checkStaleness(story(`${TWO} \n ${read(5, 'x')} \n ${read(6, 'y')}`));
    expect(counts).toMatchObject({ writes: 2, reads: 2, sessions: 1, behind: 1, backward: 0 });
  });

  it.each([
    ['a read of no session', '1 invoke read {}'],
    ['an answer without a revision', '1 invoke read {"session":"s"} \n 1 ok read {"value":"x"}'],
    ['a value a second time', `${put('x', 4)} \n ${put('x', 6)}`],
    ['a put of no text', '0 invoke put {"value":1}'],
    ['another call', '0 invoke cas {"value":1}'],
  ])('refuses %s', (_, text) => {
    expect(() => checkStaleness(story(text))).toThrow(/^event \d: /);
  });

  it('passes what true clients record, and fails it with one damage', () => {
    expect(falseAlarm(checkStaleness, (seed) => eventsOf(seed, replicas()))).toBeUndefined();
    expect(
      missedDamages(checkStaleness, (seed) => {
        const events = eventsOf(seed, replicas(false));
        return damaged(events, seed, ({ f, key, value }, _, at) => {
          if (f !== 'read' || !isRecord(value)) return undefined;
          const before = answeredBefore(events, at).filter((e) => e.f === 'put' && e.key === key);
          const over = before.find((e) => revisionOf(e.value) <= revisionOf(value));
          return over === undefined || value['value'] === null
            ? undefined
            : { ...value, value: null };
        });
      }),
    ).toEqual([]);
    expect(
      missedDamages(checkStaleness, (seed) => {
        const events = eventsOf(seed, replicas());
        return damaged(events, seed, ({ f, value }, wish, at) => {
          const before = answeredBefore(events, at).filter((e) => e.f === 'read');
          const session = isRecord(wish.value) ? wish.value['session'] : undefined;
          const invokes = events.slice(0, at).filter((e) => e.f === 'read' && e.type === 'invoke');
          const same = before.filter((e) => {
            const call = invokes.findLast((i) => i.process === e.process && i.time < e.time);
            return isRecord(call?.value) && call.value['session'] === session;
          });
          const highest = Math.max(...same.map((e) => revisionOf(e.value)));
          if (f !== 'read' || !isRecord(value) || highest < 1) return undefined;
          return { ...value, revision: highest - 1 };
        });
      }),
    ).toEqual([]);
  });
});

function revisionOf(value: unknown): number {
  return isRecord(value) ? Number(value['revision']) : 0;
}

/** Three replicas of one store, each of which lags behind by as much as it likes. */
function replicas(isDeleting = true): Workload {
  let values = 0;
  const states: ReadonlyMap<string, { value: string; revision: number }>[] = [new Map()];
  const applied = [0, 0, 0];
  let [lag] = [7];
  return {
    wish: (random) => {
      lag = random(1000);
      const key = pick(random, ['a', 'b']);
      const f = pick(random, ['read', 'read', 'put', isDeleting ? 'delete' : 'read']);
      if (f === 'delete') return { f, key, value: null };
      if (f === 'put') return { f, key, value: { value: `v${++values}` } };
      return { f, key, value: { session: `${random(applied.length)}` } };
    },
    apply: (_, { f, key, value }) => {
      const newest = states.at(-1) ?? new Map();
      const revision = states.length;
      if (f === 'put' && isRecord(value)) {
        states.push(new Map([...newest, [key, { value: String(value['value']), revision }]]));
        return { type: 'ok', value: { revision } };
      }
      if (f === 'delete') {
        if (!newest.has(key)) return { type: 'fail', value };
        states.push(new Map([...newest].filter(([other]) => other !== key)));
        return { type: 'ok', value: { revision } };
      }
      const replica = isRecord(value) ? Number(value['session']) : 0;
      const from = applied[replica] ?? 0;
      const at = from + (lag % (states.length - from));
      applied[replica] = at;
      const item = states[at]?.get(key);
      const keyRevision = item === undefined || lag % 2 === 0 ? {} : { keyRevision: item.revision };
      return { type: 'ok', value: { revision: at, value: item?.value ?? null, ...keyRevision } };
    },
    otherAnswer: (_random, _wish, answer) => answer,
  };
}
