/** Events as JSON. Each is made once, for all who watch it. */
import { jsonKeyMember } from './byte-string.ts';
import { jsonItem, jsonPrevMember } from './item-json.ts';
import type { Told } from '../replica/watches.ts';

export type Change = Extract<Told, { type: 'changes' }>['changes'][number];

export function eventOf({ item }: Change): 'put' | 'delete' {
  return item === undefined ? 'delete' : 'put';
}

export class WatchTexts {
  readonly #plain = new WeakMap<Change, string>();
  readonly #withPrev = new WeakMap<Change, string>();

  json(change: Change, withPrev: boolean): string {
    const texts = withPrev ? this.#withPrev : this.#plain;
    const known = texts.get(change);
    if (known !== undefined) return known;
    const text = jsonOf(change, withPrev);
    texts.set(change, text);
    return text;
  }
}

function jsonOf(change: Change, withPrev: boolean): string {
  const { before, item, key, revision } = change;
  const event = eventOf(change);
  const prev = withPrev ? jsonPrevMember(key, before ?? null) : '';
  if (item === undefined) {
    return `{"event":"${event}","revision":${revision},${jsonKeyMember(key)}${prev}}`;
  }
  return `{"event":"${event}",${jsonItem(key, item).slice(1, -1)}${prev}}`;
}
