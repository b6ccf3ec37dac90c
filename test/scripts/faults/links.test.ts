/** From a wish to the rules of links, and what is read off them; no process runs. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { holdingOf } from '../../../scripts/faults/holding.ts';
import { changeLinks } from '../../../scripts/faults/link-change.ts';
import { linkLines } from '../../../scripts/faults/link-words.ts';
import type { LinkWish } from '../../../scripts/faults/wish.ts';
import type { LinkRules } from '../../../scripts/links/link-rules.ts';
import { LinkService } from '../../../scripts/links/link-service.ts';
import type { LinkTable } from '../../../scripts/links/link-table.ts';

const IDS = [1, 2, 3, 4, 5];

function after(...wishes: readonly LinkWish[]): LinkTable {
  return wishes.reduce<LinkTable>((table, wish) => changeLinks(table, wish, IDS, 4).table, []);
}

const cuts = (table: LinkTable) =>
  table.flatMap(({ from, to, rules }) => (rules.cut === true ? [`${from}${to}`] : [])).join(' ');

const stand = (id: number, leader: number | undefined, hears: readonly number[] = []) => {
  return { id, ready: leader !== undefined, leads: leader === id, leader, hears };
};

function stands(...leaders: readonly (number | undefined)[]) {
  return IDS.map((id, index) => stand(id, leaders[index]));
}

/** On links that only remember what they are told. */
function openService() {
  const rules = new Map<string, LinkRules>();
  const said: string[] = [];
  const links = {
    setRules(from: number, to: number, given: LinkRules) {
      rules.set(`${from}${to}`, given);
      said.push(`${from}${to}`);
    },
    rulesOf: (from: number, to: number) => rules.get(`${from}${to}`) ?? {},
    heal() {
      rules.clear();
      said.push('heal');
    },
    counts: () => ({ passed: 1 }),
  };
  const service = new LinkService(links, [1, 2, 3]);
  onTestFinished(() => service.close());
  return { service, rules, said };
}

describe('what a wish makes of the rules', () => {
  test('a partition cuts each link between two sides, and no other; the rest is a side', () => {
    expect(cuts(after({ type: 'partition', sides: [[1, 2], ['leader']] }))).toBe(
      '13 14 15 23 24 25 31 32 34 41 42 43 45 51 52 54',
    );
    const { text } = changeLinks([], { type: 'partition', sides: [[1, 2]] }, IDS, 4);
    expect(text).toContain('1,2 | 3,4,5');
  });

  test('a partition takes the place of earlier cuts, and leaves what is not a cut', () => {
    const table = after(
      { type: 'slow', at: { type: 'between', a: 1, b: 2 }, delayMs: [5, 9] },
      { type: 'isolate', who: 1 },
      { type: 'flap', a: 1, b: 3, periodMs: 100 },
      { type: 'partition', sides: [[5]] },
    );
    expect(cuts(table)).toBe('15 25 35 45 51 52 53 54');
    expect(table.some(({ flapMs }) => flapMs !== undefined)).toBe(false);
    expect(table.find(({ from, to }) => from === 1 && to === 2)?.rules).toEqual({
      delayMs: [5, 9],
    });
  });

  test('a cut is one way, and what follows adds to what is there', () => {
    const table = after(
      { type: 'cut', from: 1, to: 'leader' },
      { type: 'drop', at: { type: 'of', who: 1 }, share: 0.5 },
    );
    expect(cuts(table)).toBe('14');
    expect(table).toHaveLength(8);
    expect(table.find(({ from, to }) => from === 1 && to === 4)?.rules).toEqual({
      cut: true,
      loss: 0.5,
    });
  });

  test.each<[LinkWish, RegExp]>([
    [{ type: 'isolate', who: 6 }, /there is no replica 6/],
    [{ type: 'cut', from: 4, to: 'leader' }, /replica 4 has no link to itself/],
    [{ type: 'partition', sides: [IDS] }, /two sides/],
    [{ type: 'partition', sides: [[4], ['leader']] }, /replica 4 cannot be on two sides/],
  ])('%j is refused', (wish, why) => {
    expect(() => changeLinks([], wish, IDS, 4)).toThrow(why);
  });

  test('nobody leads, or nobody else is there', () => {
    expect(() => changeLinks([], { type: 'isolate', who: 'leader' }, IDS, undefined)).toThrow(
      /no replica says who leads/,
    );
    expect(() => changeLinks([], { type: 'isolate', who: 1 }, [1], 1)).toThrow(/one replica/);
  });

  test('is told link by link', () => {
    const links = after(
      { type: 'cut', from: 1, to: 2 },
      { type: 'flap', a: 1, b: 3, periodMs: 100 },
    );
    expect(linkLines({ ok: true, message: '', links, counts: { passed: 3, lost: 0 } })).toEqual([
      'link 1 -> 2  cut',
      'link 1 -> 3  cut for 100 ms, whole for 100 ms, in turn',
      'link 3 -> 1  cut for 100 ms, whole for 100 ms, in turn',
      'messages  3 passed',
    ]);
  });
});

