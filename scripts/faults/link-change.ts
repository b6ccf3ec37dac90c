/** What a wish makes of the rules of the links. Pure: who is meant by "leader" is known by then. */
import { unreachable } from '../../src/kv/unreachable.ts';
import type { LinkRules } from '../links/link-rules.ts';
import type { LinkTable, RuledLink } from '../links/link-table.ts';
import type { LinkChoice, LinkWish, Who } from './wish.ts';

/** A copy comes so late at most: behind what was sent after it. */
const COPY_LATE_MS = 500;

export interface LinkChange {
  readonly table: LinkTable;
  /** What is done, for people. */
  readonly text: string;
}

/** Throws where a replica is meant that is not there, or no link is left to do it to. */
export function changeLinks(
  table: LinkTable,
  wish: LinkWish,
  ids: readonly number[],
  leader: number | undefined,
): LinkChange {
  const idOf = (who: Who): number => {
    const id = who === 'leader' ? leader : who;
    if (id === undefined) throw new Error('no replica says who leads');
    if (!ids.includes(id)) throw new Error(`there is no replica ${id}`);
    return id;
  };
  const pairOf = (a: Who, b: Who): readonly [number, number] => {
    const pair = [idOf(a), idOf(b)] as const;
    if (pair[0] === pair[1]) throw new Error(`replica ${pair[0]} has no link to itself`);
    return pair;
  };
  switch (wish.type) {
    case 'partition':
      return partition(table, wish.sides, ids, idOf);
    case 'isolate': {
      const id = idOf(wish.who);
      const pairs = pairsOf(ids, (from, to) => from === id || to === id);
      const text = `replica ${id} is cut off from all others, both ways`;
      return { table: ruled(table, pairs, { cut: true }), text };
    }
    case 'cut': {
      const [from, to] = pairOf(wish.from, wish.to);
      const text = `what replica ${from} says to ${to} is lost; what ${to} says to ${from} arrives`;
      return { table: ruled(table, [[from, to]], { cut: true }), text };
    }
    case 'slow':
    case 'drop':
    case 'duplicate': {
      const { pairs, name } = choose(wish.at, ids, idOf, pairOf);
      const { rules, text } = rulesFor(wish);
      return { table: ruled(table, pairs, rules), text: `${name}: ${text}` };
    }
    case 'flap': {
      const [a, b] = pairOf(wish.a, wish.b);
      const pairs = pairsOf(ids, (from, to) => isBetween(a, b, from, to));
      const text = `between ${a} and ${b} nothing passes for ${wish.periodMs} ms, then all does, and so on`;
      return { table: changed(table, pairs, (link) => ({ ...link, flapMs: wish.periodMs })), text };
    }
    default:
      return unreachable(wish);
  }
}

function rulesFor(wish: Extract<LinkWish, { type: 'slow' | 'drop' | 'duplicate' }>): {
  readonly rules: LinkRules;
  readonly text: string;
} {
  if (wish.type === 'slow') {
    const [least, most] = wish.delayMs;
    const span = least === most ? `${least}` : `${least} to ${most}`;
    return { rules: { delayMs: wish.delayMs }, text: `each message is ${span} ms late, each way` };
  }
  const percent = Math.round(wish.share * 1000) / 10;
  if (wish.type === 'drop') {
    return { rules: { loss: wish.share }, text: `${percent} % of the messages are lost` };
  }
  const copies = { most: 1, lateMs: COPY_LATE_MS };
  const text = `${percent} % of the messages come again, up to ${COPY_LATE_MS} ms late`;
  return { rules: { duplication: wish.share, copies }, text };
}

type Pairs = readonly (readonly [from: number, to: number])[];

/** In the place of all earlier cuts, so that a partition is what it says it is. */
function partition(
  table: LinkTable,
  named: readonly (readonly Who[])[],
  ids: readonly number[],
  idOf: (who: Who) => number,
): LinkChange {
  const sides = named.map((side) => side.map(idOf));
  const all = sides.flat();
  const twice = all.find((id, index) => all.indexOf(id) !== index);
  if (twice !== undefined) throw new Error(`replica ${twice} cannot be on two sides`);
  const rest = ids.filter((id) => !all.includes(id));
  const whole = rest.length === 0 ? sides : [...sides, rest];
  if (whole.length < 2) throw new Error('a partition has two sides: not all replicas on one');
  const sideOf = (id: number) => whole.findIndex((side) => side.includes(id));
  const pairs = pairsOf(ids, (from, to) => sideOf(from) !== sideOf(to));
  const text = `nothing passes between the sides ${whole.map((side) => side.join(',')).join(' | ')}`;
  return { table: ruled(table.map(uncut), pairs, { cut: true }), text };
}

/** Nor does it flap. */
function uncut({ from, to, rules }: RuledLink): RuledLink {
  const kept = Object.entries(rules).filter(([name]) => name !== 'cut');
  return { from, to, rules: Object.fromEntries(kept) };
}

function choose(
  at: LinkChoice,
  ids: readonly number[],
  idOf: (who: Who) => number,
  pairOf: (a: Who, b: Who) => readonly [number, number],
): { readonly pairs: Pairs; readonly name: string } {
  if (at.type === 'all') return { pairs: pairsOf(ids, () => true), name: 'all links' };
  if (at.type === 'of') {
    const id = idOf(at.who);
    const pairs = pairsOf(ids, (from, to) => from === id || to === id);
    return { pairs, name: `all links of replica ${id}` };
  }
  const [a, b] = pairOf(at.a, at.b);
  const pairs = pairsOf(ids, (from, to) => isBetween(a, b, from, to));
  return { pairs, name: `between ${a} and ${b}` };
}

function isBetween(a: number, b: number, from: number, to: number): boolean {
  return (from === a && to === b) || (from === b && to === a);
}

function pairsOf(ids: readonly number[], has: (from: number, to: number) => boolean): Pairs {
  const pairs = ids.flatMap((from) =>
    ids.flatMap((to) => (from !== to && has(from, to) ? [[from, to] as const] : [])),
  );
  if (pairs.length === 0) throw new Error('there is no such link: the cluster has one replica');
  return pairs;
}

function ruled(table: LinkTable, pairs: Pairs, rules: LinkRules): LinkTable {
  return changed(table, pairs, (link) => ({ ...link, rules: { ...link.rules, ...rules } }));
}

/** The links of `pairs`, changed, and all others as they are; those that are whole are left out. */
function changed(
  table: LinkTable,
  pairs: Pairs,
  change: (link: RuledLink) => RuledLink,
): LinkTable {
  const isChosen = ({ from, to }: RuledLink) => pairs.some(([a, b]) => a === from && b === to);
  const made = pairs.map(([from, to]) =>
    change(table.find((link) => link.from === from && link.to === to) ?? { from, to, rules: {} }),
  );
  return [...table.filter((link) => !isChosen(link)), ...made]
    .filter(({ rules, flapMs }) => flapMs !== undefined || Object.keys(rules).length > 0)
    .toSorted((a, b) => a.from - b.from || a.to - b.to);
}
