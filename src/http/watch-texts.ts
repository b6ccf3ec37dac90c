/** Events as JSON. Each is made once, for all who watch it. */
import { jsonKeyMember } from './byte-string.ts';
import { jsonItem, jsonPrevMember } from './item-json.ts';
import type { TtlOf } from './lifetime.ts';
import type { Told } from '../replica/watches.ts';

export type Change = Extract<Told, { type: 'changes' }>['changes'][number];

export function eventOf({ isExpired, item }: Change): 'put' | 'delete' | 'expire' {
  if (item !== undefined) return 'put';
  return isExpired ? 'expire' : 'delete';
}

export class WatchTexts {
  readonly #ttl: TtlOf;
  readonly #plain = new WeakMap<Change, string>();
  readonly #withPrev = new WeakMap<Change, string>();

  constructor(ttl: TtlOf) {
    this.#ttl = ttl;
  }

  json(change: Change, withPrev: boolean): string {
    const texts = withPrev ? this.#withPrev : this.#plain;
    const known = texts.get(change);
    if (known !== undefined) return known;
    const text = jsonOf(change, withPrev, this.#ttl);
    texts.set(change, text);
    return text;
  }
}

function jsonOf(change: Change, withPrev: boolean, ttl: TtlOf): string {
  const { before, item, key, revision } = change;
  const event = eventOf(change);
  const prev = withPrev ? jsonPrevMember(key, before ?? null, ttl) : '';
  if (item === undefined) {
    return `{"event":"${event}","revision":${revision},${jsonKeyMember(key)}${prev}}`;
  }
  return `{"event":"${event}",${jsonItem(key, item, ttl).slice(1, -1)}${prev}}`;
}
