/** How long an item lives, as it is written: what a put's wish comes to, and what it changes. */
import type { LifetimeChange, View } from './apply.ts';
import type { Item } from './item.ts';
import type { Key } from './key.ts';
import { livingLease } from './lease-draft.ts';
import type { Lifetime, LifetimeWish } from './lifetime.ts';
import type { Moment } from './moment.ts';

/** `'gone'`: the lease is at an end, or there never was one. */
export function lifetimeOf(
  view: Pick<View, 'item'>,
  wish: LifetimeWish | undefined,
  { timeMs }: Moment,
): Lifetime | 'gone' | undefined {
  if (wish === undefined) return undefined;
  if (wish.type === 'ttl') return { type: 'until', untilMs: Math.ceil(timeMs + wish.ttlMs) };
  return livingLease(view, wish.lease) === undefined ? 'gone' : wish;
}

/** `undefined`, where the key lives for ever, before and after. */
export function lifetimeChange(
  key: Key,
  before: Item | undefined,
  after: Item | undefined,
): readonly LifetimeChange[] | undefined {
  if (before?.lifetime === undefined && after?.lifetime === undefined) return undefined;
  return [{ key, before: before?.lifetime, after: after?.lifetime }];
}