describe('whether a partition holds', () => {
  const table = after({ type: 'partition', sides: [[1, 2]] });
  const holds = stands(undefined, undefined, 5, 5, 5);

  test('it does when one side has a leader, and the other says that it has none', () => {
    expect(holdingOf(holds, table)).toEqual({ leader: 5, serving: [3, 4, 5], out: [1, 2] });
  });

  test('it does where no side has a majority', () => {
    const thirds = after({
      type: 'partition',
      sides: [
        [1, 2],
        [3, 4],
      ],
    });
    const all = stands(undefined, undefined, undefined, undefined, undefined);
    expect(holdingOf(all, table)).toBeUndefined();
    expect(holdingOf(all, thirds)).toEqual({ leader: undefined, serving: [], out: IDS });
  });

  test.each([
    ['a leader still believes in a minority', stands(1, 1, undefined, undefined, undefined)],
    ['there are two', stands(1, 1, 5, 5, 5)],
    ['one follows who is on the other side', stands(5, undefined, 5, 5, 5)],
    ['the leader does not say yet that it leads', stands(undefined, undefined, 2, 2, 2)],
    ['one hears who is cut off from it', [...holds.slice(1), stand(1, undefined, [2, 3])]],
  ])('not yet: %s', (_, early) => {
    expect(holdingOf(early, table)).toBeUndefined();
  });
});

describe('the service', () => {
  test('sets what changed, and heals', () => {
    const { service, said } = openService();
    const set = (links: LinkTable) => service.answer({ do: 'set', links });
    set([{ from: 1, to: 2, rules: { cut: true } }]);
    set([
      { from: 1, to: 2, rules: { cut: true } },
      { from: 3, to: 1, rules: { loss: 0.5 } },
    ]);
    expect(said).toEqual(['12', '31']);
    expect(set([{ from: 1, to: 7, rules: {} }])).toMatchObject({ ok: false });
    expect(service.answer({ do: 'show' })).toMatchObject({ ok: true, counts: { passed: 1 } });
    expect(service.answer({ do: 'show' }).links).toHaveLength(2);
    set([]);
    expect(said).toEqual(['12', '31', 'heal']);
  });

  test('lets a link flap, with its other rules, until it is told otherwise', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { service, rules } = openService();
    const links = [{ from: 1, to: 2, rules: { loss: 0.5 }, flapMs: 100 }];
    service.answer({ do: 'set', links });
    const isCut = () => rules.get('12')?.cut;
    expect(rules.get('12')).toEqual({ loss: 0.5, cut: true });
    vi.advanceTimersByTime(100);
    expect(isCut()).toBe(false);
    vi.advanceTimersByTime(100);
    expect(isCut()).toBe(true);
    service.answer({ do: 'set', links: [] });
    vi.advanceTimersByTime(500);
    expect(rules.size).toBe(0);
  });
});
