/** A store that does what it is told, for the stories in the tests of `apply`. */
import assert from 'node:assert/strict';
import type { Answer } from '../../src/kv/answer.ts';
import { apply, type View } from '../../src/kv/apply.ts';
import type { Item } from '../../src/kv/item.ts';
import { DEFAULT_LEASE_LIMITS } from '../../src/kv/lease.ts';
import type { Moment } from '../../src/kv/moment.ts';
import type { Condition, Operation } from '../../src/kv/operation.ts';
import { isInRange, type KeyRange } from '../../src/kv/prefix.ts';

export const limits = { changedKeys: 3, leases: DEFAULT_LEASE_LIMITS };
/** At this revision of the store. */
export function momentAt(revision: number): Moment {
  return { id: '0'.repeat(32), revision, timeMs: 0, ballot: { round: 1, leader: 1 } };
}

export class Store implements View {
  readonly items = new Map<string, Item>();
  revision = 0;

  item(key: string): Item | undefined {
    return this.items.get(key);
  }

  scan(range: KeyRange, limit: number): readonly string[] {
    const keys = [...this.items.keys()].filter((key) => isInRange(key, range));
    return keys.toSorted((a, b) => (a < b ? -1 : 1)).slice(0, limit);
  }

  do(operation: Operation): Answer {
    const { writes, answer } = apply(this, operation, momentAt(this.revision), limits);
    for (const { key, item } of writes) {
      if (item === undefined) this.items.delete(key);
      else this.items.set(key, item);
    }
    assert.equal(answer.revision, this.revision + (writes.length > 0 ? 1 : 0));
    assert.equal(new Set(writes.map((write) => write.key)).size, writes.length);
    this.revision = answer.revision;
    return answer;
  }

  put(key: string, text: string, condition?: Condition, prev = false): Answer {
    const value = new TextEncoder().encode(text);
    const guard = condition === undefined ? {} : { condition };
    return this.do({ type: 'put', key, value, contentType: 'text/plain', prev, ...guard });
  }

  delete(key: string, condition?: Condition, prev = false): Answer {
    const guard = condition === undefined ? {} : { condition };
    return this.do({ type: 'delete', key, prev, ...guard });
  }
}
