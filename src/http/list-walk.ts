/**
 * Walks over the keys of a list, page by page of the store, at one revision. Between two pages the
 * loop of the replica turns, and what was walked over is not kept.
 */
import type { Exchange } from './exchange.ts';
import { compacted, notDone } from './outcome.ts';
import { Problem } from './problem.ts';
import type { ItemPage } from '../replica/api.ts';
import type { Key } from '../kv/key.ts';

export interface Walk {
  readonly revision: number;
  readonly start: Key;
  /** Exclusive; `undefined` is the end of all keys. */
  readonly end: Key | undefined;
  /** On the exchange's clock. */
  readonly untilMs: number;
  /** How many keys the next page may have; asked before each page. */
  pageLimit(): number;
  /** Where to go on after this page; `undefined` ends the walk. */
  take(page: ItemPage): Key | undefined;
  done(): void;
}

/** Keys of one page of the store, and its bytes: what is worked on without a turn of the loop. */
export const PAGE_KEYS = 256;
const PAGE_BYTES = 1_048_576;

export function walk(exchange: Exchange, steps: Walk): void {
  step(exchange, steps, steps.start);
}

function step(exchange: Exchange, steps: Walk, at: Key): void {
  const { revision, end } = steps;
  const { clock, replica } = exchange.context;
  if (end !== undefined && at >= end) {
    steps.done();
    return;
  }
  if (clock.nowMs() > steps.untilMs) {
    exchange.refuse(notDone('deadline'), revision);
    return;
  }
  if (exchange.response.destroyed) {
    exchange.refuse(notDone('closing'), revision);
    return;
  }
  const limit = Math.min(PAGE_KEYS, steps.pageLimit());
  replica.store.page({ start: at, end, revision, limit, maxBytes: PAGE_BYTES }, (error, page) => {
    if (error !== undefined) {
      exchange.context.logger?.error({ error }, 'a page of the store could not be read');
      exchange.refuse(new Problem('internal', 'the store could not be read'));
      return;
    }
    if (page.type === 'compacted') {
      exchange.refuse(compacted(page.oldestRevision), revision);
      return;
    }
    if (page.type === 'ahead') {
      exchange.refuse(notDone('notReady'), revision);
      return;
    }
    const next = steps.take(page);
    if (next === undefined) steps.done();
    else setImmediate(() => step(exchange, steps, next));
  });
}
