/**
 * What is wrong for certain, to be put into a history that is right: whatever the others do in
 * between, no order explains it, since nobody else writes the values that it uses.
 */
import type { HistoryEvent } from '../../src/verify/history.ts';
import { story } from './stories.ts';
import type { Chance } from './workloads.ts';

/** Of a register that anybody may write other values to. */
export const WRONG_REGISTERS: readonly (readonly [what: string, events: string])[] = [
  [
    'a stale read',
    `0 invoke write "old" \n 0 ok write "old" \n 0 invoke write "new" \n 0 ok write "new"
     1 invoke read \n 1 ok read "old"`,
  ],
  [
    'a lost write',
    `0 invoke write "old" \n 0 ok write "old" \n 1 invoke read \n 1 ok read "old"
     0 invoke write "new" \n 0 ok write "new" \n 1 invoke read \n 1 ok read "old"`,
  ],
  [
    'a cas that succeeds twice',
    `0 invoke write "old" \n 0 ok write "old" \n 0 invoke cas ["old","a"] \n 1 invoke cas ["old","b"]
     1 ok cas ["old","b"] \n 0 ok cas ["old","a"]`,
  ],
  [
    'an unknown write that is seen and disappears',
    `0 invoke write "old" \n 0 ok write "old" \n 0 invoke write "lost" \n 0 info write null
     1 invoke read \n 1 ok read "lost" \n 1 invoke read \n 1 ok read "old"`,
  ],
  [
    'a failed write that is seen',
    `0 invoke write "no" \n 0 fail write null !refused \n 1 invoke read \n 1 ok read "no"`,
  ],
];

/** The same events in the same order, among others, as other processes and in their own time. */
export function mixedIn(
  random: Chance,
  events: readonly HistoryEvent[],
  wrong: string,
): HistoryEvent[] {
  const planted = story(wrong);
  const key = events[0]?.key ?? 'k';
  const firstProcess = 1 + Math.max(0, ...new Set(events.map(({ process }) => process)));
  const places = planted.map(() => random(events.length + 1)).toSorted((a, b) => a - b);
  const mixed: HistoryEvent[] = [];
  let next = 0;
  for (let at = 0; at <= events.length; at += 1) {
    for (; places[next] === at; next += 1) {
      const event = planted[next];
      if (event !== undefined) mixed.push({ ...event, key, process: firstProcess + event.process });
    }
    const event = events[at];
    if (event !== undefined) mixed.push(event);
  }
  return mixed.map((event, time) => ({ ...event, time }));
}

/**
 * Of texts that are only appended to, by pieces of their own: a late get that lacks a piece whose
 * append had ended before the get began. `undefined` where there is none.
 */
export function withoutPiece(
  random: Chance,
  events: readonly HistoryEvent[],
): HistoryEvent[] | undefined {
  const at = events.findLastIndex((event) => event.type === 'ok' && event.f === 'get');
  const get = events[at];
  if (get === undefined) return undefined;
  const begin = events.findLastIndex(
    (event, index) => index < at && event.type === 'invoke' && event.process === get.process,
  );
  const pieces = events
    .slice(0, begin)
    .filter(({ type, f, key }) => type === 'ok' && f === 'append' && key === get.key)
    .map(({ value }) => String(value));
  const piece = pieces[random(Math.max(1, pieces.length))];
  if (piece === undefined) return undefined;
  const value = String(get.value).replace(piece, '');
  return events.map((event, index) => (index === at ? { ...event, value } : event));
}
