/** A true store that is watched: each stream is what had happened when it was looked at. */
import { isRecord } from '../../src/verify/json.ts';
import { pick, type Answer, type Chance, type Wish, type Workload } from './workloads.ts';

interface Item {
  readonly value: string;
  readonly revision: number;
  readonly version: number;
  readonly createRevision: number;
}

interface Change {
  readonly key: string;
  readonly revision: number;
  /** `undefined`: it was deleted. */
  readonly item: Item | undefined;
  readonly before: Item | undefined;
}

const KEYS = ['a/1', 'a/2', 'b/1'];

export function watchedStore(): Workload {
  return new WatchedStore();
}

class WatchedStore implements Workload {
  readonly #changes: Change[] = [];
  readonly #items = new Map<string, Item>();
  #revision = 0;
  #values = 0;
  #chance = 0;

  wish(random: Chance): Wish {
    this.#chance = random(1000);
    const key = pick(random, KEYS);
    const f = pick(random, ['put', 'put', 'delete', 'txn', 'watch', 'watch']);
    if (f === 'put') return { f, key, value: { value: this.#newValue() } };
    if (f === 'delete') return { f, key, value: null };
    if (f === 'txn') return { f, key: '', value: this.#transaction(random) };
    const watched = pick(random, [{ prefix: 'a/' }, { prefix: '' }, { key }]);
    const since = random(4) === 0 ? null : random(this.#revision + 1);
    const lines = random(2) === 0;
    return { f, key: '', value: { ...watched, since, prev: random(2) === 0, lines } };
  }

  apply(_: unknown, { f, key, value }: Wish): Answer {
    if (f === 'watch') return { type: 'ok', value: this.#watch(recordOf(value)) };
    if (f === 'put') {
      this.#revision += 1;
      this.#put(key, String(recordOf(value)['value']));
      return { type: 'ok', value: { revision: this.#revision } };
    }
    if (f === 'delete') {
      if (!this.#items.has(key)) return { type: 'fail', value };
      this.#revision += 1;
      this.#delete(key);
      return { type: 'ok', value: { revision: this.#revision } };
    }
    return this.#transact(recordOf(value));
  }

  otherAnswer(_random: Chance, _wish: Wish, answer: Answer): Answer {
    return answer;
  }

  #newValue(): string {
    return `v${++this.#values}`;
  }

  #transaction(random: Chance): unknown {
    const [put, ...others] = KEYS.filter(() => random(3) > 0);
    const puts = put === undefined ? {} : { [put]: this.#newValue() };
    return { puts, deletes: others };
  }

  #transact({ puts, deletes }: Readonly<Record<string, unknown>>): Answer {
    const written = Object.entries(recordOf(puts));
    const asked = Array.isArray(deletes) ? deletes.map(String) : [];
    const deleted = asked.filter((key) => this.#items.has(key));
    if (written.length + deleted.length === 0) return { type: 'ok', value: { revision: null } };
    this.#revision += 1;
    for (const [key, value] of written) this.#put(key, String(value));
    for (const key of deleted) this.#delete(key);
    return { type: 'ok', value: { revision: this.#revision, deleted } };
  }

  #put(key: string, value: string): void {
    const before = this.#items.get(key);
    const revision = this.#revision;
    const version = (before?.version ?? 0) + 1;
    const item = { value, revision, version, createRevision: before?.createRevision ?? revision };
    this.#items.set(key, item);
    this.#changes.push({ key, revision, item, before });
  }

  #delete(key: string): void {
    const before = this.#items.get(key);
    this.#items.delete(key);
    this.#changes.push({ key, revision: this.#revision, item: undefined, before });
  }

  /** Cut anywhere, or with a bookmark at its end. */
  #watch({ key, prefix, since, prev, lines }: Readonly<Record<string, unknown>>): unknown {
    if (since === null) return { events: [], ended: 'end', from: this.#revision };
    const matching = this.#changes.filter((change) => {
      const isOf = key === undefined ? change.key.startsWith(String(prefix)) : change.key === key;
      return isOf && change.revision > Number(since);
    });
    const all = matching.map((change, index) => {
      const isLast = matching[index + 1]?.revision !== change.revision;
      const id = isLast && lines !== true ? { id: change.revision } : {};
      return {
        ...eventOf(change),
        ...(prev === true ? { prev: change.before ?? null } : {}),
        ...id,
      };
    });
    if (this.#chance % 2 === 0) return { events: all.slice(0, this.#chance % 17), ended: 'cut' };
    return { events: [...all, { event: 'bookmark', revision: this.#revision }], ended: 'end' };
  }
}

function eventOf({ key, revision, item }: Change): Readonly<Record<string, unknown>> {
  return item === undefined ? { event: 'delete', key, revision } : { event: 'put', key, ...item };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw new Error('a wish of another workload');
  return value;
}
