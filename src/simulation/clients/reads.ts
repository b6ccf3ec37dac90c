/**
 * What clients read (I15): a linearizable read sees everything that any client was told of before it
 * began; a local one never goes back at one replica's life, and is no older than it says; and whatever
 * is read is what the model holds at the very revision that the read was granted.
 */
import type { Item } from '../../kv/item.ts';
import type { ReplicaId } from '../../paxos/ballot.ts';
import type { Slot } from '../../paxos/command.ts';
import type { Granted, StoreReader, WriteOutcome } from '../../replica/api.ts';
import type { Page, PageQuery } from '../../storage/page.ts';
import type { Ghost } from '../ghost/ghost.ts';
import { violate } from '../ghost/invariant.ts';
import type { Ages } from './ages.ts';
import { isSameItem } from './same-answer.ts';

/** How far the clients' knowledge went at some moment. */
export interface Acknowledged {
  readonly slot: Slot;
  readonly revision: number;
}

export class Reads {
  readonly #ghost: Pick<Ghost, 'log'>;
  readonly #ages: Ages;
  #acknowledged: Acknowledged = { slot: 0, revision: 0 };
  /** Of each replica's store in its present life, the last revision that was read there. */
  readonly #local = new WeakMap<StoreReader, number>();

  constructor(ghost: Pick<Ghost, 'log'>, ages: Ages) {
    this.#ghost = ghost;
    this.#ages = ages;
  }

  get acknowledged(): Acknowledged {
    return this.#acknowledged;
  }

  told(outcome: WriteOutcome): void {
    if (outcome.type === 'applied') this.#raise(outcome.slot, outcome.answer.revision);
  }

  #raise(slot: Slot, revision: number): void {
    this.#ages.told(revision);
    const known = this.#acknowledged;
    if (slot <= known.slot && revision <= known.revision) return;
    this.#acknowledged = {
      slot: Math.max(slot, known.slot),
      revision: Math.max(revision, known.revision),
    };
  }

  /** `before`: what was acknowledged when the read began. */
  granted(at: ReplicaId, grant: Granted, before: Acknowledged): void {
    if (grant.readIndex < before.slot || grant.revision < before.revision) {
      const read = `slot ${grant.readIndex}, revision ${grant.revision} at replica ${at}`;
      const known = `slot ${before.slot}, revision ${before.revision}`;
      violate('I15: a read sees what was acknowledged', `${read}; known: ${known}`);
    }
    this.#raise(grant.readIndex, grant.revision);
  }

  grantedLocally(at: ReplicaId, grant: Granted, store: StoreReader): void {
    const last = this.#local.get(store) ?? 0;
    const text = `revision ${grant.revision} after ${last} at replica ${at}`;
    if (grant.revision < last) violate('I15: local reads never go back', text);
    this.#local.set(store, grant.revision);
    this.#ages.granted(at, grant);
  }

  /** Within the grant: the store stands exactly there. */
  item(at: ReplicaId, store: StoreReader, key: string, revision: number): Item | undefined {
    if (store.revision !== revision) {
      const text = `replica ${at} at ${store.revision}, granted ${revision}`;
      violate('I15: a store stands where the grant says', text);
    }
    const item = store.item(key);
    if (isSameItem(item, this.#ghost.log.model.itemAt(key, revision))) return item;
    return violate('I15: what is read is what was written', `${key} at revision ${revision}`);
  }

  /** A page, whenever it comes, is that of its revision. */
  page(at: ReplicaId, query: PageQuery, page: Page): void {
    const text = `revision ${query.revision} at replica ${at}`;
    if (page.type === 'ahead') violate('I15: a granted revision is there', text);
    if (page.type === 'compacted') {
      if (query.revision < page.oldestRevision) return;
      violate('I15: only old history is gone', `${text}, oldest ${page.oldestRevision}`);
    }
    const { model } = this.#ghost.log;
    const keys = model.keysAt(query.revision, query.start, query.end);
    let bytes = 0;
    let count = 0;
    for (const key of keys) {
      const item = model.itemAt(key, query.revision);
      bytes += key.length + (item?.value.length ?? 0);
      if (count >= query.limit || (bytes > query.maxBytes && count > 0)) break;
      const entry = page.entries[count];
      const isRight = entry?.key === key && isSameItem(entry.item, item);
      if (!isRight) violate('I15: a page is that of its revision', `${text}, ${key}`);
      count += 1;
    }
    if (page.entries.length === count && page.next === keys[count]) return;
    violate('I15: a page is that of its revision', `${text}, ${count} items`);
  }
}
